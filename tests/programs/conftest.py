"""Runs the programs as the language host does, with mocks that record what they declare."""

import asyncio
import importlib
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

# Registered once, outside the programs under test. By name: a checker of types would read its 54 MB otherwise.
importlib.import_module("pulumi_kubernetes")

ROOT = Path(__file__).resolve().parents[2]
PLATFORM_OUTPUTS = {
    "installation": "storefleet", "domain": "127.0.0.1.nip.io", "publicPort": 80, "ingressClass": "traefik",
    "ingressNamespace": "kube-system", "storageClass": "local-path", "resourceClass": "local", "tlsIssuer": "",
    "images": {
        "wordpress": {"ref": "localhost/w:1", "labels": {"storefleet.dev/woocommerce": "absent"}},
        "mariadb": {"ref": "localhost/m:1", "labels": {}},
        "valkey": {"ref": "localhost/v:1", "labels": {}},
    },
    "grant": {},
}  # fmt: skip
STORE_CONFIG = {
    "engine": "woocommerce", "plan": "", "title": "", "adminUser": "admin", "adminEmail": "", "platform": "local",
    "timeoutSeconds": "900",
}  # fmt: skip


class Recorder(pulumi.runtime.Mocks):
    """Notes every resource as (type, name) -> inputs."""

    def __init__(self, platform: dict[str, Any]) -> None:
        self.platform = platform
        self.seen: dict[tuple[str, str], dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            return args.name, {"name": args.name, "outputs": self.platform}
        self.seen[(args.typ, args.name)] = args.inputs
        return f"{args.name}-id", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        return {}, None


Run = Callable[..., dict[tuple[str, str], dict[str, Any]]]


def runner(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`runner(...)("stores", stack, config)` -> what was declared."""

    def run(
        folder: str,
        stack: str,
        config: dict[str, str],
        platform: dict[str, Any] = PLATFORM_OUTPUTS,
        preview: bool = False,
    ) -> dict[tuple[str, str], dict[str, Any]]:
        recorder = Recorder(platform)
        project = "stores" if folder == "stores" else "storefleet"
        pulumi.runtime.set_mocks(recorder, project=project, stack=stack, preview=preview)
        pulumi.runtime.set_all_config({f"{project}:{key}": value for key, value in config.items()})
        monkeypatch.chdir(ROOT / folder)
        # Modules of an earlier in-process run must not be seen by this one.
        for path in (ROOT / folder).glob("[!_]*.py"):
            sys.modules.pop(path.stem, None)

        # pulumi's decorator waits until every output is known
        wait: Callable[[Callable[[], Any]], Callable[[], None]] = pulumi.runtime.test
        wait(lambda: runpy.run_path(str(ROOT / folder), run_name="__main__"))()
        return recorder.seen

    return run


@pytest.fixture
def run_program(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run_program("stores", stack, config)` -> what was declared."""
    return runner(monkeypatch)


@pytest.fixture(scope="session")
def kept_loop() -> asyncio.AbstractEventLoop:
    """The thread's loop, or a new one; held to the end, for a loop that is merely forgotten is a warning."""
    try:
        return asyncio.get_event_loop()
    except RuntimeError:
        return asyncio.new_event_loop()


@pytest.fixture(autouse=True)
def current_loop(kept_loop: asyncio.AbstractEventLoop) -> None:
    """Pulumi's runtime asks for the thread's loop, which an earlier test of asyncio may have taken away."""
    asyncio.set_event_loop(kept_loop)
