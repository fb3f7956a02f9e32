"""Examples of the dashboard's words."""

from dataclasses import replace
from datetime import UTC, datetime

from dashboard.model import Level, NewEvent, Outputs, Request, Source

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REQUEST = Request("nike-shoes", "woocommerce", "small", "Nike Shoes", "owner@example.com", {"theme": "dark"})
OUTPUTS = Outputs(
    "http://nike-shoes.test", "store-nike-shoes", "woocommerce", "0.2.0", "store-secrets", "admin-password"
)


def request(name: str, title: str = "") -> Request:
    return replace(REQUEST, name=name, title=title or name)


def event(message: str, store: str = "nike-shoes", source: Source = Source.KUBERNETES) -> NewEvent:
    return NewEvent(NOW, store, None, source, Level.NORMAL, "kubernetes.event", "Pod/web-1", "Pulled", message)
