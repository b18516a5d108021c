"""Chromium without a window, for what is to be seen in a browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
MISSING = "needs Chromium and its driver: apt-get install chromium chromium-driver"
"""Why tests are skipped where either is not there."""

_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


@dataclass(frozen=True)
class Browser:
    driver: Chrome

    def open(self, page: Path, *, width: int, height: int, runs_scripts: bool = True) -> None:
        """Open a page in a window of a size; what was said before is forgotten."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not runs_scripts})
        self.said(), self.requested()
        self.driver.get(page.as_uri())

    def run(self, script: str, *arguments: Any) -> Any:
        """What a function's body returns."""
        return self.driver.execute_script(script, *arguments)

    def said(self) -> list[str]:
        """What is new in the console, violations of the page's policy among it."""
        return self._new("browser")

    def requested(self) -> list[str]:
        """What the page has asked for, itself included."""
        events = (json.loads(message)["message"] for message in self._new("performance"))
        sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
        # Windows begin with a page of the browser's own, which may still be loading.
        own = [each for each in sent if not each["documentURL"].startswith("chrome")]
        urls: list[str] = [each["request"]["url"] for each in own]
        return [url for url in urls if not url.startswith("data:")]

    def _new(self, log: str) -> list[str]:
        lines: list[dict[str, str]] = self.driver.get_log(log)  # type: ignore[no-untyped-call]
        return [line["message"] for line in lines]


@contextmanager
def open_browser(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own."""
    options = ChromeOptions()
    options.binary_location = BROWSER or ""
    for option in (*_OPTIONS, f"--user-data-dir={profile}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service(DRIVER))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
