"""Somebody follows the log, hears what is new and stops; and somebody says of what they were told: this is not it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.browser import Pages
from tests.support.crawl import HttpVisitor
from tests.support.rows import rows
from tests.support.site import Site, on_postgresql

pytestmark = [pytest.mark.browser, on_postgresql]


def test_from_the_form_on_the_log_to_the_last_mail(site: Site, pages: Pages) -> None:
    """On a phone, without a script, in English."""
    reader = "reader@follow.example"
    page = site.visitor(pages, width=360, locale="en-GB")
    page.goto("/improvements/")
    page.get_by_label("Your e-mail address").fill("reader@follow")
    page.get_by_role("button", name="Follow by e-mail").click()
    expect(page.locator(".errors")).to_contain_text("It looks like name@example.org.")
    page.get_by_label("Your e-mail address").fill(reader)
    page.get_by_role("button", name="Follow by e-mail").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look in your mailbox")

    letter = site.letters.wait_for(reader)
    assert letter.subject == "Do you want to follow the improvements of Testwinkel?"
    before = rows(site.database_url)
    page.goto(letter.link("/follow/"))
    expect(page.get_by_text(reader)).to_be_visible()
    assert page.locator("input:checked").count() == 0
    assert rows(site.database_url) == before
    page.get_by_text("Yes, mail me when something changes").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You follow our improvements")

    english = {"you_said": "It was cold.", "we_did": "The heating was mended."}
    new = {
        "you_said": "Het was koud.",
        "we_did": "Er is verwarming.",
        "status": "done",
        "translations": {"en": english},
    }
    made = site.machine.post("/api/v1/improvements", new, 201)
    site.machine.post(f"/api/v1/improvements/{made['id']}/publish")
    site.makes_digest()
    digest = site.letters.wait_for(reader, 2)
    assert "The heating was mended." in digest.text
    site.open_letter(page, digest)
    page.goto(digest.link("/improvements/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("It was cold.")

    header = str(digest.message["List-Unsubscribe"]).strip("<>").removeprefix(site.url)
    page.goto(header)
    expect(page.get_by_role("heading", level=1)).to_have_text("Follow the improvements no more?")
    pressed = HttpVisitor(site.url).post(header, {"List-Unsubscribe": "One-Click"})
    assert pressed.status == 200
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("You do not follow us")
    assert not any(reader in row for row in rows(site.database_url))


def test_this_is_not_it_reaches_quality_with_their_words(site: Site, pages: Pages) -> None:
    person = "not-it@follow.example"
    site.machine.resolved("F-1", person)
    site.letters.wait_for(person)
    new = {"you_said": "Te laat.", "we_did": "Twee bussen.", "complaints": [site.machine.complaint("F-1")["id"]]}
    made = site.machine.post("/api/v1/improvements", new, 201)
    site.machine.post(f"/api/v1/improvements/{made['id']}/publish")
    page = site.visitor(pages, width=360, locale="nl-NL")
    page.goto(site.letters.wait_for(person, 2).link("/told/"))
    words = page.get_by_label("Wat mist u nog?")
    expect(words).to_be_hidden()
    page.get_by_text("Nee, dit is het niet").click()
    words.fill("De bus rijdt hier niet eens.")
    page.get_by_role("button", name="Versturen").click()
    expect(page.get_by_role("definition").filter(has_text="De bus rijdt hier niet eens.")).to_be_visible()

    quality = site.colleague(pages, "quality", locale="en-GB")
    quality.goto("/staff/")
    quality.get_by_role("link", name="this is not it").click()
    row = quality.get_by_role("row").filter(has_text="F-1")
    expect(row).to_contain_text("De bus rijdt hier niet eens.")
    row.get_by_role("link", name="F-1").click()
    expect(quality.locator("#told")).to_contain_text("De bus rijdt hier niet eens.")
    quality.goto("/staff/improvements/told?look=waiting")
    quality.get_by_role("row").filter(has_text="F-1").get_by_role("button").click()
    expect(quality.get_by_role("row").filter(has_text="F-1")).to_have_count(0)
