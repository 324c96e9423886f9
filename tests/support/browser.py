"""Debian's Chromium through Playwright, and pages of it in the width, colours and language that a test asks for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WAIT_MS = 30_000


class NoBrowserError(Exception):
    """No browser can be had here; the message is the reason."""


@contextmanager
def launch() -> Iterator[Browser]:
    """A headless Chromium. Raises NoBrowserError."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise NoBrowserError(f"none of {', '.join(PROGRAMS)} is on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Pages:
    """Opens pages, each with its own cookies, and keeps what went wrong in any of them in `errors`."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.errors: list[str] = []

    def __call__(
        self,
        *,
        width: int = 1280,
        height: int = 900,
        scheme: Literal["light", "dark"] = "light",
        locale: str = "nl-NL",
        javascript: bool = True,
        base_url: str | None = None,
        touch: bool = False,
    ) -> Page:
        """A fresh page: `width` and `height` in CSS pixels; `base_url` is what relative addresses start from; `touch`:
        on a screen for fingers."""
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale=locale,
            java_script_enabled=javascript,
            base_url=base_url,
            reduced_motion="reduce",
            has_touch=touch,
        )
        context.set_default_timeout(WAIT_MS)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._note(page, message))
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _note(self, page: Page, message: ConsoleMessage) -> None:
        # A page that answers 404 on purpose is reported here too, as a resource that failed to load.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.errors.append(f"{page.url}: {message.text}")


def axe_findings(page: Page) -> list[str]:
    """What axe finds wrong with the page for people who use it differently: one line a rule, with the places."""
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{found['id']} ({found['impact']}): " + "; ".join(str(node["target"]) for node in found["nodes"])
        for found in violations
    ]
