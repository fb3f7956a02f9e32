"""What is asked of Helm and the server for one stack, by what Pulumi would do to its release."""

from pathlib import Path
from typing import Any

import pytest

from previews import child, helm, server
from previews.model import Change, Finding, Level, Verb
from previews.steps import Steps

TOOLS = helm.Tools(Path())
RELEASE = {"name": "shop", "namespace": "store-a", "chart": "../charts/shop"}


def claim(size: str) -> dict[str, Any]:
    spec = {"resources": {"requests": {"storage": size}}}
    return {"PersistentVolumeClaim/a": {"kind": "PersistentVolumeClaim", "metadata": {"name": "a"}, "spec": spec}}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions, in order; what is deployed has 1Gi, what would be 2Gi, and the server has its doubts."""
    said: list[str] = []

    def answer(name: str, found: Any) -> Any:
        def one(*_: object) -> Any:
            said.append(name)
            return found

        return one

    monkeypatch.setattr(helm, "deployed", answer("deployed", claim("1Gi")))
    monkeypatch.setattr(helm, "upgraded", answer("upgraded", claim("2Gi")))
    monkeypatch.setattr(helm, "installed", answer("installed", claim("2Gi")))
    doubt = Finding(Level.DANGER, "PersistentVolumeClaim/a", "the API server refuses the update: no")
    monkeypatch.setattr(server, "refused", answer("server", [doubt]))
    return said


def steps(*changes: Change, old: Any = RELEASE, new: Any = RELEASE, hard: str = "5Gi", moves: bool = True) -> Steps:
    """What Pulumi says, without Pulumi."""
    listener = Steps()
    listener._changes = {change.name: change for change in changes}
    listener.deployed, listener.release, listener.release_changes = old, new, moves
    listener.hard = {"requests.storage": hard}
    return listener


def test_a_release_that_stays_is_not_looked_into(asked: list[str]) -> None:
    assert child.look_inside(TOOLS, steps(moves=False), ask_server=True) == ((), [])
    assert asked == []


def test_a_smaller_quota_around_a_release_that_stays_is_compared_with_it(asked: list[str]) -> None:
    quota = Change(Verb.UPDATE, "ResourceQuota/quota")
    assert child.look_inside(TOOLS, steps(quota, moves=False), ask_server=True) == ((), [])
    changes, (found,) = child.look_inside(TOOLS, steps(quota, moves=False, hard="500Mi"), ask_server=True)
    assert changes == ()
    assert "requests.storage is 1024Mi at most, the quota 500Mi" in found.message
    assert asked == ["deployed", "deployed"]


def test_an_update_is_compared_and_the_server_is_asked(asked: list[str]) -> None:
    (change,), found = child.look_inside(TOOLS, steps(), ask_server=True)
    assert (change.verb, change.name) == (Verb.UPDATE, "PersistentVolumeClaim/a")
    assert [finding.message for finding in found] == ["the API server refuses the update: no"]
    assert asked == ["deployed", "upgraded", "server"]


def test_the_server_is_not_asked_without_a_wish(asked: list[str]) -> None:
    child.look_inside(TOOLS, steps(), ask_server=False)
    assert asked == ["deployed", "upgraded"]


def test_a_first_install_creates_everything(asked: list[str]) -> None:
    changes, _ = child.look_inside(TOOLS, steps(old={}), ask_server=True)
    assert [change.verb for change in changes] == [Verb.CREATE]
    assert asked == ["installed"]  # there is no namespace yet that the server could be asked about


def test_a_release_of_another_name_is_installed_anew(asked: list[str]) -> None:
    child.look_inside(TOOLS, steps(new={**RELEASE, "name": "other"}), ask_server=False)
    assert asked == ["deployed", "installed"]


def test_a_deleted_release_loses_its_claims(asked: list[str]) -> None:
    gone = steps(Change(Verb.DELETE, "Release/release"), new={})
    changes, found = child.look_inside(TOOLS, gone, ask_server=True)
    assert [change.verb for change in changes] == [Verb.DELETE]
    assert ["volume is lost" in finding.message for finding in found] == [True]
    assert asked == ["deployed"]
