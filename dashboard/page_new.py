"""The form that deploys a store: what may be chosen, what was typed, and what is wrong with it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.model import Request

FIELDS = ("name", "engine", "plan", "title", "admin_email")
Engines = Mapping[str, Mapping[str, Any]]
"""The catalogue's engines: name to title, summary, plans and settings."""


@dataclass(frozen=True)
class Choice:
    """One radio button: what it is called and what it means."""

    value: str
    title: str
    summary: str
    chosen: bool


@dataclass(frozen=True)
class Setting:
    """One further setting of an engine; `field` is the input's name, `choices` (value, label) may be empty."""

    field: str
    label: str
    help: str
    kind: str
    choices: tuple[tuple[str, str], ...]
    value: str
    error: str


@dataclass(frozen=True)
class EngineForm:
    """What belongs to one engine only: its plans and its further settings."""

    name: str
    title: str
    plans: tuple[Choice, ...]
    settings: tuple[Setting, ...]
    chosen: bool


@dataclass(frozen=True)
class Form:
    """The whole form. `errors` maps an input's name to what is wrong; `summary` stands above all."""

    values: Mapping[str, str]
    errors: Mapping[str, str]
    summary: str
    cure: str
    key: str
    engines: tuple[Choice, ...]
    parts: tuple[EngineForm, ...]


def make_form(
    engines: Engines,
    typed: Mapping[str, str],
    key: str,
    errors: Mapping[str, str] | None = None,
    summary: str = "",
    cure: str = "",
) -> Form:
    """The form as it was `typed`; what was left out has its default. `key` makes a second press harmless."""
    values = {field: typed.get(field, "") for field in FIELDS}
    wrong = dict(errors or {})
    chosen = values["engine"] if values["engine"] in engines else next(iter(engines), "")
    values["engine"] = chosen
    return Form(
        values=values,
        errors=wrong,
        summary=summary,
        cure=cure,
        key=key,
        engines=tuple(
            Choice(name, str(engine.get("title") or name), str(engine.get("summary") or ""), name == chosen)
            for name, engine in engines.items()
        ),
        parts=tuple(_part(name, engine, typed, wrong, name == chosen) for name, engine in engines.items()),
    )


def _part(
    name: str, engine: Mapping[str, Any], typed: Mapping[str, str], errors: Mapping[str, str], chosen: bool
) -> EngineForm:
    plans = list(engine.get("plans") or ())
    names = [str(plan["name"]) for plan in plans]
    wanted = typed.get(f"plan.{name}", "")
    plan = wanted if wanted in names else next(iter(names), "")
    return EngineForm(
        name=name,
        title=str(engine.get("title") or name),
        plans=tuple(
            Choice(str(p["name"]), str(p.get("title") or p["name"]), str(p.get("summary") or ""), p["name"] == plan)
            for p in plans
        ),
        settings=tuple(_setting(name, setting, typed, errors, chosen) for setting in engine.get("settings") or ()),
        chosen=chosen,
    )


def _setting(
    engine: str, setting: Mapping[str, Any], typed: Mapping[str, str], errors: Mapping[str, str], chosen: bool
) -> Setting:
    name = str(setting["name"])
    field = f"settings.{engine}.{name}"
    return Setting(
        field=field,
        label=str(setting.get("label") or name.replace("_", " ").capitalize()),
        help=str(setting.get("help") or ""),
        kind=str(setting.get("kind") or "text"),
        choices=_choices(setting),
        value=typed.get(field, str(setting.get("default") or "")),
        error=errors.get(f"settings.{name}", "") if chosen else "",
    )


def _choices(setting: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    if setting.get("kind") == "boolean":
        return (("true", "Yes"), ("false", "No"))
    return tuple((str(choice), str(choice) or "(none)") for choice in setting.get("choices") or ())


def read_request(typed: Mapping[str, str], engines: Engines) -> Request:
    """What the form asks for. Inputs of engines that were not chosen are left out; nothing is judged here."""
    engine = typed.get("engine", "")
    settings = {}
    for setting in engines.get(engine, {}).get("settings") or ():
        value = typed.get(f"settings.{engine}.{setting['name']}", "").strip()
        # What has its default is not asked for, so that a later default reaches this store too.
        if value and value != str(setting.get("default") or ""):
            settings[str(setting["name"])] = value
    return Request(
        name=typed.get("name", "").strip(),
        engine=engine,
        plan=typed.get(f"plan.{engine}", ""),
        title=typed.get("title", "").strip(),
        admin_email=typed.get("admin_email", "").strip(),
        settings=settings,
    )
