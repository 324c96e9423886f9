"""From a number to its people and back, in a real browser, at a desk and on a phone."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from feedbackloop.ambassadors.numbers import jobs
from feedbackloop.core.db import transaction
from feedbackloop.staff import service as staff
from tests.support.browser import Pages, axe_findings
from tests.support.clock import Clock
from tests.support.colleague import PASSWORD
from tests.support.instance import free_port
from tests.support.mix import Mix

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings_env(settings_env: dict[str, str], port: int) -> dict[str, str]:
    return {**settings_env, "PUBLIC_URL": f"http://localhost:{port}"}


@pytest.fixture
def url(app: Flask, clock: Clock, port: int) -> Iterator[str]:
    """An instance with people of every kind, counted."""
    with app.app_context(), transaction():
        Mix(clock.now).add(120)
        staff.create("pim@ours.example", "Pim", "marketing", PASSWORD)
    with app.app_context():
        jobs.count()
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{port}"
    server.shutdown()


def opens(pages: Pages, url: str, width: int) -> Page:
    page = pages(width=width, locale="en-GB", base_url=url)
    page.goto("/staff/sign-in")
    page.get_by_label("E-mail").fill("pim@ours.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/staff/$"))
    return page


def test_a_number_leads_to_its_people_and_back(url: str, pages: Pages) -> None:
    page = opens(pages, url, 1280)
    page.goto("/staff/numbers/?period=12m")
    assert axe_findings(page) == []
    funnel = page.get_by_role("table", name="From resolved to ambassador")
    number = funnel.get_by_role("row", name=re.compile("^Satisfied")).get_by_role("link")
    people = number.inner_text()
    number.click()
    expect(page.get_by_role("heading", name=f"Satisfied {people}")).to_be_visible()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(min(int(people), 50) + 1)
    assert axe_findings(page) == []
    page.get_by_label("Category").select_option("Bezorging")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(f"Satisfied {people}")
    page.get_by_role("link", name="Numbers of the pipeline").click()
    expect(page.get_by_label("Category")).to_have_value("Bezorging")
    page.get_by_role("link", name="Would recommend").click()
    expect(page.get_by_role("columnheader", name="9 or 10").first).to_be_visible()
    expect(page.get_by_label("Category")).to_have_value("Bezorging")
    phone = opens(pages, url, 360)
    for address in ("/staff/numbers/?period=12m", "/staff/numbers/people?period=12m&step=answered"):
        phone.goto(address)
        expect(phone.get_by_role("heading", level=1)).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth") == 360, "wider than the screen"
        assert axe_findings(phone) == []
