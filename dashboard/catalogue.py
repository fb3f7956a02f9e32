"""What can be asked for, read from the tables of the stores' program without importing it."""

import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from re import compile as pattern
from typing import Any

import yaml

from dashboard.model import Request
from dashboard.refusal import Refusal

TITLE_LIMIT = 80
EMAIL_LIMIT = 254
VALUE_LIMIT = 500
_EMAIL = pattern(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,185}[A-Za-z0-9])?")


class CatalogueError(Exception):
    """The program's tables cannot be read; the text names the file."""


@dataclass(frozen=True)
class Catalogue:
    """Names, engines, plans and settings as the program in `stores/` has them.

    Guarantees: the same rules as the program's own, since they are the same functions. What only the platform
    knows (how much a plan is there, which plugins an image has) is left to the program.
    """

    _engines: Mapping[str, Any]
    _plans: Mapping[str, Any]
    _name_problem: Callable[[str], str]
    _plan_problem: Callable[[str, str, Mapping[str, int]], str]
    _plans_for: Callable[[Mapping[str, int]], list[str]]
    _setting_problems: Callable[[Any, Mapping[str, str]], dict[str, str]]
    _chart_versions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, program: Path) -> "Catalogue":
        """The catalogue of the program in the folder `program`; raises `CatalogueError`."""
        names, engines, plans = (_table(program, name) for name in ("names", "engines", "plans"))
        # A program whose engines have no settings has no rules for them either.
        has_wishes = (program / "wishes.py").exists()
        wishes = _table(program, "wishes") if has_wishes else {"setting_problems": _no_settings}
        try:
            return cls(
                engines["ENGINES"],
                plans["PLANS"],
                names["name_problem"],
                plans["plan_problem"],
                plans["plans_for"],
                wishes["setting_problems"],
                {name: _chart_version(program, engine) for name, engine in engines["ENGINES"].items()},
            )
        except KeyError as missing:
            raise CatalogueError(f"the tables in {program} lack {missing}; update the checkout as a whole") from None

    def engines(self) -> dict[str, dict[str, Any]]:
        """Engine -> title, summary, plans (smallest first) and settings, as plain JSON."""
        return {
            name: {
                "title": engine.title,
                "summary": engine.summary,
                "plans": [
                    {"name": plan, "title": self._plans[plan].title, "summary": self._plans[plan].summary}
                    for plan in self._plans_for(engine.minimum)
                ],
                "settings": [_setting(wish) for wish in _wishes(engine)],
            }
            for name, engine in self._engines.items()
        }

    def chart_version(self, engine: str) -> str:
        """The version of the engine's chart in this checkout; "" where it is not known."""
        return self._chart_versions.get(engine, "")

    def name_problem(self, name: str) -> str:
        """Why `name` cannot be a store's name, with the cure; "" when it can. Does not say whether it is taken."""
        return self._name_problem(name)

    def complete(self, request: Request) -> Request:
        """`request` with defaults for what was left empty: the first engine, its smallest plan, a title."""
        engine = request.engine or next(iter(self._engines))
        plan = request.plan
        if not plan and engine in self._engines:
            plan = next(iter(self._plans_for(self._engines[engine].minimum)), "")
        title = request.title.strip() or request.name.replace("-", " ").title()
        return replace(request, engine=engine, plan=plan, title=title)

    def check(self, request: Request) -> dict[str, str]:
        """Field -> what is wrong with it and the cure; empty when all is well. Settings are `settings.<name>`."""
        problems = {
            "name": self.name_problem(request.name),
            "title": _text_problem(request.title, TITLE_LIMIT),
            "admin_email": _email_problem(request.admin_email),
        }
        engine = self._engines.get(request.engine)
        if engine is None:
            problems["engine"] = f"{request.engine!r} is not an engine; known are: {', '.join(sorted(self._engines))}"
        else:
            problems["plan"] = self._plan_problem(request.plan, request.engine, engine.minimum)
            problems |= self._check_settings(engine, request.settings)
        return {field: problem for field, problem in problems.items() if problem}

    def accept(self, request: Request) -> Request:
        """The completed request, ready for `Desk.deploy`; raises `Refusal` "invalid" that names each bad field."""
        completed = self.complete(request)
        if problems := self.check(completed):
            raise Refusal("invalid", "; ".join(problems.values()), "Correct the fields that are named", problems)
        return completed

    def _check_settings(self, engine: Any, settings: Mapping[str, str]) -> dict[str, str]:
        problems = self._setting_problems(_wishes(engine), settings)
        for wish in getattr(engine, "secret_wishes", ()):
            if wish.name in settings:
                # What passes here is kept in the database, which holds no secret.
                problems[wish.name] = f"{wish.name} is a secret; set it in a terminal: pulumi config set --secret"
        for name, value in settings.items():
            if name not in problems and (problem := _text_problem(value, VALUE_LIMIT)):
                problems[name] = problem
        return {f"settings.{name}": problem for name, problem in problems.items()}


def _table(program: Path, name: str) -> dict[str, Any]:
    path = program / f"{name}.py"
    try:
        return runpy.run_path(str(path))
    except (OSError, ImportError, SyntaxError) as error:
        raise CatalogueError(f"{path} cannot be read: {error}; STOREFLEET_DASHBOARD_PROGRAM names its folder") from None


def _chart_version(program: Path, engine: Any) -> str:
    try:
        return str(yaml.safe_load((program / str(engine.chart) / "Chart.yaml").read_text())["version"])
    except (AttributeError, OSError, KeyError, TypeError, yaml.YAMLError):
        return ""  # what it would be compared with is shown all the same


def _wishes(engine: Any) -> Any:
    return getattr(engine, "wishes", ())


def _no_settings(_: Any, given: Mapping[str, str]) -> dict[str, str]:
    return {name: f"{name!r} is not a setting of this engine; leave it out" for name in given}


def _setting(wish: Any) -> dict[str, Any]:
    return {
        "name": wish.name,
        "label": wish.label,
        "help": wish.help,
        "kind": wish.kind,
        "choices": list(wish.choices),
        "default": wish.default,
    }


def _text_problem(text: str, limit: int) -> str:
    if len(text) > limit:
        return f"is longer than {limit} characters; shorten it"
    # Control characters, line breaks and halves of surrogate pairs: nothing that a person types into one line.
    return "" if text.isprintable() else "holds a character that cannot be printed; use one line of plain text"


def _email_problem(address: str) -> str:
    if not address or (len(address) <= EMAIL_LIMIT and _EMAIL.fullmatch(address)):
        return ""
    return "is not an e-mail address; write one such as owner@example.com, or leave it empty"
