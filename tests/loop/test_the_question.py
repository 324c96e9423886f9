"""The form in a real browser: with a connection that goes, with a file, without script, and for who cannot say yet."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Pages, axe_findings
from tests.support.site import Site, on_sqlite

pytestmark = [pytest.mark.browser, on_sqlite]

PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"
)
DRAFTS = "Object.keys(localStorage).filter((key) => key.startsWith('feedbackloop-draft:'))"


def chosen(page: Page) -> list[str]:
    found: list[str] = page.locator("[name=satisfied]:checked").evaluate_all("all => all.map((one) => one.value)")
    return found


def test_what_was_typed_survives_a_lost_connection(site: Site, pages: Pages, tmp_path: Path) -> None:
    person = "draft@postvak.example"
    site.machine.resolved("Q-1", person)
    path = site.letters.wait_for(person).link("/check-in/")
    page = site.visitor(pages, width=360, height=660, javascript=True)
    page.goto(f"{path}?satisfied=no")
    assert chosen(page) == []
    # All four answers and the button are in sight at once.
    send = page.get_by_role("button", name="Antwoord versturen")
    for one in [*page.locator(".choice").all(), send]:
        expect(one).to_be_in_viewport(ratio=1)
    assert page.evaluate(DRAFTS) == []
    page.get_by_label("Nee", exact=False).first.check()
    page.get_by_label("Het bedrag klopt niet").check()
    page.get_by_text("Iets toevoegen").click()
    page.get_by_label("Wat wilt u ons vertellen?").fill("Ik kreeg te weinig terug.")
    page.context.set_offline(True)
    send.click()
    expect(page.get_by_role("status")).to_contain_text("Er is op dit moment geen verbinding.")
    assert axe_findings(page) == []
    page.get_by_role("button", name="Probeer opnieuw").click()
    expect(page.get_by_role("status")).to_contain_text("geen verbinding")
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("staat er nog")
    assert chosen(page) == ["no"]
    expect(page.get_by_label("Wat wilt u ons vertellen?")).to_have_value("Ik kreeg te weinig terug.")

    # A file that we do not take; the words stay, the file has to be chosen again.
    note = tmp_path / "briefje.txt"
    note.write_text("Geen foto.")
    photo = tmp_path / "taart.png"
    photo.write_bytes(PIXEL)
    page.locator("[name=attachment]").set_input_files(note)
    send.click()
    expect(page.locator(".errors")).to_contain_text("briefje.txt is geen foto of document")
    assert axe_findings(page) == []
    assert chosen(page) == ["no"]
    page.locator("[name=attachment]").set_input_files(photo)
    page.get_by_role("button", name="Antwoord versturen").click()
    page.wait_for_url("**/thanks")
    assert page.evaluate(DRAFTS) == []
    answer = site.machine.complaint("Q-1")["check_ins"][-1]["answer"]
    assert (answer["satisfied"], answer["comment"]) == ("no", "Ik kreeg te weinig terug.")
    assert answer["reasons"] == ["amount"]
    page.goto(path)
    assert chosen(page) == []
    expect(page.locator("#attachment-hint")).to_contain_text("taart.png")

    desk = site.colleague(pages, "handler")
    desk.goto(f"/staff/complaints/{site.machine.complaint('Q-1')['id']}")
    with desk.expect_download() as download:
        desk.get_by_role("link", name="taart.png").click()
    assert Path(download.value.path()).read_bytes() == PIXEL


def test_who_cannot_say_yet_hears_when_they_are_asked_again(site: Site, pages: Pages) -> None:
    person = "later@postvak.example"
    site.machine.resolved("Q-2", person, customer={"name": "Ann", "email": person, "locale": "en"})
    page = site.visitor(pages, width=360, scheme="dark")
    page.goto(site.letters.wait_for(person).link("/check-in/"))
    page.get_by_label("I cannot say yet").check()
    page.get_by_text("Add something").click()
    page.get_by_label("I would like to meet").check()
    page.get_by_role("button", name="Send answer").click()
    page.wait_for_url("**/thanks")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. You cannot say yet.")
    expect(page.locator("main")).to_contain_text("we ask you once more, by e-mail")
    found = site.machine.complaint("Q-2")
    assert (found["status"], found["check_ins"][-1]["answer"]["meet"]) == ("resolved", True)


def test_quality_keeps_the_reasons(site: Site, pages: Pages) -> None:
    page = site.colleague(pages, "quality", width=360)
    page.goto("/staff/check-ins/")
    page.get_by_role("link", name="Redenen om te kiezen").click()
    page.get_by_role("link", name="Een reden toevoegen").click()
    page.get_by_label("In het Nederlands").fill("De doos was stuk")
    page.get_by_label("In het Engels").fill("The box was broken")
    page.get_by_label("Categorie van de klacht").fill("dozen")
    page.get_by_role("button", name="Opslaan").click()
    expect(page.locator(".errors")).to_contain_text("Kies wat er volgt.")
    page.get_by_label("Iemand pakt het op, en de klacht blijft opgelost").check()
    page.get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("heading", name="dozen")).to_be_visible()
    person = "doos@postvak.example"
    site.machine.resolved("Q-3", person, category="Dozen")
    form = site.visitor(pages, width=360)
    form.goto(site.letters.wait_for(person).link("/check-in/"))
    form.get_by_label("Deels", exact=True).check()
    form.get_by_label("De doos was stuk").check()
    form.get_by_role("button", name="Antwoord versturen").click()
    form.wait_for_url("**/thanks")
    expect(form.locator("main")).to_contain_text("Wij lezen wat u schreef en komen daarop bij u terug.")
    assert site.machine.complaint("Q-3")["status"] == "resolved"
