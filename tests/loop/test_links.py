"""Links that do not work: forged, cut off, meant for something else, expired, or of somebody who was erased."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from feedbackloop.checkins.models import CheckIn
from feedbackloop.core import db, tokens
from feedbackloop.extensions import db as database
from tests.support.browser import Pages
from tests.support.crawl import HttpVisitor
from tests.support.site import Site, on_sqlite

pytestmark = [pytest.mark.browser, on_sqlite]

PURPOSES = ("check-in", "summary", "agreement", "review", "told", "case", "unsubscribe", "follow", "unfollow", "report")
UNDER = {"unfollow": "unsubscribe/follow", "report": "unsubscribe/report"}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_link_that_is_not_ours_leads_to_one_page(site: Site, purpose: str) -> None:
    with site.app.app_context():
        ours, other = tokens.make(purpose, 1), tokens.make("another", 1)
    visitor = HttpVisitor(site.url)
    for token in (ours[:-1], ours + "A", other, "1.", "1." + "A" * 43, "x" * 2000, "%00"):
        path = f"/{UNDER.get(purpose, purpose)}/{token}"
        for answer in (visitor.get(path), visitor.post(path, {"satisfied": "yes"})):
            assert (answer.status, "Deze pagina bestaat niet" in answer.text) == (404, True), token


@pytest.mark.parametrize(
    ("locale", "title"), [("nl-NL", "Deze pagina bestaat niet"), ("en-GB", "This page does not exist")]
)
def test_the_page_of_a_forged_link_speaks_the_language_of_the_browser(
    site: Site, pages: Pages, locale: str, title: str
) -> None:
    page = site.visitor(pages, width=360, locale=locale)
    answer = page.goto("/check-in/1.forged")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.parametrize(
    ("number", "locale", "title"),
    [("L-1", "nl", "Deze link is verlopen"), ("L-2", "en", "This link has expired")],
)
def test_an_expired_link_says_so_in_the_language_of_its_person(
    site: Site, pages: Pages, number: str, locale: str, title: str
) -> None:
    person = f"{number.lower()}@postvak.example"
    site.machine.resolved(number, person, locale=locale)
    letter = site.letters.wait_for(person)
    grow_old(site, number, days=91)
    page = site.visitor(pages, width=360, locale="fr-FR")
    answer = page.goto(letter.link("/check-in/"))
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert HttpVisitor(site.url).post(letter.link("/check-in/"), {"satisfied": "yes"}).status == 410
    assert site.machine.complaint(number)["status"] == "resolved"
    answer = page.goto(letter.link("/unsubscribe/"))
    assert answer is not None
    assert answer.status == 200, "the way out never expires"


def grow_old(site: Site, number: str, days: int) -> None:
    """As if the question had been sent so many days earlier."""
    check_in_id = int(site.machine.complaint(number)["check_ins"][-1]["id"])
    with site.app.app_context(), db.transaction():
        check_in = database.session.get_one(CheckIn, check_in_id)
        assert check_in.sent_at is not None
        check_in.sent_at -= timedelta(days=days)
