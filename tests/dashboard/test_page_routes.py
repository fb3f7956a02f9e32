"""The pages through HTTP, as a browser without JavaScript uses them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, text, update

from dashboard import tables
from dashboard.model import Kind, State, Status
from dashboard.services import Services
from tests.dashboard.page_world import Browser, make_app, make_services, seed

ALL = ("amber-lamps", "kite-surf", "nike-shoes", "old-harbour", "paper-boats", "tea-clipper", "velvet-moon")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = make_services(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def empty(services: Services) -> Browser:
    return Browser(make_app(services))


@pytest.fixture
def client(services: Services, empty: Browser) -> Browser:
    seed(services)
    return empty


def form_of(page: str, action: str) -> dict[str, str]:
    """The hidden and text inputs of the form that posts to `action`."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}[^"]*".*?</form>', page, re.DOTALL)
    assert found, f"no form for {action}"
    inputs = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', found[0])
    return dict(inputs)


def test_list_shows_every_state_as_a_word(client: Browser) -> None:
    page = client.get("/").text
    for name in ALL:
        assert f'href="/stores/{name}"' in page
    for word in ("Queued", "Provisioning", "Ready", "Failed", "Stalled", "Deleting", "Unreachable"):
        assert f"</i>{word}</span>" in page


def test_what_others_wrote_is_shown_as_text(client: Browser) -> None:
    for path in ("/", "/stores/nike-shoes"):
        page = client.get(path).text
        assert "Nike Shoes &amp; &lt;b&gt;More&lt;/b&gt;" in page
        assert "<b>More</b>" not in page


def test_search_and_status_narrow_the_list(client: Browser) -> None:
    page = client.get("/", params={"q": "boat"}).text
    assert "paper-boats" in page and "nike-shoes" not in page
    page = client.get("/live", params={"status": "failed"}).text
    assert "tea-clipper" in page and "paper-boats" not in page and "<html" not in page
    assert "No store matches" in client.get("/", params={"q": "zzz"}).text


def test_old_page_number_shows_the_last_page(client: Browser) -> None:
    assert "paper-boats" in client.get("/", params={"page": "99"}).text


def test_empty_fleet_invites(empty: Browser) -> None:
    page = empty.get("/").text
    assert "No store yet" in page and 'href="/new"' in page
    assert "No worker is running" in page


