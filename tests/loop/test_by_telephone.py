"""Asked by telephone; a summary in the person's own words; a step that they agree to: as everybody in it lives it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Pages, axe_findings
from tests.support.moments import days_ago
from tests.support.site import Site, on_postgresql

pytestmark = [pytest.mark.browser, on_postgresql]

NUMBER, PERSON = "T-1", "saar@postvak.example"
SUMMARY = "De bank kwam met een kras."
CORRECTED = "De bank kwam met drie krassen, en niemand belde terug."
STEP = "Voortaan pakken wij elke bank in een deken in voordat hij de bus in gaat."


def test_a_call_from_no_address_to_a_reopened_case(site: Site, pages: Pages) -> None:
    site.machine.brings(
        "T-2",
        summary="De lamp flikkert nog steeds.",
        opened_at=days_ago(6),
        resolved_at=days_ago(1),
        resolution="Er kwam een nieuwe fitting.",
        prevention="Wij meten elke fitting na.",
        customer={"name": "Harm Vos", "phone": "+31 85 000 00 92", "locale": "nl"},
    )
    page = site.colleague(pages, "handler", width=360, height=740)
    page.goto("/staff/calls/")
    row = page.get_by_role("row", name="T-2")
    expect(row.get_by_role("link", name="+31 85 000 00 92")).to_have_attribute("href", "tel:+31850000092")
    row.get_by_role("link", name="T-2").click()
    for words in ("De lamp flikkert nog steeds.", "Er kwam een nieuwe fitting.", "Wij meten elke fitting na."):
        expect(page.locator("main")).to_contain_text(words)
    expect(page.locator("input:checked")).to_have_count(0)
    page.get_by_role("button", name="Antwoord vastleggen").click()
    expect(page.get_by_role("alert")).to_contain_text("Kies een van de vier antwoorden.")
    assert site.machine.complaint("T-2")["status"] == "resolved"
    page.get_by_label("Nee", exact=True).check()
    page.get_by_label("Wat wilt u ons vertellen?").fill("Hij flikkert nog, alleen minder vaak.")
    page.get_by_role("button", name="Antwoord vastleggen").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("De lamp flikkert nog steeds.")
    expect(page.locator("main")).to_contain_text("Per telefoon, genoteerd door Handler")
    found = site.machine.complaint("T-2")
    assert (found["status"], found["check_ins"][0]["status"]) == ("reopened", "answered")
    page.goto("/staff/recovery/")
    expect(page.get_by_role("row", name="T-2")).to_be_visible()


def test_a_summary_is_corrected_and_a_step_becomes_an_improvement(site: Site, pages: Pages) -> None:
    person = {"name": "Saar de Boer", "email": PERSON, "locale": "nl"}
    made = site.machine.brings(NUMBER, summary=SUMMARY, opened_at=days_ago(3), customer=person)
    desk = site.colleague(pages, "quality")
    the_summary_is_corrected(site, pages, desk, made["id"])
    the_step_is_fine(site, pages, desk, made["id"])
    desk.goto("/staff/improvements/")
    offered = desk.get_by_role("listitem").filter(has_text=STEP)
    offered.get_by_role("link", name="Begin er een verbetering mee").click()
    dutch = desk.get_by_role("group", name="Nederlands")
    expect(dutch.get_by_label("Wij deden")).to_have_value(STEP)
    dutch.get_by_label("U zei").fill("Mijn bank kwam met krassen.")
    desk.get_by_role("button", name="Opslaan").click()
    expect(desk.locator("main")).to_contain_text(NUMBER)
    desk.goto("/staff/improvements/")
    expect(desk.get_by_role("listitem").filter(has_text=STEP)).to_have_count(0)


def the_summary_is_corrected(site: Site, pages: Pages, desk: Page, complaint_id: str) -> None:
    desk.goto(f"/staff/complaints/{complaint_id}")
    desk.get_by_role("link", name="Vraag de klant of de samenvatting klopt").click()
    expect(desk.get_by_label("De samenvatting, zoals de klant die leest")).to_have_value(SUMMARY)
    desk.get_by_role("button", name="Naar de klant sturen").click()
    page = site.visitor(pages, width=360, height=740, javascript=True)  # axe is a script
    page.goto(site.letters.wait_for(PERSON).link("/summary/"))
    expect(page.locator("main")).to_contain_text(SUMMARY)
    expect(page.locator("input:checked")).to_have_count(0)
    page.get_by_role("button", name="Antwoord versturen").click()
    expect(page.get_by_role("alert")).to_contain_text("Kies een van de twee antwoorden.")
    assert axe_findings(page) == []
    page.get_by_label("Nee, ik zou het anders zeggen").check()
    page.get_by_label("Hoe zou u het zeggen?").fill(CORRECTED)
    page.get_by_role("button", name="Antwoord versturen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dank u wel. Voortaan gebruiken wij deze woorden.")
    desk.reload()
    expect(desk.locator("#summary")).to_contain_text(CORRECTED)
    desk.goto(f"/staff/complaints/{complaint_id}/resolve")
    resolution = desk.get_by_label("Wat is gedaan, in woorden die de klant leest")
    resolution.fill("U kreeg een nieuwe bank. Dit zal niet meer gebeuren.")
    button = desk.get_by_role("button", name="Oplossen en check-in plannen")
    button.click()
    expect(desk.get_by_role("alert")).to_contain_text("Hier staat de belofte dat het niet meer gebeurt.")
    resolution.fill("U kreeg een nieuwe bank.")
    button.click()
    expect(desk.get_by_role("status")).to_contain_text("opgelost")
    asked = site.letters.wait_for(PERSON, 2)
    assert CORRECTED in " ".join(asked.text.replace("> ", "").split())
    assert SUMMARY not in asked.text


def the_step_is_fine(site: Site, pages: Pages, desk: Page, complaint_id: str) -> None:
    desk.goto(f"/staff/complaints/{complaint_id}")
    desk.get_by_role("link", name="Een stap aan de klant voorleggen").click()
    desk.get_by_label("Voortaan …").fill(STEP)
    desk.get_by_role("button", name="Naar de klant sturen").click()
    page = site.visitor(pages, width=360, height=740, scheme="dark", javascript=True)
    page.goto(site.letters.wait_for(PERSON, 3).link("/agreement/"))
    expect(page.locator("main")).to_contain_text(STEP)
    page.get_by_label("Ik heb een ander idee").check()
    page.get_by_role("button", name="Antwoord versturen").click()
    expect(page.get_by_role("alert")).to_contain_text("Schrijf het in uw eigen woorden.")
    assert axe_findings(page) == []
    page.get_by_label("Ja, dit is goed").check()
    page.get_by_role("button", name="Antwoord versturen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dank u wel. Wij hebben uw antwoord.")
    desk.goto(f"/staff/complaints/{complaint_id}")
    expect(desk.locator("#step")).to_contain_text("De klant: dit is goed")
