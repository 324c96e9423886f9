"""Marketing asks for words and a name; the person agrees on a phone, is shown, and takes it back."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.loop.test_every_page import findings
from tests.support.browser import Pages
from tests.support.letters import Letter, eventually
from tests.support.sample import Look
from tests.support.site import Site, on_postgresql

pytestmark = [pytest.mark.browser, on_postgresql]

GLAD = "glad@asks.example"
NAME = "Loes"
WORDS = "Binnen een dag stond er een nieuwe fiets."
PHONE = Look("nl", 360, "light")
WITHIN_A_MINUTE = 60_000


def test_words_and_a_name_are_asked_shown_and_taken_back(site: Site, pages: Pages) -> None:
    says_yes(site)
    desk = site.colleague(pages, "marketing", width=1280)
    person = finds(desk)
    asks_for_the_name(desk, person)
    letter = the_ask(site)
    agrees_on_the_phone(site, pages, letter)
    for path in (person, "/staff/ambassadors/"):
        desk.goto(path)
        expect(desk.locator("main")).to_contain_text(NAME)
        expect(desk.locator("main")).to_contain_text(WORDS)
    desk.goto(person)
    look(desk, "person-agreed")
    assert findings(desk, Look("nl", 1280, "light")) == []
    desk.set_viewport_size({"width": 768, "height": 900})
    look(desk, "person-768")
    assert findings(desk, Look("nl", 1280, "light")) == []
    takes_it_back(site, pages, letter)
    for path in (person, "/staff/ambassadors/", f"{person}.json"):
        desk.goto(path)
        expect(desk.locator("body")).not_to_contain_text(NAME, timeout=WITHIN_A_MINUTE)
        expect(desk.locator("body")).not_to_contain_text(WORDS)


def says_yes(site: Site) -> None:
    site.machine.resolved("V-1", GLAD, customer={"name": f"{NAME} Vermeer", "email": GLAD, "locale": "nl"})
    site.answers(site.letters.wait_for(GLAD), "yes", comment=WORDS)


def finds(desk: Page) -> str:
    desk.goto("/staff/ambassadors/")
    expect(desk.locator("main")).not_to_contain_text(NAME)
    link = desk.get_by_role("link", name=re.compile("^V-1")).first
    path = link.get_attribute("href")
    assert path is not None
    return path.partition("?")[0]


def asks_for_the_name(desk: Page, person: str) -> None:
    desk.goto(person)
    expect(desk.locator("main")).not_to_contain_text(WORDS)
    look(desk, "person-before")
    desk.get_by_role("link", name="Citaat met de voornaam").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Vragen om: Citaat met de voornaam")
    expect(desk.locator("main")).to_contain_text("Beste (naam),")
    expect(desk.locator("main")).not_to_contain_text(NAME)
    field = desk.get_by_label("Een eigen zin")
    field.fill("Zie www.voorbeeld.example")
    desk.get_by_role("button", name="Dit vragen").click()
    expect(desk.get_by_role("alert")).to_contain_text("Schrijf geen link")
    assert findings(desk, Look("nl", 1280, "light")) == []
    field.fill("Bedankt dat u het liet weten.")
    desk.get_by_role("button", name="De e-mail opnieuw laten zien").click()
    expect(desk.locator("pre")).to_contain_text("Bedankt dat u het liet weten.")
    look(desk, "ask-preview")
    desk.get_by_role("button", name="Dit vragen").click()
    expect(desk.locator("#asks")).to_contain_text("Citaat met de voornaam")


def the_ask(site: Site) -> Letter:
    """An invitation to write a review goes to the same person at about the same time."""
    eventually(lambda: bool(asks_to(site)), 30, lambda: "no ask came")
    letter = asks_to(site)[0]
    assert letter.subject == "Mogen wij anderen laten zien wat u schreef, met uw voornaam?"
    assert "Bedankt dat u het liet weten." in letter.text
    assert WORDS not in letter.text
    return letter


def asks_to(site: Site) -> list[Letter]:
    return [one for one in site.letters.to(GLAD) if "/ask/" in one.text]


def agrees_on_the_phone(site: Site, pages: Pages, letter: Letter) -> None:
    page = site.visitor(pages, width=360, height=740)
    page.set_content(letter.html)
    look(page, "mail")
    page.goto(letter.link("/ask/"))
    expect(page.locator("input:checked")).to_have_count(0)
    expect(page.locator("main")).to_contain_text(WORDS)
    look(page, "ask")
    page.get_by_role("button", name="Antwoord versturen").click()
    expect(page.get_by_role("alert")).to_contain_text("Kies ja of nee.")
    assert findings_without_script(site, pages, page.url) == []
    for question in (
        "Mogen wij uw woorden aan anderen laten zien, zonder uw naam?",
        "Mogen wij uw voornaam erbij zetten?",
    ):
        page.get_by_role("group", name=question).get_by_label("Ja, dat mag").check()
    page.get_by_role("button", name="Antwoord versturen").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Wij hebben uw antwoord")
    look(page, "thanks")
    assert findings_without_script(site, pages, page.url) == []


def takes_it_back(site: Site, pages: Pages, letter: Letter) -> None:
    page = site.visitor(pages, width=360, height=740)
    page.goto(letter.link("/agreements/"))
    look(page, "agreements")
    assert findings_without_script(site, pages, page.url) == []
    page.get_by_role("button", name="Neem terug wat ik aanvinkte").click()
    expect(page.get_by_role("alert")).to_contain_text("Vink aan wat u terugneemt.")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Neem terug wat ik aanvinkte").click()
    expect(page.get_by_role("checkbox")).to_have_count(0)
    look(page, "agreements-after")


def findings_without_script(site: Site, pages: Pages, url: str) -> list[str]:
    """The page looked at with a browser that runs the examiner's script."""
    page = site.visitor(pages, width=360, javascript=True)
    page.goto(url)
    return findings(page, PHONE)


def look(page: Page, name: str) -> None:
    """Keeps a picture where somebody asked for them."""
    folder = os.environ.get("ASKS_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
