"""Reviews that people trust: everybody is asked alike, what they write is shown and answered, a low one is helped."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import delete, select, update

from feedbackloop.core import db
from feedbackloop.extensions import db as database
from feedbackloop.recovery import queries as recovery_queries
from feedbackloop.recovery import service as recovery
from feedbackloop.reviews import destinations
from feedbackloop.reviews.models import Destination, Invitation, OutsideReview
from tests.loop.test_every_page import findings
from tests.support.browser import Pages
from tests.support.letters import Letter
from tests.support.sample import Look
from tests.support.site import ORGANISATION, Site, on_postgresql

pytestmark = [pytest.mark.browser, on_postgresql]

GLAD, SAD = "glad@reviews.example", "sad@reviews.example"
INVITED = "Wilt u anderen vertellen hoe het ging?"
WORDS = "Het geld kwam terug, maar niemand belde."
REPLY = "U had gelijk. Wij bellen nu dezelfde dag."
LINK = "https://g.page/r/testwinkel/review"


@pytest.fixture
def places(site: Site) -> Iterator[Site]:
    """The site, whose places are as before when the test is over: other flows run on it as well."""
    yield site
    with site.app.app_context(), db.transaction():
        destinations.change_own(active=True, position=0, actor="system", audience="satisfied")
        mine = select(Destination.id).where(Destination.url == LINK)
        database.session.execute(delete(OutsideReview).where(OutsideReview.destination_id.in_(mine)))
        chosen = update(Invitation).where(Invitation.destination_id.in_(mine))
        database.session.execute(chosen.values(destination_id=None))
        database.session.execute(delete(Destination).where(Destination.url == LINK))


def test_everybody_is_asked_and_a_low_review_is_helped(places: Site, pages: Pages) -> None:
    site = places
    marketing_opens_the_places_to_everybody(site, pages)
    glad, sad = both_are_invited_alike(site)
    the_dissatisfied_person_writes(site, pages, sad)
    quality_shows_it_with_a_reply(site, pages)
    visitors_of_every_kind_can_read_it(site, pages)
    quality_makes_it_a_complaint(site, pages)
    a_review_elsewhere_is_matched_and_that_is_undone(site, pages, glad)
    the_report_is_fair(site, pages)
    the_person_takes_it_back(site, pages, sad)


def marketing_opens_the_places_to_everybody(site: Site, pages: Pages) -> None:
    page = site.colleague(pages, "marketing", width=360)
    page.goto("/staff/reviews/destinations/new")
    expect(page.get_by_role("row", name="Yelp")).to_contain_text("U kunt deze site niet kiezen.")
    page.get_by_label("Naam", exact=True).fill("Google")
    page.get_by_label("Link", exact=True).fill(LINK)
    page.get_by_label("Alleen mensen die zeggen dat hun klacht is opgelost").check()
    page.get_by_label("Vanaf nu aanbieden").check()
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("alert")).to_contain_text("Google verbiedt om alleen tevreden mensen te vragen.")
    page.get_by_label("Iedereen van wie de klacht is afgesloten").check()
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("row", name="Onze eigen pagina")).to_contain_text("Rust")
    page.get_by_role("link", name="Onze eigen pagina").click()
    page.get_by_label("Iedereen van wie de klacht is afgesloten").check()
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("row", name="Onze eigen pagina")).not_to_contain_text("Rust")


def both_are_invited_alike(site: Site) -> tuple[Letter, Letter]:
    """A 'yes', and a 'no' whose case came to an end that pleased nobody."""
    site.machine.resolved("R-1", GLAD, customer={"name": "Greet Vonk", "email": GLAD, "locale": "nl"})
    site.machine.resolved("R-1b", SAD, customer={"name": "Sjaak Buis", "email": SAD, "locale": "nl"})
    site.answers(site.letters.wait_for(GLAD), "yes")
    site.answers(site.letters.wait_for(SAD), "no")
    site.letters.wait_for(SAD, 2)
    number = int(site.machine.complaint("R-1b")["id"])
    with site.app.app_context(), db.transaction():
        recovery._close(recovery_queries.open_of_complaints([number]), "relation_ended", "staff:1")
    glad, sad = site.letters.wait_for(GLAD, 2), site.letters.wait_for(SAD, 3)
    assert (glad.subject, sad.subject) == (INVITED, INVITED)
    assert same(glad) == same(sad), "what somebody answered changes nothing in what they are asked"
    return glad, sad


def same(letter: Letter) -> str:
    """The letter without what is the person's own."""
    plain = re.sub(r"/(review|unsubscribe)/\S+", r"/\1/…", letter.text)
    return " ".join(re.sub(r"Greet Vonk|Sjaak Buis|R-1b?", "…", plain).split())


def the_dissatisfied_person_writes(site: Site, pages: Pages, letter: Letter) -> None:
    page = site.visitor(pages, width=360, height=740)
    page.goto(letter.link("/review/"))
    expect(page.locator("input:checked")).to_have_count(0)
    expect(page.locator("[name=destination]")).to_have_count(2)
    page.get_by_role("button", name="Ga verder").click()
    expect(page.get_by_role("alert")).to_contain_text("Kies waar u iets wilt schrijven.")
    page.get_by_label("Op onze eigen website").check()
    page.get_by_label("2", exact=True).check()
    page.get_by_label("Titel").fill("Half werk")
    page.get_by_label("Uw verhaal").fill(WORDS)
    page.get_by_label("Welke naam zetten wij erbij?").fill("Sjaak")
    page.get_by_role("button", name="Ga verder").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Uw review is binnen")


