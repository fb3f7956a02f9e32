"""Kubernetes' events into the journal: once each, in bounded number, none twice after a restart."""

from collections.abc import Sequence

from dashboard.intake import BURST, RESERVE, Intake, is_idle_chatter, newest, translate
from dashboard.model import Event, Level, NewEvent, Source
from tests.dashboard.objects import JSON, NOW, SHOP, event


class Seconds:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def taker(former: Sequence[NewEvent] = (), clock: Seconds | None = None) -> Intake:
    """An intake over a journal in which `former` stands, oldest first."""
    kept = [Event(id=number, **vars(one)) for number, one in enumerate(former, 1)]
    return Intake(lambda store, limit, source: kept[::-1][:limit], clock or Seconds())


def pulled(seconds: float = 5, uid: str = "u", count: int = 1, **more: object) -> JSON:
    return event("Pod", "web-1", "Failed", "cannot pull", seconds, uid, count, **more)


def test_an_event_in_the_journal_s_words() -> None:
    told = translate(SHOP, pulled(count=3, source={"component": "kubelet"}))
    assert (told.store, told.source, told.level, told.kind) == (
        SHOP,
        Source.KUBERNETES,
        Level.WARNING,
        "kubernetes.event",
    )
    assert (told.object, told.reason, told.message, told.count) == ("Pod/web-1", "Failed", "cannot pull", 3)
    assert (NOW - told.at).total_seconds() == 5
    assert told.data["uid"] == "u" and told.data["by"] == "kubelet"


def test_an_event_of_a_series_is_counted_and_dated_by_it() -> None:
    raw = pulled(count=0, series={"count": 9, "lastObservedTime": "2026-01-01T11:59:59.123456Z"})
    raw |= {"firstTimestamp": None, "lastTimestamp": None, "eventTime": "2026-01-01T11:00:00.000000Z"}
    told = translate(SHOP, raw)
    assert told.count == 9 and told.at.isoformat() == "2026-01-01T11:59:59.123456+00:00"


def test_the_same_event_is_taken_once_however_often_it_is_listed() -> None:
    intake = taker()
    assert len(intake.take(SHOP, pulled())) == 1
    assert [intake.take(SHOP, pulled()) for _ in range(3)] == [[], [], []]


def test_a_repeated_event_is_told_again_with_its_count_but_not_every_second() -> None:
    clock = Seconds()
    intake = taker(clock=clock)
    intake.take(SHOP, pulled(count=1))
    clock.now += 1
    assert intake.take(SHOP, pulled(count=2)) == []
    clock.now += 10
    assert [told.count for told in intake.take(SHOP, pulled(count=3))] == [3]


def test_after_a_restart_nothing_is_told_twice_and_news_are_told() -> None:
    former = [translate(SHOP, pulled(30, "old", 2))]
    intake = taker(former)
    assert intake.take(SHOP, pulled(30, "old", 2)) == []
    assert [told.count for told in intake.take(SHOP, pulled(5, "old", 3))] == [3]
    assert len(intake.take(SHOP, pulled(5, "new"))) == 1


def test_after_a_restart_what_is_older_than_what_was_told_is_left() -> None:
    intake = taker([translate(SHOP, pulled(30, "told"))])
    assert intake.take(SHOP, pulled(300, "pushed out of the journal")) == []
    assert len(intake.take(SHOP, pulled(40, "reported a little late"))) == 1


def test_a_noisy_store_is_bounded_warnings_last_and_says_so() -> None:
    clock = Seconds()
    intake = taker(clock=clock)
    normal = [n for n in range(200) if intake.take(SHOP, pulled(uid=f"n{n}") | {"type": "Normal"})]
    assert len(normal) == BURST - RESERVE
    warnings = [told for n in range(200) for told in intake.take(SHOP, pulled(uid=f"w{n}"))]
    assert [told.reason for told in warnings] == ["EventsLeftOut", *["Failed"] * int(RESERVE)]
    clock.now += 60
    later = intake.take(SHOP, pulled(uid="later"))
    assert [one.reason for one in later] == ["EventsLeftOut", "Failed"]
    assert warnings[0].count + later[0].count == 400 - BURST


def test_a_noisy_store_takes_nothing_from_its_neighbours() -> None:
    intake = taker()
    for number in range(300):
        intake.take("noisy", pulled(uid=str(number)))
    assert len(intake.take("quiet", pulled())) == 1


def test_a_cron_job_that_works_is_not_told_and_one_that_fails_is() -> None:
    def about(kind: str, name: str, **more: object) -> JSON:
        return event(kind, name, "Completed", "Job completed") | {"type": "Normal"} | more

    idle = [about("CronJob", "cron"), about("Job", "cron-29926894"), about("Pod", "cron-29926894-gtcxz"),
            about("CronJob", "cron", type="Warning", reason="MissingJob")]  # fmt: skip
    told = [about("Job", "setup-1"), about("Pod", "setup-1-tzpqz"), about("Pod", "web-7947548c9b-h2jlm"),
            about("Job", "cron-29926894", type="Warning", reason="BackoffLimitExceeded")]  # fmt: skip
    assert [is_idle_chatter(one) for one in idle + told] == [True] * 4 + [False] * 4
    assert taker().take(SHOP, idle[0]) == []


def test_the_newest_events_in_the_order_in_which_they_happened() -> None:
    shuffled = [pulled(5, "b"), pulled(50, "z"), pulled(1, "c"), pulled(9, "a")]
    assert [one["metadata"]["uid"] for one in newest(shuffled, 3)] == ["a", "b", "c"]
