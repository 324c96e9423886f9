"""The whole loop, as everybody in it lives through it: from the first mail to the one that tells what came of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.support.browser import WAIT_MS, Pages
from tests.support.moments import days_ago
from tests.support.site import Site

pytestmark = pytest.mark.browser

NUMBER = "K-1"
PERSON = "marleen@postvak.example"
HANDLER = "teun@ours.example"
SAID = "De taart voor het feest van mijn moeder kwam een uur te laat."
COMMENT = "Er misten nog steeds zes broodjes."
SECOND_SOLUTION = "Wij brachten de broodjes alsnog, met een taart erbij."
PRAISE = "Teun kwam ze zelf brengen."
LEARNED = "Mijn bestelling was te laat en niet alles zat erin."
CHANGED = "Twee mensen tellen nu elke bestelling na voordat de bus vertrekt."
REVIEW = "Het duurde even, maar het is netjes opgelost."


def test_from_mail_to_told_you_so(site: Site, pages: Pages) -> None:
    the_person_says_no(site, pages)
    the_handler_finds_another_solution(site, pages)
    the_person_says_yes(site, pages)
    the_person_writes_a_review(site, pages)
    quality_shows_the_review(site, pages)
    marketing_moves_the_card(site, pages)
    quality_publishes_an_improvement(site, pages)
    the_world_reads_it(site, pages)
    the_person_is_told_once(site, pages)


def the_person_says_no(site: Site, pages: Pages) -> None:
    made = site.machine.brings(
        NUMBER,
        subject="Bestelling te laat",
        summary=SAID,
        description=f"{SAID} Het was ook niet alles.",
        category="bezorging",
        channel="telefoon",
        opened_at=days_ago(6),
        resolved_at=days_ago(1),
        resolution="U kreeg al uw geld terug.",
        root_cause="bus te laat geladen",
        fault="us",
        apology_given=True,
        prevention="Voortaan tellen twee mensen elke bestelling na.",
        customer={"name": "Marleen Osinga", "email": PERSON, "locale": "nl"},
        handler={"name": "Teun Riemersma", "email": HANDLER},
    )
    assert made["status"] == "resolved"
    page = opened_from_mail(site, pages, press="Nee", count=1)
    expect(page.locator(".choice.pointed")).to_contain_text("Nee Aangetikt in de e-mail. Kies nu.")
    expect(page.locator("input:checked")).to_have_count(0)

    send(page)
    expect(page).to_have_title(re.compile("^Fout: "))
    expect(page.get_by_role("alert")).to_contain_text("Kies een van de vier antwoorden.")
    assert stands(site) == ("resolved", ["sent"], None)

    page.get_by_label("Nee").check()
    page.get_by_label("Wat u beloofde, is niet gebeurd").check()
    page.get_by_label("Wat wilt u ons vertellen?").fill(COMMENT)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Het spijt ons dat het nog niet goed is.")
    promise = page.locator(".lead").inner_text()
    assert promise.startswith("Teun Riemersma neemt contact met u op, uiterlijk "), promise
    assert stands(site) == ("reopened", ["answered"], None)
    answer = check_ins(site)[0]["answer"]
    assert (answer["satisfied"], answer["reasons"], answer["comment"]) == ("no", ["not_done"], COMMENT)

    receipt = site.letters.wait_for(PERSON, 2)
    assert promise in " ".join(receipt.text.split())
    assert COMMENT in " ".join(site.letters.wait_for(HANDLER).text.split())


def the_handler_finds_another_solution(site: Site, pages: Pages) -> None:
    page = site.visitor(pages)
    page.goto(site.letters.wait_for(HANDLER).link("/case/"))
    expect(page.locator("main")).to_contain_text(COMMENT)
    expect(page.get_by_role("link", name=PERSON)).to_be_visible()
    page.get_by_label("Wat hebt u gedaan?").fill(SECOND_SOLUTION)
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deze zaak is gesloten.")
    assert stands(site)[0] == "resolved"


def the_person_says_yes(site: Site, pages: Pages) -> None:
    page = opened_from_mail(site, pages, press="Ja", count=3)
    expect(page.locator("main")).to_contain_text(SECOND_SOLUTION)
    assert stands(site) == ("resolved", ["answered", "sent"], None)
    page.get_by_label("Ja").check()
    page.get_by_text("Iets toevoegen").click()
    page.get_by_label("Wat wilt u ons vertellen?").fill(PRAISE)
    page.get_by_label("U mag mijn woorden laten lezen aan anderen").check()
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Dank u wel. Wij sluiten uw klacht.")
    assert stands(site) == ("confirmed", ["answered", "answered"], "satisfied")
    answer = check_ins(site)[1]["answer"]
    assert (answer["satisfied"], answer["comment"], answer["quote_consent"]) == ("yes", PRAISE, True)


def the_person_writes_a_review(site: Site, pages: Pages) -> None:
    invitation = site.letters.wait_for(PERSON, 4)
    assert stands(site)[2] == "invited"
    page = site.visitor(pages, width=360, height=740)
    page.goto(invitation.link("/review/"))
    expect(page.locator("input:checked")).to_have_count(0)
    page.get_by_role("button", name="Ga verder").click()
    expect(page.get_by_role("alert")).to_contain_text("Kies waar u iets wilt schrijven.")
    page.get_by_label("Op onze eigen website").check()
    page.get_by_label("4", exact=True).check()
    page.get_by_label("Uw verhaal").fill(REVIEW)
    page.get_by_role("button", name="Ga verder").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Uw review is binnen")
    assert stands(site)[2] == "reviewed"
    page.goto("/reviews/")
    expect(page.locator("main")).not_to_contain_text(REVIEW)


def quality_shows_the_review(site: Site, pages: Pages) -> None:
    page = site.colleague(pages, "quality")
    page.goto("/staff/reviews/")
    waiting = page.locator("article", has_text=REVIEW)
    waiting.get_by_role("button", name="Plaatsen").click()
    visitor = site.visitor(pages)
    visitor.goto("/reviews/")
    expect(visitor.locator("article", has_text=REVIEW)).to_contain_text("Uit een opgeloste klacht")


def marketing_moves_the_card(site: Site, pages: Pages) -> None:
    plain = site.colleague(pages, "marketing", javascript=False)
    plain.goto("/staff/ambassadors/")
    card = plain.locator("[data-stage=reviewed] .bcard", has_text=NUMBER)
    expect(card).to_contain_text(PRAISE)
    expect(plain.locator("main")).not_to_contain_text(SAID)
    card.locator("summary").click()
    card.get_by_role("button", name="Ambassadeur").click()
    expect(plain.locator("[data-stage=ambassador] .bcard", has_text=NUMBER)).to_be_visible()
    assert stands(site)[2] == "ambassador"

    page = site.colleague(pages, "marketing")
    page.goto("/staff/ambassadors/")
    hold(page)
    for key in ("Space", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    expect(page.locator("[data-stage=reviewed] .bcard", has_text=NUMBER)).to_be_focused()
    assert stands(site)[2] == "reviewed"
    page.keyboard.press("z")
    expect(page.locator("[data-stage=ambassador] .bcard", has_text=NUMBER)).to_be_visible()
    page.locator(".bcard", has_text=NUMBER).drag_to(page.locator("[data-stage=clicked]"))
    expect(page.locator("[data-stage=clicked] .bcard", has_text=NUMBER)).to_be_visible()
    page.locator(".bcard", has_text=NUMBER).drag_to(page.locator("[data-stage=ambassador]"))
    expect(page.locator("[data-stage=ambassador] .bcard", has_text=NUMBER)).to_be_visible()
    assert stands(site)[2] == "ambassador"


def quality_publishes_an_improvement(site: Site, pages: Pages) -> None:
    page = site.colleague(pages, "quality")
    page.goto(f"/staff/improvements/new?complaints={site.machine.complaint(NUMBER)['id']}")
    dutch = page.get_by_role("group", name="Nederlands")
    dutch.get_by_label("U zei").fill(LEARNED)
    dutch.get_by_label("Wij deden").fill(CHANGED)
    page.get_by_label("Status").select_option("done")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.locator("main")).to_contain_text(NUMBER)
    visitor = site.visitor(pages)
    visitor.goto("/improvements/")
    expect(visitor.locator("main")).not_to_contain_text(LEARNED)
    page.get_by_role("button", name="Openbaar maken").click()
    expect(page.get_by_role("status")).to_contain_text("1 persoon krijgt een e-mail.")


def the_world_reads_it(site: Site, pages: Pages) -> None:
    page = site.visitor(pages)
    page.goto("/improvements/")
    page.get_by_role("link", name=LEARNED).click()
    expect(page.locator("main")).to_contain_text(CHANGED)
    for feed in ("/improvements/feed.atom", "/improvements/feed.json", "/improvements.json"):
        body = page.request.get(feed).text()
        assert LEARNED in body, feed
        assert PERSON not in body, feed

    site.elsewhere.line = (
        f'<script src="{site.url}/embed.js" data-feedbackloop="improvements" data-locale="nl" async></script>'
    )
    foreign = pages()
    foreign.goto(site.elsewhere.origin)
    entry = foreign.frame_locator("iframe").locator("article", has_text=LEARNED)
    expect(entry).to_contain_text(CHANGED)
    entry.get_by_role("link", name=LEARNED).click()
    foreign.wait_for_url(f"{site.url}/improvements/*")


def the_person_is_told_once(site: Site, pages: Pages) -> None:
    told = site.letters.wait_for(PERSON, 5)
    assert CHANGED in " ".join(told.text.split())
    quality = site.colleague(pages, "quality")
    quality.goto("/staff/improvements/")
    quality.get_by_role("link", name=LEARNED).click()
    quality.get_by_role("button", name="Van de pagina halen").click()
    quality.get_by_role("button", name="Openbaar maken").click()
    expect(quality.get_by_role("status")).to_contain_text("Niemand krijgt een e-mail.")

    page = site.visitor(pages, width=360, height=740)
    page.goto(told.link("/told/"))
    page.get_by_role("button", name="Versturen").click()
    expect(page.get_by_role("alert")).to_contain_text("Kies een van de twee antwoorden.")
    page.get_by_label("Nee, dit is het niet").check()
    page.get_by_role("button", name="Versturen").click()
    expect(page.locator("main")).to_contain_text("Dan zijn wij er nog niet.")
    quality.reload()
    expect(quality.get_by_role("row", name=NUMBER).filter(has_text="Nee, dit is het niet")).to_be_visible()
    assert [one.subject for one in site.letters.to(PERSON)[5:]] == []


# What the flows above share


def opened_from_mail(site: Site, pages: Pages, *, press: str, count: int) -> Page:
    """The form, as it opens for somebody who pressed this answer in the `count`-th mail that they got."""
    page = site.visitor(pages, width=360, height=740)
    site.open_letter(page, site.letters.wait_for(PERSON, count))
    page.wait_for_load_state()
    button = page.frame_locator("iframe.mail").get_by_role("link", name=press, exact=True)
    button.click()
    try:
        page.wait_for_url("**/check-in/**", timeout=WAIT_MS / 3)
    except TimeoutError:
        # The frame may lead the page elsewhere only within five seconds of a press, which a busy machine can miss.
        button.click()
        page.wait_for_url("**/check-in/**")
    return page


def send(page: Page) -> None:
    page.get_by_role("button", name="Antwoord versturen").click()


def hold(page: Page) -> None:
    """Puts the keyboard's focus on the card."""
    page.locator(".bcard", has_text=NUMBER).focus()


def check_ins(site: Site) -> list[Any]:
    return list(site.machine.complaint(NUMBER)["check_ins"])


def stands(site: Site) -> tuple[str, list[str], str | None]:
    """How the API shows it: the complaint, each of its check-ins, and how far the person is as an ambassador."""
    found = site.machine.complaint(NUMBER)
    stage = found["ambassador"]
    return found["status"], [one["status"] for one in found["check_ins"]], stage and stage["stage"]
