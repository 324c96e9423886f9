"""Somebody who complained in English is answered in English, whatever language their browser asks for."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Pages
from tests.support.languages import foreign
from tests.support.moments import days_ago
from tests.support.site import Site, on_sqlite

pytestmark = [pytest.mark.browser, on_sqlite]

PERSON = "sarah@inbox.example"
COMPLAINT: dict[str, Any] = {
    "subject": "Order came late",
    "summary": "My order came a day late.",
    "description": "My order came a day late. Nobody called me.",
    "resolution": "You got your money back.",
    "prevention": "Two people count each order now.",
    "customer": {"name": "Sarah Whitcombe", "email": PERSON, "locale": "en-GB"},
}


def test_an_english_person_reads_english_all_along(site: Site, pages: Pages) -> None:
    page = site.visitor(pages, width=360, locale="nl-NL")
    site.machine.resolved("E-1", PERSON, **COMPLAINT)
    form = site.letters.wait_for(PERSON).link("/check-in/")
    visit(page, form)
    answer(page, "No")
    expect(page.get_by_role("heading", level=1)).to_have_text("We are sorry that it is not right yet.")
    in_english(page)
    site.letters.wait_for(PERSON, 2)  # the receipt, which has a link to this answer as well

    again = {"source": "shop", "external_id": "E-1", "resolved_at": days_ago(0), "resolution": "We brought the rest."}
    site.machine.post("/api/v1/complaints", again)
    visit(page, form)
    expect(page.get_by_role("heading", level=1)).to_have_text("This question was about an earlier solution.")
    visit(page, site.letters.wait_for(PERSON, 3).link("/check-in/"))
    answer(page, "Yes")
    in_english(page)
    visit(page, site.letters.wait_for(PERSON, 4).link("/review/"))
    page.get_by_label("On our own website").check()
    page.get_by_label("4", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your review has arrived")
    in_english(page)

    improvement = {
        "you_said": "Mijn bestelling was te laat.",
        "we_did": "Twee mensen tellen elke bestelling.",
        "translations": {"en": {"you_said": "My order was late.", "we_did": "Two people count each order."}},
        "complaints": [site.machine.complaint("E-1")["id"]],
    }
    made = site.machine.post("/api/v1/improvements", improvement, 201)
    site.machine.post(f"/api/v1/improvements/{made['id']}/publish")
    told = site.letters.wait_for(PERSON, 5)
    visit(page, told.link("/told/"))
    visit(page, told.link("/unsubscribe/"))
    for letter in site.letters.to(PERSON):
        assert foreign(f"{letter.subject} {letter.text} {letter.html}", "en") == [], letter.subject
        assert 'lang="en"' in letter.html, letter.subject


def visit(page: Page, path: str) -> None:
    page.goto(path)
    in_english(page)


def answer(page: Page, words: str) -> None:
    page.get_by_label(words, exact=True).check()
    page.get_by_role("button", name="Send answer").click()


def in_english(page: Page) -> None:
    assert page.locator("html").get_attribute("lang") == "en"
    assert foreign(f"{page.title()} {page.locator('body').inner_text()}", "en") == []
