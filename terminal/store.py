"""The verbs: create or bring up to date, destroy, list."""

import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError

from dashboard.apiserver import ApiServer
from dashboard.backend import CorruptState
from dashboard.catalogue import Catalogue, CatalogueError
from dashboard.documents import Done
from dashboard.failures import better
from dashboard.kubeconfig import NoCluster
from dashboard.model import Failure, Kind, Request, namespace_of
from dashboard.provisioner import Failed
from dashboard.settings import Settings, what_is_wrong
from dashboard.stackfile import Program
from dashboard.stacks import Stacks
from terminal.lookout import Lookout
from terminal.operation import new_operation, run
from terminal.request import check, make_request
from terminal.telling import Teller
from toolbox.errors import UserError

Tell = Callable[[str], None]
UNEXPLAINED = frozenset({"Internal", "Crashed"})


class Terminal:
    """One store's commands. Every method raises `UserError` with cause and cure."""

    def __init__(self, settings: Settings, tell: Tell) -> None:
        self._settings, self._tell = settings, tell
        self._program = Program(settings.program)
        self._stacks = Stacks.of(self._program)

    @classmethod
    def open(cls, tell: Tell) -> "Terminal":
        """By the settings in the environment."""
        try:
            return cls(Settings(), tell)
        except ValidationError as wrong:
            raise UserError(f"a setting is wrong: {what_is_wrong(wrong)}", "docs/dashboard.md lists them") from None

    def create(self, name: str, options: Mapping[str, str], settings: Mapping[str, str]) -> None:
        """Make the store, or bring an existing one up to date; tell where it answers.

        A new store whose creation fails is taken away again completely; an existing one keeps its configuration.
        """
        is_new = name not in self._names()
        known = self._known(name, is_new)
        request = make_request(name, options, settings, known)
        try:
            check(request, known, Catalogue.read(self._settings.program))
        except CatalogueError as broken:
            raise UserError(str(broken), "mend the file that it names") from None
        begin = time.monotonic()
        with self._unchanged_by_failure(name, is_new):
            self._operate(Kind.CREATE, name, request)
        outputs = self._stacks.read_outputs(name)
        self._tell(f"{name} is ready after {time.monotonic() - begin:.1f} s: {outputs['url']}")
        for line in where_to_look(outputs):
            self._tell(line)

    def destroy(self, name: str) -> None:
        """Take the store away with everything it had."""
        if name not in self._names():
            raise UserError(f"there is no store {name!r}", "'make stores' lists what there is")
        self._operate(Kind.DELETE, name, None)
        self._tell(f"{name} is gone")

    def show(self) -> None:
        """Tell the names of all stores."""
        self._tell("\n".join(self._names()) or "no stores yet; make one with 'make store NAME=…'")

    def _known(self, name: str, is_new: bool) -> dict[str, Any]:
        """The store's configuration; of one that was made on another machine, the one in its state."""
        if not is_new and not self._program.stack_file(name).exists():
            with _failures_told():
                self._stacks.fetch_configuration(name)
        return self._program.config(name)

    @contextmanager
    def _unchanged_by_failure(self, name: str, is_new: bool) -> Iterator[None]:
        """What an attempt that fails has written is taken back, as far as the provisioner leaves that to us."""
        file = self._program.stack_file(name)
        before = file.read_text() if file.exists() else ""
        try:
            yield
        except UserError:
            if is_new:
                self._forget_if_empty(name)
            elif before and name in self._names():
                file.write_text(before)
            raise

    def _forget_if_empty(self, name: str) -> None:
        """A stack that could not even be begun, without the cluster for instance; not one that somebody works on."""
        try:
            checkpoint = self._stacks.read(name)
        except (CorruptState, Failed):
            return
        if checkpoint and checkpoint.is_empty and not any(self._stacks.locks(name).glob("*")):
            self._stacks.forget(name)
            self._program.forget(name)

    def _names(self) -> list[str]:
        with _failures_told():
            return sorted(self._stacks.names())

    def _operate(self, kind: Kind, name: str, request: Request | None) -> None:
        operation = new_operation(kind, name, request)
        log = self._settings.var / "log" / f"store-{name}.log"
        with watching(name) as lookout:
            with Teller(lookout.now if lookout else str, self._tell) as teller:
                outcome = run(operation, self._settings, log, teller.hear)
            if isinstance(outcome, Done):
                log.unlink(missing_ok=True)  # it says nothing of interest
                return
            failure = better(outcome, lookout.failure) if lookout else outcome
        raise told(failure, f"read {log}, then run the same command again")


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except Failed as failed:
        raise told(failed.failure, "read what Pulumi says of it: pulumi stack ls") from None


@contextmanager
def watching(name: str) -> Iterator[Lookout | None]:
    """A lookout for the store; None where no cluster can be found, which the operation tells."""
    try:
        api = ApiServer.connect()
    except NoCluster:
        yield None
        return
    lookout = Lookout(api, name, namespace_of(name))
    lookout.start()
    try:
        yield lookout
    finally:
        lookout.stop()


def told(failure: Failure, read_the_log: str) -> UserError:
    """A failure as a terminal tells it."""
    return UserError(failure.message, read_the_log if failure.reason in UNEXPLAINED else failure.cure)


def where_to_look(outputs: Mapping[str, Any]) -> Iterator[str]:
    """How to look at the store, and how to see its password."""
    url = urllib.parse.urlsplit(outputs["url"])
    port = f":{url.port}" if url.port else ""
    secret = f"kubectl -n {outputs['namespace']} get secret {outputs['adminSecretName']}"
    yield f"  without DNS:    curl -H 'Host: {url.hostname}' {url.scheme}://127.0.0.1{port}/"
    yield f"  admin login:    {outputs['adminLogin']}"
    yield f"  admin password: . var/env.sh && {secret} -o jsonpath='{{.data.{outputs['adminSecretKey']}}}' | base64 -d"
    if outputs["notice"]:
        yield f"  note:           {outputs['notice']}"
