"""The product with its sample data, and somebody who goes through all of its pages."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from feedbackloop import create_app
from tests.support.browser import Pages
from tests.support.instance import Instance
from tests.support.letters import Letter, Letters, eventually
from tests.support.scenes import Scene, scenes
from tests.support.shared import SharedFolder

LANGUAGES = {"nl": "nl-NL", "en": "en-GB"}
HEIGHTS = {360: 740, 1280: 900}
_SETTLED_S = 90


@dataclass(frozen=True)
class Look:
    """How pages are looked at."""

    locale: str
    width: Literal[360, 1280]
    scheme: Literal["light", "dark"]


@contextmanager
def sample_site(shared: SharedFolder, home: Path) -> Iterator[Instance]:
    """The product with sample data, kept in `home`, once it has sent all that was due: within 90 s."""
    environ = {
        "DATABASE_URL": f"sqlite:///{home / 'sample.db'}",
        "FEEDBACKLOOP_ORGANISATION": "Fietsenmakerij De Bonte Spaak",
        "FEEDBACKLOOP_ACCENT": "#a8571b",
        "FEEDBACKLOOP_RATE_LIMITS": "off",
    }
    instance = Instance(shared, home, environ)
    for command in (("db", "upgrade"), ("sample-data", "load")):
        done = instance.run(*command)
        assert done.returncode == 0, done.stderr
    try:
        instance.start()
        _await_mail(Letters(home / "instance"))
        yield instance
    finally:
        instance.stop()


def _await_mail(letters: Letters) -> None:
    """Waits until mail came, and no more of it comes."""
    counts = [0]

    def settled() -> bool:
        time.sleep(1)
        counts.append(len(letters.all()))
        return counts[-1] > 0 and counts[-4:] == [counts[-1]] * 4

    eventually(settled, _SETTLED_S, lambda: f"mail came to {counts}")


_found: dict[str, dict[str, list[Scene]]] = {}


def _scenes_of(instance: Instance) -> dict[str, list[Scene]]:
    """Every page in each language, looked up once for each site."""
    if instance.url not in _found:
        app = create_app(instance.environ)
        _found[instance.url] = {locale: scenes(app, locale) for locale in LANGUAGES}
    return _found[instance.url]


class Visit:
    """Goes through the pages of a sample site, signed in as the sample's admin, who may open all of them."""

    def __init__(self, instance: Instance, pages: Pages) -> None:
        self.url = instance.url
        self.letters = Letters(instance.folder / "instance")
        self.scenes = _scenes_of(instance)
        self._pages = pages
        account = json.loads((instance.folder / "instance" / "sample-sign-in.json").read_text())
        page = pages(base_url=instance.url)
        page.goto("/staff/sign-in")
        page.locator("[name=email]").fill(account["email"])
        page.locator("[name=password]").fill(account["password"])
        page.locator("main button[type=submit]").click()
        page.wait_for_url("**/staff/")
        self._cookies = page.context.cookies()

    @contextmanager
    def opened(self, look: Look) -> Iterator[Page]:
        """A browser of this look, signed in."""
        page = self._pages(
            width=look.width,
            height=HEIGHTS[look.width],
            scheme=look.scheme,
            locale=LANGUAGES[look.locale],
            base_url=self.url,
        )
        page.context.add_cookies(self._cookies)  # type: ignore[arg-type]  # what it gave is what it takes
        yield page
        page.context.close()

    def show(self, page: Page, scene: Scene) -> None:
        """Goes to the page and waits until all of it is there, frames too."""
        page.goto(self.letter(scene).path if scene.mails else scene.path)
        if scene.framed:
            page.wait_for_load_state("networkidle")

    def scene(self, locale: str, name: str) -> Scene:
        (found,) = (one for one in self.scenes[locale] if one.name == name)
        return found

    def letter(self, scene: Scene) -> Letter:
        """The newest of the scene's mails."""
        for one in reversed(self.letters.all()):
            if any(mail in str(one.message["Message-ID"]) for mail in scene.mails):
                return one
        raise LookupError(f"no mail for {scene.name}")
