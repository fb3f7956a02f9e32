"""The pages' view models: pure functions of rows and events."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.model import Event, Kind, Level, Operation, Progress, Source, State, Status, Store
from dashboard.page_events import engine_steps, group_events, timeline
from dashboard.page_list import PAGE_SIZE, Question, make_page, page_count, read_question
from dashboard.page_new import make_form, read_request
from dashboard.page_store import make_pods, make_progress, make_trouble, make_view
from dashboard.page_text import age, clock, host, plural, safe_url, stamp

NOW = datetime(2030, 5, 4, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def store(status: Status = Status.READY, **more: object) -> Store:
    fields: dict[str, object] = {
        "name": "tea", "engine": "woocommerce", "plan": "small", "title": "Tea", "admin_email": "", "settings": {},
        "status": status, "url": "http://tea.example", "namespace": "store-tea", "notice": "", "chart_version": "1",
        "created_at": NOW, "ready_at": None, "last_event": "", "last_event_at": None, "operation": None,
        "made_by": "dashboard", **more,
    }  # fmt: skip
    return Store(**fields)  # type: ignore[arg-type]


def operation(state: State, **more: object) -> Operation:
    fields: dict[str, object] = {
        "id": "a" * 24, "store": "tea", "kind": Kind.CREATE, "state": state, "request": None, "created_at": NOW, **more,
    }  # fmt: skip
    return Operation(**fields)  # type: ignore[arg-type]


def event(number: int, source: Source, kind: str = "kubernetes.event", **more: object) -> Event:
    fields: dict[str, object] = {
        "id": number, "at": NOW + number * SECOND, "store": "tea", "operation": "a" * 24, "source": source,
        "level": Level.NORMAL, "kind": kind, **more,
    }  # fmt: skip
    return Event(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "text"), [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (7200, "2 h"), (86400 * 40, "40 d")]
)
def test_ages_have_one_unit(seconds: int, text: str) -> None:
    assert age(NOW - seconds * SECOND, NOW) == text


def test_small_words() -> None:
    assert [clock(7.9), clock(754), clock(3723)] == ["0:07", "12:34", "1:02:03"]
    assert [plural(1, "store"), plural(1200, "store")] == ["1 store", "1,200 stores"]
    assert stamp(NOW) == "2030-05-04T12:00:00Z"
    assert age(None, NOW) == stamp(None) == ""
    assert host("https://tea.example/") == "tea.example"


def test_only_web_addresses_become_links() -> None:
    assert safe_url("javascript:alert(1)") == ""
    assert safe_url("https://tea.example") == "https://tea.example"


def test_kubernetes_events_are_grouped_newest_first_and_counted() -> None:
    k8s, same = Source.KUBERNETES, {"object": "Pod/a", "reason": "BackOff", "message": "no image"}
    events = [
        event(1, k8s, count=1, **same), event(2, k8s, count=4, **same), event(3, k8s, count=1, **same),
        event(4, k8s, object="Pod/a", reason="Pulled"), event(5, Source.ENGINE, "engine.step", object="x"),
        event(6, k8s, level=Level.WARNING, **same),
    ]  # fmt: skip
    groups = group_events(events)
    assert [(g.reason, g.level, g.count) for g in groups] == [
        ("BackOff", Level.WARNING, 1), ("Pulled", Level.NORMAL, 1), ("BackOff", Level.NORMAL, 4),
    ]  # fmt: skip
    assert (groups[2].first, groups[2].last) == (NOW + SECOND, NOW + 3 * SECOND)


def test_new_event_objects_of_the_same_text_add_up() -> None:
    rows = [event(n, Source.KUBERNETES, object="Pod/a", reason="Unhealthy", count=1) for n in range(3)]
    assert group_events(rows)[0].count == 3


def test_steps_are_the_newest_word_on_each_resource_of_this_operation() -> None:
    events = [
        event(3, Source.ENGINE, "engine.step", object="kubernetes:core/v1:Secret::secrets", reason="created"),
        event(1, Source.ENGINE, "engine.step", object="kubernetes:core/v1:Namespace::ns", reason="created"),
        event(2, Source.ENGINE, "engine.step", object="kubernetes:core/v1:Secret::secrets", reason="creating"),
        event(5, Source.ENGINE, "engine.step", object="Release/release", reason="creating"),
        event(4, Source.ENGINE, "engine.step", object="x::old", reason="created", operation="b" * 24),
    ]
    steps = engine_steps(events, "a" * 24)
    assert [(s.type, s.name, s.reason) for s in steps] == [
        ("Namespace", "ns", "created"), ("Secret", "secrets", "created"),
        ("Release", "release", "creating"),
    ]  # fmt: skip


def test_timeline_says_a_repeated_word_once_and_names_the_deed() -> None:
    own = Source.OPERATION
    said = {"kind": "operation.waiting", "message": "locked"}
    done = event(3, own, "operation.succeeded")
    events = [event(1, own, **said), event(2, own, **said), done, event(4, Source.KUBERNETES)]
    moments = timeline(events, [operation(State.SUCCEEDED, kind=Kind.DELETE)])
    assert [(m.title, m.tone) for m in moments] == [("Delete: done", "good"), ("Delete: waiting", "warn")]


def test_a_list_s_address_survives_nonsense() -> None:
    for page in ("0", "-1", "x", "", "٣", "9" * 400):
        assert read_question({"page": page, "sort": "evil"}, ["nonsense"]).link().startswith("/")
    assert read_question({"page": "x"}, []) == Question()


def test_links_keep_the_question_and_go_back_to_the_first_page() -> None:
    asked = read_question({"q": " tea & co ", "sort": "name", "page": "3"}, ["failed", "ready"])
    assert asked.link() == "/?q=tea+%26+co&status=failed&status=ready&sort=name"
    assert asked.link("/live", page=4).endswith("&page=4")
    assert asked.narrowed and not Question().narrowed


def test_page_counts_and_chips() -> None:
    assert [page_count(n) for n in (0, 1, PAGE_SIZE, PAGE_SIZE + 1)] == [1, 1, 1, 2]
    asked = Question(status=frozenset({Status.FAILED}))
    page = make_page(asked, [store(Status.QUEUED)], 1, {Status.QUEUED: 2, Status.FAILED: 0}, NOW)
    assert [(c.status, c.count, c.chosen) for c in page.chips] == [("queued", 2, False), ("failed", 0, True)]
    assert (page.all, page.in_motion, page.all_href) == (2, True, "/")
    assert page.chips[1].href == "/"


def test_progress_knows_the_time_so_far_and_stops_at_the_end() -> None:
    runs = operation(State.RUNNING, started_at=NOW, progress=Progress(9, 7, "release"), attempt=2)
    shown = make_progress(runs, NOW + 65 * SECOND)
    assert shown is not None
    assert (shown.headline, shown.done, shown.elapsed, shown.since) == ("Deploying, attempt 2", 7, "1:05", stamp(NOW))
    failed = make_progress(operation(State.FAILED, finished_at=NOW + 5 * SECOND), NOW + 500 * SECOND)
    assert failed is not None and (failed.elapsed, failed.since) == ("0:05", "")
    again = make_progress(runs, NOW, was_ready=True)
    assert again is not None and again.headline == "Updating, attempt 2"
    assert make_progress(operation(State.SUCCEEDED), NOW) is None
    assert make_progress(None, NOW) is None


def test_trouble_prefers_what_the_eyes_saw_and_falls_back_to_the_operation() -> None:
    failed = operation(State.FAILED, reason="Timeout", message="too slow", cure="wait")
    why = {"why": {"object": "Pod/a", "reason": "ImagePull", "message": "no image", "cure": "make images"}}
    seen = make_trouble(store(Status.FAILED), failed, why)
    told = make_trouble(store(Status.FAILED), failed, None)
    assert seen is not None and (seen.object, seen.reason, seen.cure) == ("Pod/a", "ImagePull", "make images")
    assert told is not None and (told.object, told.reason, told.cure) == ("", "Timeout", "wait")
    updated = make_trouble(store(Status.FAILED, ready_at=NOW), failed, None)
    assert updated is not None and updated.headline == "Why the update failed; the shop is as it was before"
    slow = make_trouble(store(Status.PROVISIONING), operation(State.RUNNING), why)
    assert slow is not None and not slow.retryable and slow.headline == "Why it takes so long"


def test_no_trouble_without_cause() -> None:
    why = {"why": {"message": "an old story"}}
    assert make_trouble(store(Status.READY), operation(State.SUCCEEDED), why) is None
    sealed = {"why": {"reason": "CertificatePending", "message": "Certificate/web-tls is not issued yet"}}
    warned = make_trouble(store(Status.READY), operation(State.SUCCEEDED), sealed)
    assert warned is not None and warned.headline == "The shop runs, but browsers warn of it"
    assert make_trouble(store(Status.PROVISIONING), operation(State.RUNNING), {"why": None}) is None
    assert make_trouble(store(Status.UNREACHABLE), None, None) is not None


def test_pods_tolerate_what_is_left_out() -> None:
    pods = make_pods({"pods": [{}, {"name": "a", "phase": "Pending", "reason": "ImagePullBackOff"},
                               {"name": "b", "phase": "Succeeded"}]})  # fmt: skip
    assert [(p.phase, p.tone) for p in pods] == [("Unknown", "warn"), ("Pending", "bad"), ("Succeeded", "good")]
    assert make_pods(None) == ()


def test_what_is_in_work_is_told_while_nothing_is_wrong() -> None:
    seen = {"why": None, "doing": {"object": "Pod/web", "reason": "Pulling", "message": "loads its image"}}
    running = make_view(store(Status.PROVISIONING), [operation(State.RUNNING)], [], seen, NOW)
    assert (running.doing, running.trouble) == ("Pod/web: loads its image", None)


def test_what_may_be_done_depends_on_the_state() -> None:
    ready = make_view(store(Status.READY), [operation(State.SUCCEEDED)], [], None, NOW)
    failed = make_view(store(Status.FAILED), [operation(State.FAILED)], [], None, NOW)
    leaving = make_view(store(Status.DELETING), [operation(State.RUNNING, kind=Kind.DELETE)], [], None, NOW)
    assert (ready.can_retry, ready.can_delete, ready.has_credentials) == (False, True, True)
    assert (failed.can_retry, failed.can_delete, failed.has_credentials) == (True, True, False)
    assert (leaving.can_retry, leaving.can_delete, leaving.in_motion) == (False, False, True)
    assert [view.can_update for view in (ready, failed, leaving)] == [True, False, False]


@pytest.mark.parametrize(
    ("runs", "present", "told"), [("1.0", "1.1", "1.1"), ("1.0", "1.0", ""), ("", "1.0", ""), ("1.0", "", "")]
)
def test_a_chart_that_is_newer_is_told(runs: str, present: str, told: str) -> None:
    view = make_view(store(Status.READY, chart_version=runs), [], [], None, NOW, present)
    assert view.newer_chart == told


ENGINES = {
    "woo": {"title": "Woo", "plans": [{"name": "small"}, {"name": "large"}],
            "settings": [{"name": "currency", "default": "EUR", "choices": ["EUR", "USD"]}]},
    "medusa": {"title": "Medusa", "plans": [{"name": "small"}], "settings": [{"name": "region", "default": ""}]},
}  # fmt: skip


def test_form_offers_defaults_and_keeps_what_was_typed() -> None:
    form = make_form(ENGINES, {"engine": "medusa", "plan.woo": "large", "name": "x"}, "k", {"settings.region": "no"})
    assert [(e.value, e.chosen) for e in form.engines] == [("woo", False), ("medusa", True)]
    assert [p.chosen for p in form.parts[0].plans] == [False, True]
    assert form.parts[0].settings[0].value == "EUR"
    assert form.parts[1].settings[0].error == "no"
    assert form.values["name"] == "x"


def test_request_leaves_out_other_engines_and_defaults() -> None:
    typed = {"name": " tea ", "engine": "woo", "plan.woo": "large", "plan.medusa": "small",
             "settings.woo.currency": "EUR", "settings.medusa.region": "north", "settings.woo.evil": "1"}  # fmt: skip
    wanted = read_request(typed, ENGINES)
    assert (wanted.name, wanted.plan, wanted.settings) == ("tea", "large", {})
    assert read_request({**typed, "settings.woo.currency": "USD"}, ENGINES).settings == {"currency": "USD"}
    assert read_request({}, ENGINES).engine == ""
