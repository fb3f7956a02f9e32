"""Pulumi's Automation API with the fewest possible runs of the CLI.

The program in `stores/` runs inline, that is in this process, and otherwise exactly as the CLI would
run it: same folder, same `__main__`, same stack and same files, so that a terminal can go on where the
dashboard stopped. `Stack.up()` of the library is four runs of the CLI; here it is one.
"""

import os
import runpy
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from pulumi import automation
from pulumi._version import version as sdk_version
from pulumi.automation import CommandResult, OutputMap, PulumiCommand, UpdateSummary
from pulumi.automation._cmd import OnOutput
from pulumi.automation.events import EngineEvent

OnEvent = Callable[[EngineEvent], None]
NEEDED_SOON = ("pulumi_kubernetes.core.v1", "pulumi_kubernetes.helm.v3", "pulumi_kubernetes.networking.v1")


def import_ahead() -> None:
    """Import what every program needs (0.7 s of CPU)."""
    for name in NEEDED_SOON:
        import_module(name)


class _Command(PulumiCommand):
    """The `pulumi` on PATH, without asking for its version first (one run of the CLI).

    The library needs the version only to know that events come over gRPC, which every CLI since
    3.205 does.
    """

    def __init__(self) -> None:
        self.command = "pulumi"
        self.version = sdk_version

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        """Run the CLI; while it starts and opens the stack, an update's program is imported.

        Not sooner: on its way to the CLI this process imports enough, and would only do both more slowly.
        """
        if args[0] in ("up", "preview"):
            threading.Thread(target=import_ahead, name="import-ahead", daemon=True).start()
        return super().run(args, cwd, additional_env, on_output, on_error)


class _Stack(automation.Stack):
    """A stack that is neither selected before a command nor asked for its history afterwards."""

    def __init__(self, name: str, workspace: automation.LocalWorkspace) -> None:
        self.name, self.workspace = name, workspace

    def outputs(self) -> OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:
        return UpdateSummary("", datetime.now(UTC), "", {}, {}, "")


class Engine:
    """One stack of one program. Methods raise `automation.CommandError`, whose text is not for users.

    `program` is the folder of `Pulumi.yaml`; `code` that of the program itself, where it is another (`main:`).
    """

    def __init__(self, program: Path, name: str, code: Path | None = None) -> None:
        self._program, self.name = program, name
        self._code = code or program
        self._command = _Command()

    def up(self, on_event: OnEvent) -> None:
        """Run the program inline and apply what it declares."""
        self._inline().up(on_event=on_event, show_secrets=False, color="never", suppress_outputs=True)

    def preview(self, on_event: OnEvent, config_file: Path) -> None:
        """Run the program inline and tell what applying it would change. Takes no lock and writes no state.

        `config_file` takes the place of the stack's own file, into which Pulumi may write.
        """
        self._inline().preview(on_event=on_event, config_file=str(config_file), color="never", suppress_outputs=True)

    def destroy(self, on_event: OnEvent, refresh: bool) -> None:
        """Delete every resource of the stack; the empty stack stays."""
        stack = _Stack(self.name, self._workspace())
        stack.destroy(on_event=on_event, show_secrets=False, color="never", suppress_outputs=True, refresh=refresh)

    def refresh(self, on_event: OnEvent) -> None:
        """Read every resource from the cluster; creates that were under way are forgotten."""
        stack = _Stack(self.name, self._workspace())
        stack.refresh(on_event=on_event, show_secrets=False, color="never", clear_pending_creates=True)

    def _inline(self) -> _Stack:
        return _Stack(self.name, self._workspace(program=lambda: run_program(self._code)))

    def _workspace(self, program: Callable[[], None] | None = None) -> automation.LocalWorkspace:
        return automation.LocalWorkspace(str(self._program), program=program, pulumi_command=self._command)


def run_program(folder: Path) -> None:
    """Run `folder` as `__main__`, as Pulumi's language host does: from within it, with it first on the path."""
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    runpy.run_path(str(folder), run_name="__main__")
