"""What somebody at a terminal asks for: options over what the store's configuration says already."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.catalogue import Catalogue
from dashboard.model import Request
from toolbox.errors import UserError

OPTIONS = {
    "engine": "engine", "plan": "plan", "title": "title", "admin_email": "adminEmail",
    "timeout_seconds": "timeoutSeconds",
}  # fmt: skip
"""Option -> key of the store's configuration."""

NO_SETTINGS = frozenset({*OPTIONS.values(), "adminUser", "platform"})
"""Keys of the configuration that are no settings of the engine; all others are."""


def split_settings(settings: Sequence[str]) -> dict[str, str]:
    """KEY=VALUE texts as a mapping; raises `UserError` for anything else."""
    pairs = [text.partition("=") for text in settings]
    if wrong := [key for key, equals, _ in pairs if not (equals and key.isalnum())]:
        cure = 'for instance SET="currency=USD samples=false"; the engine\'s page in docs/ lists them'
        raise UserError(f"{wrong[0]!r} is not KEY=VALUE", cure)
    return {key: value for key, _, value in pairs}


def make_request(
    name: str, options: Mapping[str, str], settings: Mapping[str, str], known: Mapping[str, Any]
) -> Request:
    """What to ask of the provisioner: an option that is empty stays as `known`, the store's configuration, has it.

    A setting that is empty goes back to its default; one that is not named stays.
    """
    fields = {option: options.get(option) or str(known.get(key, "")) for option, key in OPTIONS.items()}
    patience = fields.pop("timeout_seconds")
    own = {OPTIONS["timeout_seconds"]: patience} if patience else {}
    return Request(name=name, settings={**settings, **own}, **fields)


def check(request: Request, known: Mapping[str, Any], catalogue: Catalogue) -> None:
    """Raise `UserError` for what the store's program would refuse, before anything is changed.

    What only the platform knows (whether an image has a plugin, say) is refused by the program itself.
    """
    settings = {**{key: str(value) for key, value in known.items()}, **request.settings}
    engines_own = {key: value for key, value in settings.items() if value and key not in NO_SETTINGS}
    whole = Request(
        request.name, request.engine, request.plan, request.title, request.admin_email, settings=engines_own
    )
    if problems := catalogue.check(catalogue.complete(whole)):
        field, problem = next(iter(problems.items()))
        cause, _, cure = problem.partition("; " if "; " in problem else ": ")
        # Some problems quote the value, the others begin with a verb.
        told = cause if cause.startswith(("'", '"')) else f"{field.removeprefix('settings.')} {cause}"
        raise UserError(told, cure or "mend it and run the same command again")
