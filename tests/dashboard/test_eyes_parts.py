"""The small parts of the eyes: what is due when, what was wrong longest, whether the cluster is in sight."""

from datetime import timedelta

import pytest

from dashboard.agenda import SPACING_SECONDS, Agenda
from dashboard.reach import AWAY, BACK, GRACE_SECONDS, Reach
from dashboard.snapshots import timeless
from dashboard.troubles import PER_STORE, SETTLED, Troubles
from dashboard.why import Diagnosis
from tests.dashboard.objects import NOW, SHOP


class Seconds:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def wrong(reason: str, level: str = "error", thing: str = "Pod/web-1") -> Diagnosis:
    return Diagnosis(thing, reason, f"{thing}: {reason}", "a cure", NOW, level)


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_what_happens_at_once_is_looked_at_once_and_at_most_twice_a_second() -> None:
    clock = Seconds()
    agenda = Agenda(clock)
    for _ in range(50):
        agenda.put(SHOP)
    assert agenda.due() == []
    clock.now += 0.2
    assert agenda.due() == [SHOP]
    agenda.put(SHOP)
    clock.now += SPACING_SECONDS - 0.1
    assert agenda.due() == []
    clock.now += 0.2
    assert agenda.due() == [SHOP]
    assert agenda.due() == []


def test_waiting_ends_when_somebody_wakes_us_even_before() -> None:
    agenda = Agenda()
    agenda.wake()
    agenda.wait(600)  # the test's time limit is what fails otherwise
    agenda.put(SHOP, 0)
    agenda.wait(600)


def test_what_held_longest_explains_a_failure() -> None:
    troubles = Troubles()
    troubles.note(SHOP, wrong("NodesFull"), NOW)
    troubles.note(SHOP, wrong("ProbeFailing", "warning"), NOW + after(20))
    troubles.note(SHOP, wrong("PodsMissing", "warning"), NOW + after(500))
    troubles.note(SHOP, wrong("NotCreated", "normal"), NOW + after(505))
    longest = troubles.longest(SHOP, NOW, NOW + after(600))
    assert longest and longest.reason == "ProbeFailing"


def test_what_was_over_before_an_operation_does_not_explain_it() -> None:
    troubles = Troubles()
    troubles.note(SHOP, wrong("ImagePull"), NOW)
    troubles.note(SHOP, wrong("QuotaExceeded"), NOW + after(800))
    longest = troubles.longest(SHOP, NOW + after(900), NOW + after(910))
    assert longest and longest.reason == "QuotaExceeded"


def test_a_store_that_was_only_slow_is_explained_by_what_it_waited_for() -> None:
    troubles = Troubles()
    troubles.note(SHOP, wrong("SettingUp", "normal"), NOW)
    troubles.note(SHOP, wrong("NotCreated", "normal"), NOW + after(800))
    longest = troubles.longest(SHOP, NOW, NOW + after(801))
    assert longest and longest.reason == "SettingUp"


def test_a_store_that_is_well_has_no_past() -> None:
    troubles = Troubles()
    troubles.note(SHOP, wrong("ImagePull"), NOW)
    troubles.note(SHOP, None, NOW + after(60))
    assert troubles.longest(SHOP, NOW, NOW + after(61)) is None


def test_only_what_lasts_is_told() -> None:
    troubles = Troubles()
    assert not troubles.note(SHOP, wrong("Unschedulable"), NOW)
    assert not troubles.note(SHOP, wrong("Unschedulable"), NOW + SETTLED / 2)
    assert troubles.note(SHOP, wrong("Unschedulable"), NOW + SETTLED)
    assert not troubles.note(SHOP, wrong("MountFailing"), NOW + SETTLED)
    assert troubles.note(SHOP, wrong("Starting", "normal"), NOW + SETTLED)


def test_the_memory_of_troubles_is_bounded() -> None:
    troubles = Troubles()
    for number in range(5 * PER_STORE):
        troubles.note(SHOP, wrong(f"R{number}"), NOW + after(number))
    assert len(troubles._stores[SHOP]) == PER_STORE
    troubles.keep_only(())
    assert troubles.longest(SHOP, NOW, NOW) is None


def test_the_cluster_is_away_when_no_reader_has_an_answer_for_a_while() -> None:
    clock = Seconds()
    reach = Reach(["Pod", "Event"], clock=clock)
    assert reach.lost("Pod", "refused") is None
    clock.now += 100
    assert reach.lost("Pod", "refused") is None  # the other one may still hear something
    assert reach.lost("Event", "refused") is None
    clock.now += GRACE_SECONDS
    away = reach.lost("Pod", "refused")
    assert away and away.kind == AWAY and "refused" in away.message and reach.away
    assert reach.lost("Event", "refused") is None
    back = reach.reached("Event")
    assert back and back.kind == BACK and not reach.away
    assert reach.reached("Pod") is None


def test_a_short_absence_is_none() -> None:
    clock = Seconds()
    reach = Reach(["Pod"], clock=clock)
    for _ in range(5):
        assert reach.lost("Pod", "refused") is None
        assert reach.reached("Pod") is None
        clock.now += GRACE_SECONDS


def test_a_restarted_worker_neither_repeats_nor_forgets_an_absence() -> None:
    reach = Reach(["Pod"], was_away=True, clock=Seconds())
    assert reach.lost("Pod", "refused") is None
    back = reach.reached("Pod")
    assert back and back.kind == BACK


@pytest.mark.parametrize("different", [{"pods": [{"name": "a", "ready": True}]}, {"why": {"reason": "CrashLoop"}}])
def test_a_snapshot_is_written_again_only_if_more_than_time_has_passed(different: dict[str, object]) -> None:
    first = {"pods": [{"name": "a", "age": 1}], "claims": [], "why": {"reason": "ImagePull", "since": "1"}}
    later = {"pods": [{"name": "a", "age": 9}], "claims": [], "why": {"reason": "ImagePull", "since": "2"}, "at": "x"}
    assert timeless(first) == timeless(later)
    assert timeless(first) != timeless({**first, **different})
