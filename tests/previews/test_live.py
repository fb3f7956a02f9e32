"""From the platform to the stores, and what only one store of a chart is asked for."""

from pathlib import Path
from typing import Any

import pytest

from previews import helm, live
from previews.child import Outcome, merged
from previews.fields import MASK, UNKNOWN
from previews.model import Finding, Level, Preview
from previews.stacks import Target

PLATFORM = Target("storefleet", "local", Path(), Path(), {})
OUTPUTS = {"domain": "new.test", "images": {"web": {"ref": "shop:2"}}}


def outcome(name: str, version: str = "1.0.0", **more: Any) -> Outcome:
    """A store whose release stays as it is."""
    return Outcome(Preview(name, **more), {}, {"chart": "../charts/shop", "version": version, "name": name})


def test_stores_read_the_outputs_that_the_platform_would_have() -> None:
    seen = live.foresee([PLATFORM], [Outcome(Preview("platform local"), OUTPUTS, {})])
    assert seen == {"organization/storefleet/local": OUTPUTS}


@pytest.mark.parametrize("outputs", [{}, {"domain": UNKNOWN}, {"images": {"web": MASK}}])
def test_outputs_that_are_not_all_known_are_not_foreseen(outputs: dict[str, Any]) -> None:
    assert live.foresee([PLATFORM], [Outcome(Preview("platform local"), outputs, {})]) == {}


def test_one_store_of_a_chart_is_looked_at_and_all_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def objects(size: int) -> Any:
        def answer(tools: object, release: Any) -> Any:
            asked.append(release["name"])
            return {"Service/web": {"kind": "Service", "metadata": {"name": "web"}, "spec": {"size": size}}}

        return answer

    monkeypatch.setattr(helm, "deployed", objects(1))
    monkeypatch.setattr(helm, "upgraded", objects(2))
    outcomes = [outcome("a"), outcome("b"), Outcome(Preview("changes"), {}, {}), outcome("broken", failure="no")]
    previews = list(live._unraised(outcomes))
    assert asked == ["a", "a"]
    assert [len(preview.findings) for preview in previews] == [1, 1, 0, 0]
    assert "Service/web, but its version is not raised" in previews[1].findings[0].message


def test_a_cluster_that_does_not_answer_here_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(tools: object, release: object) -> Any:
        raise helm.NotRendered("the cluster does not answer")

    monkeypatch.setattr(helm, "deployed", refuse)
    assert [preview.findings for preview in live._unraised([outcome("a")])] == [()]


def test_the_servers_words_replace_ours() -> None:
    known = Finding(Level.DANGER, "StatefulSet/db", "the update would be refused, since spec.x cannot be changed")
    lost = Finding(Level.DANGER, "StatefulSet/db", "is deleted: data")
    told = Finding(Level.DANGER, "StatefulSet/db", "the API server refuses the update: Forbidden")
    assert merged([known, lost], [told]) == [lost, told]
    assert merged([known, lost], []) == [known, lost]
