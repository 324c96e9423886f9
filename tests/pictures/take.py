"""`make pictures`: starts the product with sample data and takes pictures of its pages.

python -m tests.pictures.take FOLDER            the few that the documents show
python -m tests.pictures.take --all FOLDER      every page: both languages, phone and desk, light and dark
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Page

from tests.support import browser, shared
from tests.support.browser import Pages
from tests.support.sample import Look, Visit, sample_site

# What the documents show: the picture's name, the page, and how.
SHOWN: Sequence[tuple[str, str, Look]] = (
    ("home", "home", Look("en", 1280, "light")),
    ("mail", "mail-check-in", Look("en", 360, "light")),
    ("form", "form-pressed", Look("en", 360, "light")),
    ("log", "log", Look("en", 1280, "light")),
)
EVERY_LOOK = [
    Look(locale, width, scheme) for locale in ("nl", "en") for width in (360, 1280) for scheme in ("light", "dark")
]
_HEIGHT = "Math.max(document.documentElement.scrollHeight, innerHeight)"


def take(visit: Visit, folder: Path) -> None:
    """Writes what the documents show into the folder, one PNG each: what is in sight of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, scene, look in SHOWN:
        with visit.opened(look) as page:
            visit.show(page, visit.scene(look.locale, scene))
            page.screenshot(path=folder / f"{name}.png")


def take_all(visit: Visit, folder: Path, looks: Iterable[Look]) -> None:
    """Writes every page in these looks into the folder, each from top to bottom."""
    folder.mkdir(parents=True, exist_ok=True)
    for look in looks:
        with visit.opened(look) as page:
            for scene in visit.scenes[look.locale]:
                visit.show(page, scene)
                _snap_whole(page, folder / f"{scene.name}-{look.locale}-{look.width}-{look.scheme}.png")


def _snap_whole(page: Page, path: Path) -> None:
    """In a window as high as the page, so that what sticks to the window's edge stands where it ends."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": size["width"], "height": page.evaluate(_HEIGHT)})
    page.screenshot(path=path)
    page.set_viewport_size(size)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="every page in every look")
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    with ExitStack() as stack:
        chromium = stack.enter_context(browser.launch())
        run = shared.open_folder()
        stack.callback(shared.close_folder, run)
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        instance = stack.enter_context(sample_site(run, home))
        pages = Pages(chromium)
        stack.callback(pages.close)
        visit = Visit(instance, pages)
        if given.all:
            take_all(visit, given.folder, EVERY_LOOK)
        else:
            take(visit, given.folder)
    for error in pages.errors:
        print(error, file=sys.stderr)  # noqa: T201
    return 1 if pages.errors else 0


if __name__ == "__main__":
    sys.exit(main())
