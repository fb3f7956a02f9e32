"""A visitor of a shop: a real browser that finds the embedded cluster's stores without DNS."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

BROWSER, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
SECONDS = 60.0
Found = TypeVar("Found")


class Visitor:
    """Clicks and types as a person does, and waits for what appears."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def go(self, url: str) -> None:
        """Open `url`."""
        self.driver.get(url)

    def find(self, css: str) -> WebElement:
        """The first element of `css`, waited for."""
        return self._wait(lambda: self.driver.find_element(By.CSS_SELECTOR, css), css)

    def click(self, css: str) -> None:
        """Click it."""
        self.find(css).click()

    def type(self, css: str, text: str) -> None:
        """Replace a field's text."""
        field = self.find(css)
        field.clear()
        field.send_keys(text)

    def choose(self, css: str, value: str) -> None:
        """Choose an option by its value."""
        Select(self.find(css)).select_by_value(value)

    def at(self, part: str) -> None:
        """Wait until the address holds `part`."""
        self._wait(lambda: part in self.driver.current_url or self._not_yet(), f"an address with {part}")

    @property
    def text(self) -> str:
        """What the page says."""
        return self.find("body").text

    @staticmethod
    def _not_yet() -> bool:
        raise WebDriverException("not yet")

    def _wait(self, ask: Callable[[], Found], what: str) -> Found:
        until = time.monotonic() + SECONDS
        while True:
            try:
                return ask()
            except WebDriverException:
                assert time.monotonic() < until, f"{what} did not appear: {self.driver.page_source[:2000]}"
                time.sleep(0.1)


@contextmanager
def visitor(profile: Path) -> Iterator[Visitor]:
    """A browser of its own; `profile` is an empty folder for what it writes."""
    assert Path(BROWSER).exists() and Path(DRIVER).exists(), "apt-get install chromium chromium-driver"
    options = Options()
    options.binary_location = BROWSER
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-proxy-server",
        f"--user-data-dir={profile}", "--host-resolver-rules=MAP *.127.0.0.1.nip.io 127.0.0.1",
    ):  # fmt: skip
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield Visitor(driver)
    finally:
        driver.quit()
