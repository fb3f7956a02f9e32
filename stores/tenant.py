"""A store as data: its name, its configuration and what the platform says. Read once, frozen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from engines import ENGINES, Engine

NAME = re.compile(r"\A[a-z][a-z0-9-]{1,28}[a-z0-9]\Z")
RESERVED = frozenset(
    ("admin", "api", "app", "dashboard", "default", "ftp", "kube", "localhost", "mail", "ns1", "ns2", "platform")
    + ("smtp", "status", "storefleet", "www")
)


def name_problem(name: str) -> str:
    """Why `name` cannot be a store's name, with the cure; "" when it can."""
    if not NAME.match(name):
        return (
            f"{name!r} cannot be a store's name: use 3 to 30 lower-case letters, digits and hyphens, "
            "a letter first and no hyphen last"
        )
    if "--" in name:
        return f"{name!r} cannot be a store's name: two hyphens in a row are reserved; use one"
    if name in RESERVED or name.startswith("kube-"):
        return f"{name!r} is a reserved name; choose another, for instance {name}-shop"
    return ""


@dataclass(frozen=True)
class Tenant:
    """Everything that decides a store's objects; nothing here is secret."""

    name: str
    engine: Engine
    title: str
    host: str
    url: str
    admin_user: str
    admin_email: str
    timeout_seconds: int
    platform: Mapping[str, Any]

    @property
    def namespace(self) -> str:
        """The namespace's name."""
        return f"store-{self.name}"

    @property
    def labels(self) -> dict[str, str]:
        """Who owns an object."""
        return {
            "storefleet.dev/store": self.name,
            "storefleet.dev/installation": str(self.platform["installation"]),
            "app.kubernetes.io/managed-by": "pulumi",
            "app.kubernetes.io/part-of": "storefleet",
        }

    @property
    def feature(self) -> str:
        """Version of the engine's optional part in the image, or "absent"."""
        labels = self.platform["images"][self.engine.images[0]]["labels"]
        return str(labels.get(f"storefleet.dev/{self.engine.feature}", "absent"))


def check_request(name: str, engine: str) -> None:
    """Refuse an illegal name or an unknown engine before anything is asked or changed."""
    if problem := name_problem(name):
        raise pulumi.RunError(problem)
    if engine not in ENGINES:
        raise pulumi.RunError(f"{engine!r} is not an engine; known are: {', '.join(sorted(ENGINES))}")


def make_tenant(name: str, config: Mapping[str, Any], platform: Mapping[str, Any]) -> Tenant:
    """Combine a store's own configuration with the platform's outputs."""
    host = f"{name}.{platform['domain']}"
    scheme = "https" if platform["tlsIssuer"] else "http"
    port = int(platform["publicPort"])
    suffix = "" if port in (80, 443) else f":{port}"
    return Tenant(
        name=name,
        engine=ENGINES[config["engine"]],
        title=config["title"] or name.replace("-", " ").title(),
        host=host,
        url=f"{scheme}://{host}{suffix}",
        admin_user=config["adminUser"],
        admin_email=config["adminEmail"] or f"admin@{host}",
        timeout_seconds=int(config["timeoutSeconds"]),
        platform=platform,
    )
