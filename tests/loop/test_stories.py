"""A story from the board to another site's page, and off it again: its person reads it on a phone and decides."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from tests.loop.test_every_page import findings
from tests.support.browser import Pages, axe_findings
from tests.support.letters import ARRIVES_WITHIN_S, Letter, eventually
from tests.support.sample import Look
from tests.support.site import Site, on_sqlite

pytestmark = [pytest.mark.browser, on_sqlite]

PERSON = "told@stories.example"
TITLE = "Toch nog taart op het feest"
TEXT = "De taart kwam te laat. Wij belden zelf, en brachten er een die avond nog."


def test_a_story_is_told_only_as_its_person_wants(site: Site, pages: Pages) -> None:
    marketing_writes_it_down(site, pages)
    letter = marketing_asks(site, pages)
    the_person_agrees_on_a_phone(site, pages, letter)
    marketing_publishes(site, pages)
    another_site_shows_it(site, pages)
    the_person_takes_it_back(site, pages, letter)
    nothing_is_left_of_it(site, pages)


def marketing_writes_it_down(site: Site, pages: Pages) -> None:
    person = {"name": "Femke Tas", "email": PERSON, "locale": "nl"}
    site.machine.resolved("ST-1", PERSON, customer=person, category="taart")
    site.answers(site.letters.wait_for(PERSON), "yes")
    page = site.colleague(pages, "marketing", width=1280)
    with site.app.app_context():
        wanted = select(Ambassador.id).join(Complaint, Complaint.id == Ambassador.complaint_id)
        number = db.session.scalars(wanted.where(Complaint.external_id == "ST-1")).one()
    page.goto(f"/staff/stories/new?ambassador={number}")
    page.get_by_role("button", name="Bewaar als concept").click()
    expect(page.get_by_role("alert")).to_contain_text("Geef het een titel.")
    page.get_by_label("Titel").fill(TITLE)
    page.get_by_label("Tekst", exact=True).fill(TEXT)
    page.get_by_role("button", name="Bewaar als concept").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    assert PERSON not in page.content()
    assert "Femke" not in page.content()
    assert findings(page, Look("nl", 1280, "light")) == []


def story_page(page: Page) -> None:
    page.goto("/staff/stories/?category=taart")
    page.get_by_role("link", name=TITLE).click()


def marketing_asks(site: Site, pages: Pages) -> Letter:
    page = site.colleague(pages, "marketing", width=1280)
    story_page(page)
    page.get_by_role("button", name="Vraag het de klant").click()
    expect(page.get_by_text("De klant krijgt een e-mail met een link naar de tekst.")).to_be_visible()
    eventually(lambda: bool(_asking(site)), ARRIVES_WITHIN_S, lambda: "the story's mail did not come")
    return _asking(site)[0]


def _asking(site: Site) -> list[Letter]:
    return [one for one in site.letters.to(PERSON) if one.subject == "Mogen anderen dit over u lezen?"]


def the_person_agrees_on_a_phone(site: Site, pages: Pages, letter: Letter) -> None:
    page = site.visitor(pages, width=360, javascript=True)  # for the checks alone
    site.open_letter(page, letter)
    page.goto(letter.link("/story/"))
    expect(page.get_by_role("heading", name="Mogen anderen dit lezen?")).to_be_visible()
    expect(page.locator("blockquote")).to_have_text(TEXT)
    expect(page.get_by_text("Door ons gekozen")).to_be_visible()
    assert page.locator("input:checked").count() == 0
    page.get_by_role("button", name="Antwoord versturen").click()
    expect(page).to_have_title(re.compile("^Fout: "))
    page.get_by_label("Ja, u mag dit tonen").check()
    page.get_by_label("Met deze naam:").check()
    expect(page.get_by_label("De naam die anderen mogen lezen")).to_have_value("Femke")
    page.get_by_label("De naam die anderen mogen lezen").fill("Femke T.")
    page.get_by_role("button", name="Antwoord versturen").click()
    expect(page.get_by_role("heading", name="Dank u wel. Wij mogen dit tonen.")).to_be_visible()
    assert page.context.cookies() == []
    assert findings(page, Look("nl", 360, "light")) == []


def marketing_publishes(site: Site, pages: Pages) -> None:
    page = site.colleague(pages, "marketing", width=768)
    story_page(page)
    expect(page.get_by_text("De klant is akkoord").first).to_be_visible()
    expect(page.get_by_text("Het verhaal van Femke T., door ons opgeschreven").first).to_be_visible()
    page.get_by_role("button", name="Openbaar maken").click()
    expect(page.get_by_text("Het is nu openbaar")).to_be_visible()
    assert axe_findings(page) == []


def another_site_shows_it(site: Site, pages: Pages) -> None:
    tag = f'<script src="{site.url}/embed.js" data-feedbackloop="stories" data-category="taart"{{}} async></script>'
    site.elsewhere.line = tag.format("") + tag.format(' data-mode="inline"')
    page = pages(width=1280, locale="nl-NL")
    page.goto(site.elsewhere.origin)
    framed = page.frame_locator("iframe").locator("article")
    expect(framed).to_contain_text(TEXT)
    expect(framed).to_contain_text("Door ons gekozen")
    drawn = page.locator("body > div article")
    expect(drawn).to_contain_text(TEXT)
    expect(drawn).to_contain_text("Door ons gekozen")
    expect(drawn).to_contain_text("Femke T.")
    assert page.context.cookies() == []


def the_person_takes_it_back(site: Site, pages: Pages, letter: Letter) -> None:
    page = site.visitor(pages, width=360)
    page.goto(letter.link("/story/"))
    page.get_by_text("Uw antwoord veranderen of intrekken").click()
    page.get_by_label("Nee, toon dit niet").check()
    page.get_by_role("button", name="Antwoord versturen").click()
    expect(page.get_by_role("heading", name="Wij tonen uw verhaal niet.")).to_be_visible()


def nothing_is_left_of_it(site: Site, pages: Pages) -> None:
    page = pages(width=1280, base_url=site.url)
    for path in ("/stories/", "/embed/stories", "/stories.json", "/stories/feed.atom"):
        _gone(page, f"{site.url}{path}")
    page.goto(site.elsewhere.origin)
    expect(page.frame_locator("iframe").locator("body")).not_to_contain_text(TEXT)
    desk = site.colleague(pages, "marketing", width=1280)
    desk.goto("/staff/stories/?category=taart")
    expect(desk.locator("main")).not_to_contain_text(TITLE)


def _gone(page: Page, address: str) -> None:
    """Within the five seconds that every change takes at most."""
    for _ in range(25):
        if TEXT not in page.request.get(address).text():
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{address} still shows it")
