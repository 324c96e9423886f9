"""A person who says 'no' twice, and one who complained in public, as everybody around them lives through it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Pages, axe_findings
from tests.support.letters import Letter, eventually
from tests.support.moments import days_ago
from tests.support.site import Site, on_postgresql

pytestmark = [pytest.mark.browser, on_postgresql]

NUMBER, PUBLIC_NUMBER = "H-1", "H-2"
PERSON, HANDLER, QUALITY = "bea@postvak.example", "ward@ours.example", "quality@ours.example"
SAID = "De kast kwam met een deur te weinig en niemand belde terug."
FIRST, SECOND, THIRD = "Wij beloofden een deur.", "Wij stuurden een deur.", "Wij kwamen de juiste deur zelf hangen."
LETTER = "Beste Bea Vermaat,\n\nIk kom morgen zelf met de juiste deur. {{7*7}}\n\nMet vriendelijke groet,\nQuality"


def test_a_second_no_is_taken_care_of(site: Site, pages: Pages) -> None:
    complains(site)
    says(site, "no", "Er kwam geen deur.", count=1)
    with_the_handler(site, pages)
    says(site, "no", "Het is de verkeerde deur.", count=3)
    page = quality_reads_the_whole_story(site, pages)
    quality_writes_a_letter(site, page)
    quality_spends_more_than_the_budget(site, pages, page)
    quality_solves_it(site, page)


def complains(site: Site) -> None:
    site.machine.brings(
        NUMBER,
        subject="Kast zonder deur",
        summary=SAID,
        channel="telefoon",
        opened_at=days_ago(6),
        resolved_at=days_ago(1),
        resolution=FIRST,
        customer={"name": "Bea Vermaat", "email": PERSON, "locale": "nl"},
        handler={"name": "Ward Konings", "email": HANDLER},
    )


def says(site: Site, satisfied: str, comment: str, *, count: int) -> None:
    site.answers(site.letters.wait_for(PERSON, count), satisfied, comment=comment, rating="1", recommend="1")


def with_the_handler(site: Site, pages: Pages) -> None:
    page = site.visitor(pages)
    page.goto(site.letters.wait_for(HANDLER).link("/case/"))
    expect(page.locator("main")).to_contain_text("Hoog: het antwoord is nee")
    page.get_by_label("Wat hebt u gedaan?").fill(SECOND)
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deze zaak is gesloten.")


def quality_reads_the_whole_story(site: Site, pages: Pages) -> Page:
    """In the mail, and on the page that it leads to; the handler hears nothing of this case."""
    (mail,) = waits_for_mail_about(site, QUALITY)
    told = " ".join(mail.text.split())
    for words in (SAID, FIRST, "Er kwam geen deur.", SECOND, "Het is de verkeerde deur.", "voor de tweede keer"):
        assert words in told, words
    assert len(site.letters.to(HANDLER)) == 1
    page = site.colleague(pages, "quality")
    page.goto("/staff/recovery/?sort=priority")
    row = page.get_by_role("row", name=NUMBER).filter(has_text="Bij kwaliteit")
    expect(row).to_contain_text("Dringend")
    row.get_by_role("link", name=NUMBER).click()
    expect(page.locator("main")).to_contain_text("Daarom ging de zaak op")
    for words in ("Ward Konings", FIRST, SECOND, "Er kwam geen deur.", "het kwam al eerder terug"):
        expect(page.locator("main")).to_contain_text(words)
    return page


def quality_writes_a_letter(site: Site, page: Page) -> None:
    before = len(site.letters.to(PERSON))
    page.get_by_role("link", name="De klant schrijven").click()
    page.get_by_role("link", name="Wat wij beloofden, is niet gebeurd").click()
    text = page.get_by_label("De hele tekst")
    expect(text).to_have_value(re.compile("^Beste Bea Vermaat,"))
    send = page.get_by_role("button", name="Nu versturen")
    send.click()
    expect(page.get_by_role("alert")).to_contain_text("Dit moet nog worden geschreven")
    expect(page.get_by_role("alert")).to_contain_text("Lees de tekst")
    text.fill(LETTER)
    send.click()
    expect(page.get_by_role("alert")).to_contain_text("Lees de tekst")
    assert len(site.letters.to(PERSON)) == before
    page.get_by_label("Ik heb deze tekst gelezen").check()
    send.click()
    expect(page.get_by_role("status")).to_contain_text("Uw brief gaat nu weg.")
    mail = site.letters.wait_for(PERSON, before + 1)
    assert "Ik kom morgen zelf met de juiste deur. {{7*7}}" in " ".join(mail.text.split())
    assert mail.message["List-Unsubscribe"] is None
    expect(page.locator("main")).to_contain_text("Ik kom morgen zelf met de juiste deur.")


def quality_spends_more_than_the_budget(site: Site, pages: Pages, page: Page) -> None:
    case = page.url.partition("#")[0]
    for amount, said in (("20,00", "is genoteerd als uitgegeven"), ("45,50", "Een tweede persoon is gevraagd.")):
        page.goto(case)
        page.get_by_role("link", name="Iets uitgeven").click()
        page.get_by_label("Bedrag in euro").fill(amount)
        page.get_by_label("De regel waarop dit een uitzondering is").fill("Geen vergoeding voor wachten")
        page.get_by_label("Waarom").fill("Twee keer voor niets thuis gebleven.")
        page.get_by_role("button", name="Uitgeven").click()
        expect(page.get_by_role("status")).to_contain_text(said)
    page.get_by_role("link", name="45,50").click()
    expect(page.locator("main")).to_contain_text("Dit is uw eigen verzoek")

    admin = site.colleague(pages, "admin")
    admin.goto("/staff/")
    admin.get_by_role("link", name="Verzoek om iets uit te geven dat op een tweede persoon wacht").click()
    admin.get_by_role("row", name=NUMBER).filter(has_text="wachten").first.get_by_role("link", name="45,50").click()
    admin.get_by_role("button", name="Beslissen").click()
    expect(admin.get_by_role("alert")).to_contain_text("Kies: goedkeuren of weigeren.")
    admin.get_by_label("Goedkeuren").check()
    admin.get_by_label("Waarom").fill("Terecht.")
    admin.get_by_role("button", name="Beslissen").click()
    expect(admin.get_by_role("status")).to_contain_text("Het verzoek is goedgekeurd.")
    expect(admin.get_by_role("row", name="Quality").first).to_contain_text("45,50")
    page.goto(case)


def quality_solves_it(site: Site, page: Page) -> None:
    page.get_by_role("link", name="Afloop vastleggen").click()
    page.get_by_role("button", name="Zaak sluiten").click()
    expect(page.get_by_role("alert")).to_contain_text("Kies hoe het afliep.")
    assert axe_findings(page) == []
    page.get_by_role("link", name="Leg die vast als oplossing").click()
    page.get_by_label("Wat is gedaan, in woorden die de klant leest").fill(THIRD)
    page.get_by_role("button", name="Oplossen en check-in plannen").click()
    check_ins: list[Any] = site.machine.complaint(NUMBER)["check_ins"]
    assert [one["cycle"] for one in check_ins] == [1, 2, 3]
    page.get_by_role("link", name="Zaak van").first.click()
    expect(page.locator("main")).to_contain_text("opnieuw opgelost")


def test_a_public_reply_tells_nobody_whose_complaint_it_is(site: Site, pages: Pages) -> None:
    site.machine.brings(
        PUBLIC_NUMBER,
        subject="Verf in de verkeerde kleur",
        description="De verf was blauw en niet groen en de winkel wilde hem niet terugnemen.",
        channel="review_site",
        opened_at=days_ago(2),
        customer={"name": "Hessel Wiarda", "email": "hessel@postvak.example", "locale": "nl"},
        handler={"name": "Ward Konings", "email": HANDLER},
    )
    page = site.colleague(pages, "handler")
    page.goto("/staff/recovery/public-replies/")
    page.get_by_role("link", name=PUBLIC_NUMBER).click()
    page.get_by_role("textbox", name="De reactie").fill(
        "Beste Hessel, dat de verf was blauw en niet groen en de winkel niet hielp, is naar.\nBel Ward op 06-12345678."
    )
    page.get_by_role("button", name="Controleren en bewaren").click()
    alert = page.get_by_role("alert")
    for words in (
        "Regel 1: de naam van de klant, ‘Hessel’",
        "Regel 1: woorden van de klacht zelf, ‘de verf was blauw en niet groen en de winkel’",
        "Regel 2: een telefoonnummer, ‘06-12345678’",
        "Regel 2: de naam van een collega, ‘Ward’",
    ):
        expect(alert).to_contain_text(words)
    assert axe_findings(page) == []
    page.get_by_role("link", name="Wij lazen dit en stuurden een bericht").click()
    page.get_by_role("button", name="Controleren en bewaren").click()
    expect(page.get_by_role("status")).to_contain_text("Het concept is bewaard.")
    page.get_by_label("Adres van de pagina waar zij staat").fill("https://reviews.example/testwinkel/17")
    page.get_by_label("Dag waarop zij is geplaatst").fill(days_ago(0)[:10])
    page.get_by_role("button", name="Als geplaatst noteren").click()
    expect(page.get_by_role("alert")).to_contain_text("Er staat dat wij een bericht stuurden.")
    page.get_by_label("Ik stuurde deze persoon op een andere manier een bericht").check()
    page.get_by_role("button", name="Als geplaatst noteren").click()
    expect(page.get_by_role("status")).to_contain_text("Genoteerd is waar de reactie staat.")
    page.goto("/staff/recovery/public-replies/?status=placed")
    expect(page.get_by_role("row", name=PUBLIC_NUMBER)).to_contain_text("reviews.example/testwinkel/17")


def waits_for_mail_about(site: Site, address: str) -> list[Letter]:
    """The mails about this complaint to a colleague, who gets those of others too."""

    def found() -> list[Letter]:
        return [one for one in site.letters.to(address) if one.subject.startswith(NUMBER)]

    eventually(lambda: bool(found()), 20, lambda: f"no mail about {NUMBER} to {address}")
    return found()
