"""Rules of the architecture, each a check that fails."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STANDARD_ONLY = ("toolbox", "cluster", "images", "commands")
MAY_IMPORT = {
    "toolbox": {"toolbox"},
    "cluster": {"toolbox", "cluster"},
    "images": {"toolbox", "images", "cluster"},
    "commands": {"toolbox", "cluster", "images", "commands", "dashboard"},
}
# All of it that the commands share: how Pulumi's folder of stacks is laid out.
COMMANDS_SHARE = {"backend"}
# What the previews share with the dashboard: its half of Pulumi, which knows nothing of queue, web and worker.
PREVIEWS_SHARE = {"backend", "cli", "engine", "engine_events", "failures", "provisioner", "stackfile", "stacks"}
# What stores from a terminal share with it: the child of an operation, and the eyes without their database.
TERMINAL_SHARE = {
    "apiserver", "attempt", "backend", "catalogue", "documents", "failures", "kubeconfig", "model", "provisioner",
    "settings", "sights", "stackfile", "stacks", "troubles", "watch", "why",
}  # fmt: skip
# The dashboard's modules by the process they run in; what is listed nowhere runs in the worker.
BOTH = {
    "model", "settings", "tables", "rows", "database", "journal", "transitions", "operations", "fleet", "provisioner",
    "tallies", "refusal",
}  # fmt: skip
WEB = {
    "api", "app", "broadcast", "catalogue", "csrf", "guardrails", "health", "metrics", "password", "problems", "remote",
    "services", "serving", "shapes", "sse", "throttle",
}  # fmt: skip
WEB_PREFIXES = ("api_", "page_")
STARTERS = {"__main__", "__init__", "supervisor", "web_process", "worker_process"}
SOURCES = [
    p
    for folder in (*STANDARD_ONLY, "platform", "stores", "dashboard", "previews", "terminal", "tests")
    for p in sorted((ROOT / folder).rglob("*.py"))
]


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("folder", STANDARD_ONLY)
def test_bare_machine_packages_import_only_what_lies_below_them(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        foreign = imported(path) - set(sys.stdlib_module_names) - MAY_IMPORT[folder]
        assert not foreign, f"{path.relative_to(ROOT)} imports {foreign}"


def test_platform_never_becomes_a_package() -> None:
    # A package of that name would shadow the standard library's `platform` for every library.
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_module_names_are_unique_across_the_two_programs() -> None:
    names = [{p.name for p in (ROOT / f).glob("*.py")} - {"__main__.py"} for f in ("platform", "stores")]
    assert not names[0] & names[1]


def test_programs_and_tools_do_not_import_each_other() -> None:
    for folder in ("platform", "stores"):
        for path in (ROOT / folder).glob("*.py"):
            assert not imported(path) & {*STANDARD_ONLY, "dashboard", "previews", "terminal"}, path


def dashboard_imports(path: Path) -> set[str]:
    """The dashboard's own modules that the one at `path` imports."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    whole = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            whole |= {node.module} if node.module != "dashboard" else {f"dashboard.{a.name}" for a in node.names}
    return {name.split(".")[1] for name in whole if name.startswith("dashboard.")}


def test_the_dashboard_stands_alone() -> None:
    foreign = {
        *STANDARD_ONLY,
        "previews",
        "terminal",
        "stores",
        "tests",
        *(p.stem for p in (ROOT / "stores").glob("*.py") if p.stem[0] != "_"),
    }
    for path in (ROOT / "dashboard").rglob("*.py"):
        assert not imported(path) & foreign, path


def test_commands_share_one_bare_module_with_the_dashboard() -> None:
    for path in (ROOT / "commands").rglob("*.py"):
        assert dashboard_imports(path) <= COMMANDS_SHARE, path
    for name in ("__init__", *COMMANDS_SHARE):
        assert imported(ROOT / "dashboard" / f"{name}.py") <= set(sys.stdlib_module_names), name


@pytest.mark.parametrize(("folder", "share"), [("previews", PREVIEWS_SHARE), ("terminal", TERMINAL_SHARE)])
def test_previews_and_terminal_stand_above_tools_and_engine(folder: str, share: set[str]) -> None:
    foreign = {"cluster", "images", "stores", "platform", "tests", "previews", "terminal"} - {folder}
    for path in (ROOT / folder).rglob("*.py"):
        assert not imported(path) & foreign, path
        assert dashboard_imports(path) <= share, path


def room(module: str) -> str:
    """The process that a module of the dashboard runs in."""
    for name, modules in (("both", BOTH), ("web", WEB), ("starters", STARTERS)):
        if module in modules:
            return name
    return "web" if module.startswith(WEB_PREFIXES) else "worker"


def test_web_and_worker_meet_in_the_database_only() -> None:
    allowed = {"both": {"both"}, "web": {"both", "web"}, "worker": {"both", "worker"}}
    for path in (ROOT / "dashboard").rglob("*.py"):
        mine = room(path.relative_to(ROOT / "dashboard").parts[0].removesuffix(".py"))
        foreign = {
            name for name in dashboard_imports(path) - {"__init__"} if room(name) not in allowed.get(mine, set())
        }
        assert mine == "starters" or not foreign, f"{path} runs in {mine} and imports {foreign}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_are_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 42, f"{node.name} is too long"
