"""A browser's window, and what a test looks at in it."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from toolbox.paths import VAR

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
AXE = VAR / "browser" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage")  # fmt: skip
PATIENCE = 60
"""Seconds that anything may take on a busy machine before a test gives up."""


def start_browser(profile: Path) -> webdriver.Chrome:
    """Debian's chromium with a profile of its own; fails where `make testtools` was not run."""
    assert CHROMIUM.exists() and DRIVER.exists(), "Debian's chromium is not installed; run 'make testtools'"
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    browser.set_page_load_timeout(PATIENCE)
    browser.set_script_timeout(PATIENCE)
    return browser


class Window:
    """One window on the dashboard at `address`."""

    def __init__(self, browser: webdriver.Chrome, address: str) -> None:
        self.browser = browser
        self.address = address

    def reset(self) -> None:
        """Forget what the last test did to the window."""
        self.scripts(True)
        self.block()
        self.look("light", 1280)
        self.browser.get("about:blank")

    def open(self, path: str) -> None:
        """Load a page."""
        self.browser.get(self.address + path)

    def look(self, scheme: str, width: int) -> None:
        """Light or dark, and how wide; nothing moves, so that colours are judged at rest."""
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self._tell("Emulation.setEmulatedMedia", features=features)
        self._tell(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )

    def scripts(self, on: bool) -> None:
        """Whether pages opened from now on may run JavaScript."""
        self._tell("Emulation.setScriptExecutionDisabled", value=not on)

    def block(self, *patterns: str) -> None:
        """Let requests for these addresses fail."""
        self._tell("Network.enable")
        self._tell("Network.setBlockedURLs", urls=list(patterns))

    def find(self, css: str) -> WebElement:
        """The first element, as soon as it is there."""
        found = self._waiting().until(lambda browser: browser.find_elements(By.CSS_SELECTOR, css), f"not there: {css}")
        return found[0]

    def text(self, css: str = "body") -> str:
        """What a person reads there; "" while it is not there or is being redrawn."""
        try:
            return self.browser.find_element(By.CSS_SELECTOR, css).text
        except (NoSuchElementException, StaleElementReferenceException):
            return ""

    def until_text(self, css: str, text: str) -> None:
        """Wait until `text` can be read in `css`."""
        self.until(lambda: text in self.text(css), f"{text!r} in {css}, where there is {self.text(css)!r}")

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until `condition` holds."""
        self._waiting().until(lambda _: condition(), f"never came true: {what}")

    def _waiting(self) -> WebDriverWait[webdriver.Chrome]:
        return WebDriverWait(self.browser, PATIENCE, ignored_exceptions=[StaleElementReferenceException])

    def run(self, script: str) -> Any:
        """The value of a script in the page."""
        return self.browser.execute_script(script)

    def press(self, *keys: str) -> None:
        """Press keys wherever the focus is."""
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)

    def tab_to(self, condition: str, limit: int = 40) -> None:
        """Press Tab until the focused element matches the selector; fails when it cannot be reached."""
        for _ in range(limit):
            self.press(Keys.TAB)
            if self.run(f"return document.activeElement.matches({json.dumps(condition)})"):
                return
        raise AssertionError(f"the keyboard does not reach {condition}")

    def picture(self, file: Path) -> int:
        """Save the whole page, however long it is, as PNG; returns its height in pixels."""
        height = int(self.run("return document.documentElement.scrollHeight"))
        clip = {"x": 0, "y": 0, "width": self.run("return innerWidth"), "height": height, "scale": 1}
        shot = self.browser.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(shot["data"]))
        return height

    def violations(self) -> list[str]:
        """What axe finds wrong with the page: "rule: element" for each."""
        self.run(AXE.read_text())
        found = self.browser.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations));"
        )
        return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]

    def _tell(self, command: str, **values: Any) -> None:
        self.browser.execute_cdp_cmd(command, values)