def test_worker_that_lives_is_not_missed(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.fleet.ALIVE_SECONDS", 3600.0)  # it was heard of once, before the stores were made
    assert "No worker is running" not in client.get("/").text


def test_pages_reload_by_themselves_only_while_something_moves(client: Browser) -> None:
    assert 'http-equiv="refresh"' in client.get("/stores/paper-boats").text
    assert 'http-equiv="refresh"' not in client.get("/stores/paper-boats?still=1").text
    assert 'http-equiv="refresh"' not in client.get("/stores/nike-shoes").text


def test_store_page_groups_events_and_shows_progress(client: Browser) -> None:
    page = client.get("/stores/paper-boats").text
    assert page.count("Readiness probe failed") == 1 and "×5" in page
    assert re.search(r'<progress value="7" max="11"', page)
    assert page.index("Unhealthy") < page.index("Scheduled"), "newest first"


def test_failed_store_says_why_and_offers_to_retry(client: Browser) -> None:
    page = client.get("/stores/tea-clipper").text
    assert "Why it is not ready" in page and "make images" in page and "Try again" in page


def test_notice_is_shown_plainly(client: Browser) -> None:
    assert "WooCommerce is not in this image" in client.get("/stores/nike-shoes").text


def test_a_store_is_deployed_with_the_form_alone(client: Browser, services: Services) -> None:
    typed = form_of(client.get("/new").text, "/stores") | {
        "name": "new-store", "engine": "woocommerce", "plan.woocommerce": "large",
        "settings.woocommerce.currency": "USD",
    }  # fmt: skip
    first = client.post("/stores", data=typed, follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (303, "/stores/new-store")
    again = client.post("/stores", data=typed, follow_redirects=False)
    assert again.status_code == 303, "pressing twice is one request"
    operations = services.fleet.operations("new-store")
    assert len(operations) == 1 and operations[0].request is not None
    assert (operations[0].request.plan, operations[0].request.settings) == ("large", {"currency": "USD"})
    assert "Waiting in the queue" in client.get("/stores/new-store").text


def test_wrong_fields_are_marked_and_nothing_is_made(client: Browser, services: Services) -> None:
    typed = form_of(client.get("/new").text, "/stores") | {"name": "Not A Name", "engine": "woocommerce", "title": "T"}
    answer = client.post("/stores", data=typed)
    assert answer.status_code == 422
    assert "cannot be a store&#39;s name" in answer.text and 'value="T"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert services.fleet.stores(search="not")[1] == 0


def test_taken_name_is_refused_beside_what_was_typed(client: Browser) -> None:
    typed = form_of(client.get("/new").text, "/stores") | {"name": "nike-shoes", "engine": "medusa", "title": "Other"}
    answer = client.post("/stores", data=typed)
    assert answer.status_code == 409 and 'value="Other"' in answer.text


@pytest.mark.parametrize("path", ["/stores", "/stores/tea-clipper/delete", "/stores/tea-clipper/retry",
                                  "/stores/nike-shoes/update", "/stores/nike-shoes/credentials"])  # fmt: skip
def test_forms_that_are_not_ours_do_nothing(client: Browser, services: Services, path: str) -> None:
    before = len(services.fleet.queue())
    data = {"csrf_token": "guessed", "confirm": "tea-clipper", "name": "evil", "engine": "medusa"}
    answer = client.post(path, data=data)
    assert answer.status_code == 403 and "correct-horse" not in answer.text
    assert len(services.fleet.queue()) == before


def test_retry_queues_once_more(client: Browser, services: Services) -> None:
    typed = form_of(client.get("/stores/tea-clipper").text, "/stores/tea-clipper/retry")
    client.post("/stores/tea-clipper/retry", data=typed)
    assert services.fleet.operations("tea-clipper")[0].state is State.QUEUED


def test_retry_of_what_did_not_fail_is_explained(client: Browser) -> None:
    typed = form_of(client.get("/stores/tea-clipper").text, "/stores/tea-clipper/retry")
    answer = client.post("/stores/nike-shoes/retry", data=typed)
    assert answer.status_code == 409 and 'role="alert"' in answer.text


def test_a_ready_store_is_updated_by_one_button_and_a_newer_chart_is_told(client: Browser, services: Services) -> None:
    page = client.get("/stores/nike-shoes").text
    assert "chart 9.9.9 is there" in page
    client.post("/stores/nike-shoes/update", data=form_of(page, "/stores/nike-shoes/update"))
    newest = services.fleet.operations("nike-shoes")[0]
    assert (newest.kind, newest.state) == (Kind.CREATE, State.QUEUED)
    for name in ("tea-clipper", "velvet-moon"):
        assert "/update" not in client.get(f"/stores/{name}").text, "only what is ready"


def test_deleting_needs_the_name(client: Browser, services: Services) -> None:
    typed = form_of(client.get("/stores/nike-shoes").text, "/stores/nike-shoes/delete")
    wrong = client.post("/stores/nike-shoes/delete", data={**typed, "confirm": "nike"})
    assert wrong.status_code == 422 and "Nothing was deleted" in wrong.text
    right = client.post("/stores/nike-shoes/delete", data={**typed, "confirm": "nike-shoes"}, follow_redirects=False)
    assert right.status_code == 303
    assert services.fleet.operations("nike-shoes")[0].kind is Kind.DELETE


def test_credentials_are_shown_on_demand_and_never_cached(client: Browser) -> None:
    page = client.get("/stores/nike-shoes")
    assert "correct-horse" not in page.text
    typed = form_of(page.text, "/stores/nike-shoes/credentials")
    shown = client.post("/stores/nike-shoes/credentials", data=typed)
    assert "correct-horse-battery" in shown.text and shown.headers["cache-control"] == "no-store"


def test_credentials_without_a_worker_say_so(client: Browser) -> None:
    typed = form_of(client.get("/stores/old-harbour").text, "/stores/old-harbour/credentials")
    answer = client.post("/stores/old-harbour/credentials", data=typed)
    assert answer.status_code == 503 and "The worker does not answer" in answer.text


def test_missing_store_and_missing_page_are_designed(client: Browser) -> None:
    for path in ("/stores/nobody", "/nowhere"):
        answer = client.get(path)
        assert answer.status_code == 404 and "Nothing here" in answer.text and "app.css" in answer.text


def test_deleted_store_is_told_as_deleted(client: Browser, services: Services) -> None:
    with services.database.write() as writer:
        writer.execute(delete(tables.stores).where(tables.stores.c.name == "kite-surf"))
        ended = {"state": State.SUCCEEDED, "finished_at": services.database.now(writer)}
        writer.execute(update(tables.operations).where(tables.operations.c.store == "kite-surf").values(**ended))
    answer = client.get("/stores/kite-surf")
    assert answer.status_code == 404 and "<h1>Deleted</h1>" in answer.text


def test_database_away_is_a_designed_page(client: Browser, services: Services) -> None:
    with services.database.write() as writer:
        writer.execute(text("DROP TABLE stores"))
    answer = client.get("/")
    assert answer.status_code == 503 and "cannot answer right now" in answer.text


def test_operation_leads_to_its_store(client: Browser, services: Services) -> None:
    number = services.fleet.operations("paper-boats")[0].id
    assert client.get(f"/operations/{number}", follow_redirects=False).headers["location"] == "/stores/paper-boats"
    assert client.get("/operations/none").status_code == 404


def test_pages_hold_no_inline_script_or_style(client: Browser) -> None:
    for path in ("/", "/new", *(f"/stores/{name}" for name in ALL), "/nowhere"):
        page = client.get(path).text
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page), path


def test_every_status_has_a_page(client: Browser, services: Services) -> None:
    assert {store.status for store in services.fleet.stores(limit=50)[0]} == set(Status)
    for name in ALL:
        assert client.get(f"/stores/{name}").status_code == 200
        assert client.get(f"/stores/{name}/live").status_code == 200


def test_the_locked_page_has_its_look(services: Services) -> None:
    locked = replace(services, settings=services.settings.model_copy(update={"operator_password": SecretStr("secret")}))
    browser = Browser(make_app(locked))
    answer = browser.get("/")
    assert answer.status_code == 401 and "This dashboard is locked" in answer.text
    sheet = re.search(r'href="(/static/[^"]+app\.css)"', answer.text)
    assert sheet and browser.get(sheet[1]).status_code == 200
