"""Every kind of page, with sample data: for everybody, in its language, on a phone and on a desk, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Pages, axe_findings
from tests.support.instance import Instance
from tests.support.languages import foreign
from tests.support.sample import Look, Visit, sample_site
from tests.support.shared import SharedFolder

# Every pair of a language, a width and a scheme stands in one of these four. The first and the last have each of the
# three both ways, and so have the two between them.
LOOKS = [Look("nl", 360, "light"), Look("en", 360, "dark"), Look("en", 1280, "light"), Look("nl", 1280, "dark")]
_PAIRS = (LOOKS[::3], LOOKS[1:3])
# A colleague's pages are as many again.
DESK_LOOKS = [Look("nl", 360, "light"), Look("en", 1280, "dark")]
_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"
# Both languages stand there: subjects of mails, the words of each reason, texts in the language of a customer, and what
# people allow, in the words that they saw.
_MIXED = re.compile(r"mailbox|check-ins/reasons|/write|/asks/|/agreements/|/candidates|/staff/ambassadors/\d+\?")
# Pages whose form can be sent with nothing chosen or written.
_FORMS = (
    "form",
    "summary",
    "agreement",
    "story-agreement",
    "review",
    "told",
    "ask",
    "agreements",
    "follow",
    "follow-confirm",
    "case-link",
    "crisis",
    "complaint-new",
    "improvement-new",
    "place-new",
    "case-outcome",
    "case-spend",
    "spending",
    "story-new",
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("loop-sample")]


@pytest.fixture(scope="module")
def sample(shared_folder: SharedFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with sample_site(shared_folder, tmp_path_factory.mktemp("sample")) as instance:
        yield instance


def test_who_starts_it_reads_where_the_mails_are(sample: Instance) -> None:
    assert f"{sample.url}/mailbox/" in sample.log


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_is_for_everybody(sample: Instance, pages: Pages, look: Look) -> None:
    assert seen(sample, pages, look, staff=False) == []


@pytest.mark.parametrize("look", DESK_LOOKS, ids=str)
def test_every_page_of_a_colleague_is_for_everybody(sample: Instance, pages: Pages, look: Look) -> None:
    assert seen(sample, pages, look, staff=True) == []


def seen(sample: Instance, pages: Pages, look: Look, *, staff: bool) -> list[str]:
    """What is wrong with any of these pages."""
    visit, wrong = Visit(sample, pages), []
    with visit.opened(look) as page:
        for place, scene in enumerate(one for one in visit.scenes[look.locale] if one.staff is staff):
            visit.show(page, scene)
            # Axe takes most of the time: it sees a page in two of the looks, a colleague's in one.
            by_axe = place % 2 == DESK_LOOKS.index(look) if staff else look in _PAIRS[place % 2]
            wrong += [f"{scene.name}: {one}" for one in findings(page, look, by_axe)]
    return wrong


def test_a_form_that_was_sent_empty_is_for_everybody(sample: Instance, pages: Pages) -> None:
    look, wrong = LOOKS[0], []
    visit = Visit(sample, pages)
    with visit.opened(look) as page:
        for name in _FORMS:
            visit.show(page, visit.scene(look.locale, name))
            page.locator("main form[method=post] button[type=submit]").last.click()
            expect(page, name).to_have_title(re.compile("^Fout: "))
            wrong += [f"{name}: {one}" for one in findings(page, look)]
    assert wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_mail_is_for_everybody(sample: Instance, pages: Pages, scheme: Literal["light", "dark"]) -> None:
    visit, wrong = Visit(sample, pages), []
    page = pages(width=360, scheme=scheme)
    for locale in ("nl", "en"):
        for scene in visit.scenes[locale]:
            if scene.mails:
                page.set_content(visit.letter(scene).html)
                # Axe sees each twice: light in Dutch, dark in English.
                by_axe = (locale == "en") == (scheme == "dark")
                wrong += [f"{scene.name}: {one}" for one in findings(page, Look(locale, 360, scheme), by_axe)]
    assert wrong == []


def findings(page: Page, look: Look, by_axe: bool = True) -> list[str]:
    """What is wrong with the page as it stands, with every part of it opened."""
    page.evaluate(_OPEN_ALL)
    found = axe_findings(page) if by_axe else []
    too_wide = page.evaluate(_TOO_WIDE)
    if too_wide > 0:
        found.append(f"scrolls {too_wide} px sideways at {look.width} px")
    if not _MIXED.search(page.url):
        body = page.locator("body").inner_text()
        found += [f"not in {look.locale}: {said}" for said in foreign(body, look.locale, words=4)]
    return found
