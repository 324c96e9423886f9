"""From a theme to the public page and off it again, by two colleagues and a visitor, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from feedbackloop.core import db
from feedbackloop.staff import service as staff
from tests.support.browser import Pages, axe_findings
from tests.support.clock import Clock
from tests.support.colleague import PASSWORD
from tests.support.improver import Improver
from tests.support.instance import free_port
from tests.support.smtp import Sink

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

SAID = "Met een rolstoel kom ik de winkel niet in."
NAMED = "Hendrik Sloot keurde de helling goed."


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings_env(settings_env: dict[str, str], port: int) -> dict[str, str]:
    return {**settings_env, "PUBLIC_URL": f"http://localhost:{port}"}


@pytest.fixture
def people(app: Flask, sink: Sink, clock: Clock, port: int) -> Iterator[Improver]:
    improver = Improver(app, sink, clock)
    for number in range(3):
        name = "Hendrik Sloot" if number == 0 else f"Jet Appelman{number}"
        improver.complains(f"K-{number}", name=name, category="winkel", root_cause="drempel", opened_at=clock.now)
    improver.complains("K-9", category="bezorging", subject="Te laat")
    with app.app_context(), db.transaction():
        for name in ("Noor", "Bram"):
            staff.create(f"{name.lower()}@ours.example", name, "quality", PASSWORD)
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield improver
    server.shutdown()


@pytest.fixture
def colleague(pages: Pages, port: int) -> Callable[..., Page]:
    """A colleague at a browser of their own, signed in."""

    def open_(name: str, width: int) -> Page:
        page = pages(width=width)
        page.goto(f"http://localhost:{port}/staff/sign-in")
        page.get_by_label("E-mailadres").fill(f"{name.lower()}@ours.example")
        page.get_by_label("Wachtwoord").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button").click()
        expect(page).not_to_have_url(f"http://localhost:{port}/staff/sign-in")
        return page

    return open_


def _looks_right(page: Page) -> None:
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_theme_becomes_public_by_two_people_and_goes_again(
    people: Improver, colleague: Callable[..., Page], pages: Pages, port: int
) -> None:
    noor, bram = colleague("Noor", 1280), colleague("Bram", 360)
    site = f"http://localhost:{port}"

    # A theme begins it, with its complaints.
    noor.goto(f"{site}/staff/listening/")
    noor.get_by_role("link", name="Verbetering beginnen").first.click()
    dutch = noor.get_by_role("group", name="Nederlands")
    dutch.get_by_label("U zei").fill(SAID)
    dutch.get_by_label("Wij deden").fill(NAMED)
    _looks_right(noor)
    with noor.context.expect_page() as opened:
        dutch.get_by_role("button", name="Voorbeeld in een nieuw tabblad").click()
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text(SAID)
    noor.get_by_role("button", name="Opslaan").click()
    expect(noor.locator("main")).to_contain_text("3 klachten")

    # One more is picked, and taken away again.
    noor.get_by_role("link", name="Kiezen uit een lijst").click()
    noor.goto(f"{noor.url.partition('?')[0]}?which=other")
    noor.get_by_label("K-9").check()
    _looks_right(noor)
    noor.get_by_role("button", name="De aangevinkte koppelen").click()
    expect(noor.get_by_role("status")).to_contain_text("1 klacht is gekoppeld.")
    noor.get_by_role("link", name="Terug naar de verbetering").click()
    expect(noor.locator("main")).to_contain_text("4 klachten")

    # The gate marks the name; its writer can only ask.
    expect(noor.locator("mark")).to_have_text("Hendrik Sloot")
    expect(noor.get_by_role("button", name="Openbaar maken")).to_have_count(0)
    _looks_right(noor)
    noor.get_by_role("button", name="Een collega vragen om te kijken").click()

    bram.goto(f"{site}/staff/")
    bram.get_by_role("link", name="Verbetering die op een tweede persoon wacht").click()
    bram.get_by_role("link", name=SAID).click()
    _looks_right(bram)
    bram.get_by_role("button", name="Dit mag er staan").click()
    expect(bram.get_by_role("status")).to_contain_text("Het mag er staan.")
    bram.get_by_role("button", name="Openbaar maken").click()
    expect(bram.get_by_role("status")).to_contain_text("openbaar")

    # A visitor reads it, then its correction, then how it stood before.
    visitor = pages(width=360)
    visitor.goto(f"{site}/improvements/")
    visitor.get_by_role("link", name=SAID).click()
    expect(visitor.locator("main")).to_contain_text(NAMED)
    entry = visitor.url
    noor.reload()
    noor.get_by_role("link", name="Tekst veranderen").click()
    dutch.get_by_label("Wij deden").fill("De helling ligt er.")
    dutch.get_by_label("Wat u veranderd hebt").fill("De helling is klaar.")
    noor.get_by_role("button", name="Opslaan").click()
    visitor.reload()
    expect(visitor.locator("main")).to_contain_text("De helling is klaar.")
    _looks_right(visitor)
    visitor.get_by_role("link", name="Zoals het er eerst stond").click()
    expect(visitor.locator("main")).to_contain_text(NAMED)
    _looks_right(visitor)
    visitor.get_by_role("link", name="Zoals het er nu staat").click()
    expect(visitor).to_have_url(entry)

    # Off the page it leaves a page that says so.
    noor.get_by_role("button", name="Van de pagina halen").click()
    gone = visitor.reload()
    assert gone is not None
    assert gone.status == 410
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Dit staat hier niet meer")
    _looks_right(visitor)
