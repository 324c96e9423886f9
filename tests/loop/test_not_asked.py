"""People whom nobody asks: without an address, or because they said so. The reason is kept and shown."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.browser import Pages
from tests.support.crawl import HttpVisitor
from tests.support.moments import days_ago
from tests.support.shared import SharedFolder
from tests.support.site import Site, running

pytestmark = pytest.mark.browser


def test_a_person_without_an_address_is_not_asked_and_staff_read_why(site: Site, pages: Pages) -> None:
    site.machine.resolved("N-1", None)
    (check_in,) = site.machine.complaint("N-1")["check_ins"]
    assert (check_in["status"], check_in["reason"]) == ("suppressed", "no_address")
    page = site.colleague(pages, "handler")
    page.goto("/staff/check-ins/")
    expect(page.get_by_role("row", name="N-1")).to_contain_text("Geen e-mailadres")


def test_one_press_in_the_mail_program_ends_the_question(site: Site, pages: Pages) -> None:
    person = "otto@postvak.example"
    site.machine.resolved("N-2", person)
    letter = site.letters.wait_for(person)
    assert letter.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(letter.message["List-Unsubscribe"]).strip("<>")
    pressed = HttpVisitor(site.url).post(link, {"List-Unsubscribe": "One-Click"})
    assert pressed.status == 200

    site.machine.resolved("N-3", person)
    (check_in,) = site.machine.complaint("N-3")["check_ins"]
    assert (check_in["status"], check_in["reason"]) == ("suppressed", "opted_out")
    site.settles()
    assert len(site.letters.to(person)) == 1
    page = site.visitor(pages, width=360)
    page.goto(urlsplit(link).path)
    expect(page.get_by_role("heading", level=1)).to_have_text("U krijgt deze e-mails niet meer.")


def test_who_is_opened_again_before_the_question_goes_is_not_asked(
    shared_folder: SharedFolder, tmp_path: Path, database_url: str
) -> None:
    with running(shared_folder, tmp_path, database_url, FEEDBACKLOOP_CHECK_IN_DELAY="1h") as site:
        site.machine.resolved("N-4", "ria@postvak.example", resolved_at=days_ago(0))
        (check_in,) = site.machine.complaint("N-4")["check_ins"]
        assert check_in["status"] == "scheduled"
        body = {"source": "shop", "external_id": "N-4", "resolved_at": None}
        assert site.machine.post("/api/v1/complaints", body)["status"] == "reopened"
        (check_in,) = site.machine.complaint("N-4")["check_ins"]
        assert (check_in["status"], check_in["reason"]) == ("cancelled", "reopened")
        site.settles()
        assert site.letters.all() == []
