"""Rules of the architecture, each a check that fails."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STANDARD_ONLY = ("toolbox", "cluster", "images", "commands")
MAY_IMPORT = {
    "toolbox": {"toolbox"},
    "cluster": {"toolbox", "cluster"},
    "images": {"toolbox", "images", "cluster"},
    "commands": {"toolbox", "cluster", "images", "commands"},
}
SOURCES = [
    p for folder in (*STANDARD_ONLY, "platform", "stores", "tests") for p in sorted((ROOT / folder).rglob("*.py"))
]


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("folder", STANDARD_ONLY)
def test_bare_machine_packages_import_only_what_lies_below_them(folder: str) -> None:
    import sys

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
            assert not imported(path) & {*STANDARD_ONLY, "dashboard"}, path


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_are_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 42, f"{node.name} is too long"
