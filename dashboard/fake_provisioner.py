"""Makes believe: steps, events and pods as of a real store, for work on pages and queue.

What a store is called decides what happens to it: `fail-…` fails for good, `stall-…` fails each
time, `crash-…` kills its process, `slow-…` takes ten times as long.
"""

import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.model import Existing, Failure, Level, NewEvent, Outputs, Progress, Request, Source
from dashboard.provisioner import Emit, Failed
from dashboard.provisioners import Company
from dashboard.settings import Settings

if TYPE_CHECKING:
    from dashboard.database import Database
    from dashboard.fleet import Fleet
    from dashboard.journal import Journal

SLOWER = 10
STEPS = (
    ("Namespace", "v1:Namespace::namespace"), ("ResourceQuota", "v1:ResourceQuota::quota"),
    ("LimitRange", "v1:LimitRange::limits"), ("NetworkPolicy", "networking.k8s.io/v1:NetworkPolicy::default-deny"),
    ("Secret", "v1:Secret::secrets"), ("Release", "helm.sh/v3:Release::release"),
)  # fmt: skip
POD_EVENTS = (
    ("Pod/database-0", "Scheduled", "Successfully assigned the pod to node storefleet"),
    ("Pod/database-0", "Pulled", "Container image already present on machine"),
    ("Pod/database-0", "Started", "Started container database"),
    ("Pod/web-5d8f9c7b6-x2x4q", "Scheduled", "Successfully assigned the pod to node storefleet"),
    ("Pod/web-5d8f9c7b6-x2x4q", "Started", "Started container web"),
)
BROKEN = Failure(
    "ImagePull", "Pod/web-5d8f9c7b6-x2x4q cannot pull its image: not found", "check the image's name, then retry"
)


class FakeProvisioner:
    """Keeps what it "made" as one JSON file per store in `folder`."""

    def __init__(self, folder: Path, step_seconds: float) -> None:
        self._folder = folder
        self._step_seconds = step_seconds

    def up(self, request: Request, emit: Emit) -> Outputs:
        """See `Provisioner.up`."""
        emit(Progress(0, len(STEPS), STEPS[0][0]))
        for done, (step, resource) in enumerate(STEPS, start=1):
            self._wait(request.name)
            emit(_event(request.name, Source.ENGINE, "engine.step", resource, "Created", f"{step} is made"))
            emit(Progress(done, len(STEPS), step))
        for pod, reason, message in POD_EVENTS:
            self._wait(request.name)
            emit(_event(request.name, Source.KUBERNETES, "kubernetes.event", pod, reason, message))
        self._misbehave(request.name, emit)
        outputs = Outputs(
            f"http://{request.name}.127.0.0.1.nip.io", f"store-{request.name}", request.engine, "0.0.0-fake",
            "store-secrets", "admin-password", "This store is make-believe", request.settings,
        )  # fmt: skip
        self._file(request.name).parent.mkdir(parents=True, exist_ok=True)
        new = self._file(request.name).with_suffix(".new")
        new.write_text(json.dumps({"request": asdict(request), "outputs": asdict(outputs)}))
        os.replace(new, self._file(request.name))
        return outputs

    def destroy(self, name: str, emit: Emit) -> None:
        """See `Provisioner.destroy`."""
        for done, (step, resource) in enumerate(reversed(STEPS), start=1):
            self._wait(name)
            emit(_event(name, Source.ENGINE, "engine.step", resource, "Deleted", f"{step} is gone"))
            emit(Progress(done, len(STEPS), step))
        self._file(name).unlink(missing_ok=True)

    def recover(self, name: str, emit: Emit) -> None:
        """See `Provisioner.recover`."""
        emit(_event(name, Source.ENGINE, "engine.step", "", "Recovered", "looked at what the last attempt left"))

    def stores(self) -> Sequence[Existing]:
        """See `Inventory.stores`."""
        return [_existing(path) for path in sorted(self._folder.glob("*.json"))]

    def _misbehave(self, name: str, emit: Emit) -> None:
        if name.startswith("crash-"):
            os.kill(os.getpid(), signal.SIGKILL)
        if name.startswith(("fail-", "stall-")):
            pod = POD_EVENTS[-1][0]
            emit(
                _event(name, Source.KUBERNETES, "kubernetes.event", pod, "ErrImagePull", BROKEN.message, Level.WARNING)
            )
            raise Failed(Failure(BROKEN.reason, BROKEN.message, BROKEN.cure, retryable=name.startswith("stall-")))

    def _wait(self, name: str) -> None:
        time.sleep(self._step_seconds * (SLOWER if name.startswith("slow-") else 1))

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def make_provisioner(settings: Settings) -> FakeProvisioner:
    """See `provisioners`."""
    return FakeProvisioner(settings.var / "dashboard" / "fake", settings.fake_step_seconds)


def make_inventory(settings: Settings) -> FakeProvisioner:
    """See `provisioners`."""
    return make_provisioner(settings)


def make_company(settings: Settings, database: "Database", journal: "Journal", fleet: "Fleet") -> Company:
    """See `provisioners`."""
    from dashboard.fake_eyes import FakeEyes  # needs the database, which a child does without

    return Company([FakeEyes(fleet)], lambda name, since: None)


def _existing(path: Path) -> Existing:
    document = json.loads(path.read_text())
    asked = {key: document["request"][key] for key in ("engine", "plan", "title", "admin_email", "settings")}
    return Existing(path.stem, Outputs(**document["outputs"]), **asked)


def _event(
    store: str, source: Source, kind: str, object: str, reason: str, message: str, level: Level = Level.NORMAL
) -> NewEvent:
    operation = os.environ.get("STOREFLEET_OPERATION")
    return NewEvent(datetime.now(UTC), store, operation, source, level, kind, object, reason, message)