def quality_shows_it_with_a_reply(site: Site, pages: Pages) -> None:
    page = site.colleague(pages, "quality", width=360)
    page.goto("/staff/reviews/")
    waiting(page).get_by_role("button", name="Plaatsen").click()
    page.goto("/staff/reviews/?status=published")
    written = waiting(page)
    written.get_by_text("Erop reageren").click()
    written.get_by_label("Onze reactie, voor iedereen te lezen").fill("Bel Sjaak Buis op 06 11 22 33 44.")
    written.get_by_role("button", name="De reactie opslaan").click()
    expect(page.get_by_role("alert")).to_contain_text("Hieruit blijkt wie iemand is: 06 11 22 33 44, Sjaak Buis.")
    page.get_by_label("Onze reactie, voor iedereen te lezen").fill(REPLY)
    page.get_by_role("button", name="De reactie opslaan").click()
    expect(waiting(page)).to_contain_text(REPLY)
    visitor = site.visitor(pages, width=360)
    visitor.goto("/reviews/")
    shown = waiting(visitor)
    expect(shown).to_contain_text(f"Reactie van {ORGANISATION}")
    expect(shown).to_contain_text("Na een klacht; iedereen is gevraagd")
    expect(visitor.get_by_role("heading", name="1 review, gemiddeld een 2 van de 5")).to_be_visible()
    shown.get_by_role("link", name="Half werk").click()
    visitor.wait_for_url(re.compile(r"/reviews/\d+$"))
    expect(visitor.locator("main")).to_contain_text(REPLY)


def visitors_of_every_kind_can_read_it(site: Site, pages: Pages) -> None:
    """With a script that runs, so that a policy which forbade the structured data would be heard of."""
    wrong = []
    for look in (Look("nl", 360, "light"), Look("en", 360, "dark")):
        page = pages(base_url=site.url, width=360, scheme=look.scheme, locale=look.locale)
        page.goto("/reviews/")
        one = page.get_by_role("link", name="Half werk").get_attribute("href")
        assert one is not None
        structured = page.locator("script[type='application/ld+json']").text_content()
        assert '"ratingValue": 2' in (structured or "")
        for path in ("/reviews/", one):
            page.goto(f"{path}?lang={look.locale}")
            # The review itself is Dutch on every page.
            wrong += [f"{path} {look}: {one}" for one in findings(page, look) if not one.startswith("not in")]
    assert wrong == []


def quality_makes_it_a_complaint(site: Site, pages: Pages) -> None:
    page = site.colleague(pages, "quality", width=360)
    page.goto("/staff/reviews/?status=published")
    waiting(page).get_by_role("button", name="Er een klacht van maken").click()
    page.wait_for_url("**/staff/complaints/*")
    expect(page.locator("main")).to_contain_text(WORDS)
    expect(page.locator("#origin")).to_contain_text("Gemaakt van een review")
    page.locator("#origin").get_by_role("link").click()
    expect(waiting(page)).to_contain_text("Het is nu klacht own-")
    expect(page.get_by_role("button", name="Er een klacht van maken")).to_have_count(0)


def a_review_elsewhere_is_matched_and_that_is_undone(site: Site, pages: Pages, letter: Letter) -> None:
    with site.app.app_context():
        google = database.session.scalars(select(Destination.id).where(Destination.url == LINK)).one()
    site.sends(letter.link("/review/"), {"destination": str(google)})
    today = letter.message["Date"].datetime.date().isoformat()
    sheet = f"id,rating,text,author,date\ng-1,5,Netjes opgelost,Greet V.,{today}\n"
    done = site.instance.run("import-reviews", "-", "--destination", "google", text=sheet)
    assert done.stdout == "read 1, created 1, updated 0, unchanged 0, rejected 0, matched 1\n", done.stderr
    assert site.machine.complaint("R-1")["ambassador"]["stage"] == "reviewed"
    page = site.colleague(pages, "marketing", width=360)
    page.goto("/staff/reviews/elsewhere")
    review = page.locator("article", has_text="Netjes opgelost")
    expect(review).to_contain_text("een naam die past, en deze klant koos deze site rond die dag")
    review.get_by_role("button", name="Niet van deze klant").click()
    expect(review).to_contain_text("een collega heeft de gok ongedaan gemaakt")
    assert site.machine.complaint("R-1")["ambassador"]["stage"] == "clicked"


def the_report_is_fair(site: Site, pages: Pages) -> None:
    page = site.colleague(pages, "quality", width=360)
    page.goto("/staff/reviews/fairness")
    expect(page.get_by_role("row", name="Nee", exact=False).first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Downloaden als CSV").click()
    told = download.value.path().read_text(encoding="utf-8-sig")
    assert told.splitlines()[0].startswith("answer,cases,invited")
    assert not re.search(r"Sjaak|Greet|reviews\.example", told)


def the_person_takes_it_back(site: Site, pages: Pages, letter: Letter) -> None:
    page = site.visitor(pages, width=360, height=740)
    page.goto(letter.link("/review/"))
    page.get_by_text("Uw review terugnemen").click()
    page.get_by_role("button", name="Terugnemen").click()
    expect(page.get_by_role("alert")).to_contain_text("Zet een vinkje als u uw review wilt weghalen.")
    page.get_by_label("Ja, haal mijn review weg").check()
    page.get_by_role("button", name="Terugnemen").click()
    expect(page.locator("main")).to_contain_text("U hebt uw review teruggenomen.")
    visitor = site.visitor(pages)
    visitor.goto("/reviews/")
    expect(visitor.locator("main")).not_to_contain_text(WORDS)


def waiting(page: Page) -> Locator:
    """The review, wherever it stands."""
    return page.locator("article", has_text=WORDS)
