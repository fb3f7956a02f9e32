"""The pages in a real browser: for everybody, live, with the keyboard, and without JavaScript."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from sqlalchemy import update

from dashboard import tables
from dashboard.model import Level, NewEvent, Request, Source, State, Status
from dashboard.services import Services
from tests.browser.eyes import Window
from tests.dashboard.page_world import add_store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.xdist_group("browser")]
STORES = ("amber-lamps", "kite-surf", "nike-shoes", "old-harbour", "paper-boats", "tea-clipper", "velvet-moon")
PAGES = ("/", "/?q=zzz", "/new", *(f"/stores/{name}" for name in STORES), "/nowhere")
STAYS = "window.unchanged = true"


def stayed(window: Window) -> bool:
    """Whether the page was never loaded again since `STAYS` ran."""
    return bool(window.run("return window.unchanged === true"))


def say(services: Services, store: str, message: str) -> None:
    now = services.journal.recent(store, 1)[0].at
    event = NewEvent(
        now, store, None, Source.KUBERNETES, Level.WARNING, "kubernetes.event", "Pod/web-9", "Odd", message
    )
    services.journal.append([event])


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_in_light_and_dark_and_no_page_scrolls_sideways(window: Window, path: str) -> None:
    for scheme in ("light", "dark"):
        window.look(scheme, 1280)
        window.open(path)
        window.find("#main h1, #main h2")
        assert window.violations() == [], scheme
    window.look("light", 320)
    assert window.run("return document.documentElement.scrollWidth") <= 320


def test_axe_finds_nothing_in_a_form_that_was_refused(window: Window) -> None:
    window.open("/new")
    window.find("#name").send_keys("x!")
    window.find(".deploy .button.go").click()
    window.until_text("#refused", "cannot be deployed")
    assert window.violations() == []
    assert window.run("return document.activeElement.id") == "refused"


def test_a_new_store_and_what_happens_to_it_appear_without_loading_again(window: Window, services: Services) -> None:
    window.open("/")
    window.until_text("#link", "Live")
    window.run(STAYS)
    services.desk.deploy(Request("brand-new", "medusa", "small", "Brand New", ""), None)
    window.until_text('[data-store="brand-new"]', "Queued")
    window.until(lambda: "brand-new" in window.run("return document.getElementById('said').textContent"), "it is said")
    say(services, "brand-new", "a quiet event")
    window.until_text('[data-store="brand-new"]', "a quiet event")
    assert stayed(window)


def test_store_page_draws_events_and_keeps_what_is_being_typed(window: Window, services: Services) -> None:
    window.open("/stores/paper-boats")
    window.until_text("#link", "Live")
    window.run(STAYS)
    window.find("#confirm").send_keys("paper")
    say(services, "paper-boats", "no route to the moon")
    window.until_text(".events", "no route to the moon")
    assert window.find("#confirm").get_attribute("value") == "paper"
    assert not window.find("#delete .stop").is_enabled()
    with services.database.write() as writer:
        writer.execute(
            update(tables.stores).where(tables.stores.c.name == "paper-boats").values(url="http://paper.example",
                                                                                     status=Status.READY)
        )  # fmt: skip
    say(services, "paper-boats", "once more")
    window.until_text(".acts", "Visit")
    window.until_text("#credentials", "Show credentials")
    assert stayed(window)


def test_lost_connection_is_told_and_mends_itself(window: Window) -> None:
    window.block("*/api/events*")
    window.open("/")
    window.until_text("#lost", "interrupted")
    assert window.violations() == []
    window.block()
    window.until(lambda: not window.find("#lost").is_displayed(), "the warning goes away")
    window.until_text("#link", "Live")


def rows(window: Window) -> int:
    """How many stores the list shows."""
    return len(window.browser.find_elements(By.CSS_SELECTOR, "tr[data-store]"))


def test_search_narrows_while_typing(window: Window) -> None:
    window.open("/")
    window.until_text("#link", "Live")
    window.find("#q").send_keys("clipper")
    window.until(lambda: rows(window) == 1, "one row is left")
    window.until(lambda: "q=clipper" in window.browser.current_url, "the address follows")


HOLD_WHOLE_LISTS = """
const ask = window.fetch;
window.held = []; window.read = 0;
window.fetch = async (address, ...rest) => {
  const answer = await ask(address, ...rest);
  if (String(address).includes("q=")) return answer;
  await new Promise((release) => window.held.push(release));
  const text = await answer.text();
  return { ok: answer.ok, status: answer.status, text: async () => { window.read += 1; return text; } };
};"""


def test_an_answer_on_its_way_does_not_undo_a_search(window: Window, services: Services) -> None:
    window.open("/")
    window.until_text("#link", "Live")
    window.run(HOLD_WHOLE_LISTS)
    services.desk.deploy(Request("late-news", "medusa", "small", "Late News", ""), None)
    window.until(lambda: window.run("return window.held.length") > 0, "the page asks for the whole list")
    window.find("#q").send_keys("clipper")
    window.until(lambda: rows(window) == 1, "one row is left")
    window.run("for (const release of window.held) release()")
    window.until(lambda: window.run("return window.read") > 0, "the late answer arrives")
    assert rows(window) == 1


def test_name_is_checked_while_it_is_typed(window: Window) -> None:
    window.open("/new")
    window.until(lambda: window.run("return document.documentElement.classList.contains('js')"), "the script runs")
    window.find("#name").send_keys("nike-shoes")
    window.until_text("#name-wrong", "taken")
    window.find("#name").send_keys("-2")
    window.until_text("#name-wrong", "nike-shoes-2 is free")
    window.find("#name").send_keys("!")
    window.until_text("#name-wrong", "cannot be")


def test_credentials_are_revealed_on_the_page(window: Window) -> None:
    window.open("/stores/nike-shoes")
    window.run(STAYS)
    window.find("[data-reveal] button").click()
    window.until_text("#credentials", "correct-horse-battery")
    assert stayed(window)


def test_credentials_that_cannot_be_read_say_why(window: Window) -> None:
    window.open("/stores/old-harbour")
    window.find("[data-reveal] button").click()
    window.until_text("#credentials", "The worker does not answer")
    window.until_text("#credentials", "Show credentials")


def test_everything_is_reached_with_the_keyboard(window: Window, services: Services) -> None:
    window.open("/")
    window.until_text("#link", "Live")
    window.press(Keys.TAB)
    window.until(lambda: window.run("return document.activeElement.className") == "skip", "a way past the header")
    window.press(Keys.ENTER)
    window.tab_to('a[href="/stores/tea-clipper"]')
    window.press(Keys.ENTER)
    window.until_text("h1", "tea-clipper")
    window.tab_to("#confirm")
    window.press("tea-clipper")
    window.tab_to("#delete .stop", 1)
    window.press(Keys.ENTER)
    window.until_text("h1", "tea-clipper")
    window.until_text(".lamp", "Deleting")
    assert services.fleet.operations("tea-clipper")[0].state is State.QUEUED


def test_deploy_look_and_delete_without_javascript(window: Window, services: Services) -> None:
    add_store(services.database, "plain-store", Status.READY, services.journal.recent("nike-shoes", 1)[0].at)
    window.scripts(False)
    window.open("/new")
    window.find("#name").send_keys("by-hand")
    window.find(".deploy .button.go").click()
    window.until_text("h1", "by-hand")
    window.until_text(".lamp", "Queued")
    window.open("/?q=plain")
    window.find('a[href="/stores/plain-store"]').click()
    window.find("#confirm").send_keys("plain-store")
    window.find("#delete .stop").click()
    window.until_text(".lamp", "Deleting")
    assert services.fleet.operations("plain-store")
