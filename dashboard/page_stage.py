"""What every page needs: the services, the templates, the files, and forms that come back."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import jinja2
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from dashboard.csrf import FIELD
from dashboard.page_assets import Assets
from dashboard.problems import Problem
from dashboard.services import Services

Typed = Mapping[str, str]


@dataclass(frozen=True)
class Stage:
    """What every page needs: the services, the templates, the files."""

    services: Services
    templates: jinja2.Environment
    assets: Assets

    def render(self, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """Fill `template`; the token of forms, the time, and whether the page shall hold still are always there."""
        still = "still" in request.query_params
        context = {"csrf": self.services.csrf.token(request), "now": datetime.now(UTC), "still": still, **context}
        return HTMLResponse(self.templates.get_template(template).render(context), status)

    def worker_away(self) -> bool:
        """Whether no worker gave a sign of life lately."""
        return not any(beat.alive for beat in self.services.fleet.workers())

    def check_form(self, request: Request, typed: Typed) -> None:
        """Refuse a form that this dashboard did not give to this browser."""
        if not self.services.csrf.is_valid(request, typed.get(FIELD, "")):
            message = "The form is too old, or was made for another browser"
            raise Problem(403, "form", message, "Load the page again and send the form once more")


async def read_form(request: Request) -> Typed:
    """The form's fields, the first value of each; files are refused by the guardrails before."""
    async with request.form() as form:
        return {key: value for key, value in reversed(form.multi_items()) if isinstance(value, str)}


FormFields = Annotated[Typed, Depends(read_form)]


def new_key() -> str:
    """An idempotency key for one rendered form: pressing its button twice is one request."""
    return secrets.token_hex(16)
