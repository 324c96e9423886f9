"""People who change their answer, and links that outlived the question."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Pages
from tests.support.moments import days_ago
from tests.support.site import Site, on_sqlite

pytestmark = [pytest.mark.browser, on_sqlite]

PERSON = "wim@postvak.example"
HANDLER = "teun-s-1@ours.example"


def test_a_second_answer_takes_the_place_of_the_first(site: Site, pages: Pages) -> None:
    site.machine.resolved("S-1", PERSON)
    page = site.visitor(pages, width=360)
    page.goto(site.letters.wait_for(PERSON).link("/check-in/"))
    answer(page, "Ja")
    assert stands(site, "S-1") == ("confirmed", "yes", "satisfied")
    page.get_by_role("link", name="Uw antwoord veranderen").click()
    expect(page.locator("[name=satisfied]:checked")).to_have_count(0)
    answer(page, "Nee")
    assert stands(site, "S-1")[:2] == ("reopened", "no")
    assert "S-1" in site.letters.wait_for(HANDLER).subject

    page.get_by_role("link", name="Uw antwoord veranderen").click()
    answer(page, "Ja")
    assert stands(site, "S-1") == ("confirmed", "yes", "satisfied")
    assert site.letters.wait_for(HANDLER, 2).subject == "S-1 is opgelost, zegt de klant"
    receipt, invitation = site.letters.wait_for(PERSON, 2), site.letters.wait_for(PERSON, 3)
    assert "zo gaan wij verder" in receipt.subject
    assert invitation.subject == "Wilt u anderen vertellen hoe het ging?"
    site.settles()
    assert len(site.letters.to(PERSON)) == 3, "the invitation that followed the first 'yes' was cancelled"


def test_after_a_newer_solution_the_old_link_shows_what_was_recorded(site: Site, pages: Pages) -> None:
    person = "greet@postvak.example"
    site.machine.resolved("S-2", person)
    path = site.letters.wait_for(person).link("/check-in/")
    site.answers(site.letters.to(person)[0], "partly", comment="Er misten zes broodjes.")
    site.machine.post("/api/v1/complaints", {"source": "shop", "external_id": "S-2", "resolved_at": days_ago(0)})
    page = site.visitor(pages, width=360)
    page.goto(path)
    expect(page.locator("main")).to_contain_text("Er misten zes broodjes.")
    expect(page.get_by_role("button")).to_have_count(0)
    assert site.machine.complaint("S-2")["check_ins"][0]["status"] == "answered"


def answer(page: Page, words: str) -> None:
    page.get_by_label(words, exact=True).check()
    page.get_by_role("button", name="Antwoord versturen").click()
    page.wait_for_url("**/thanks")


def stands(site: Site, number: str) -> tuple[str, str, str | None]:
    """The complaint, the last answer, and how far the person is as an ambassador."""
    found = site.machine.complaint(number)
    stage = found["ambassador"]
    return found["status"], found["check_ins"][-1]["answer"]["satisfied"], stage and stage["stage"]
