"""The log, an entry and the page behind told-you-so, for everybody: at each width, light and dark, by axe's rules."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Literal

import pytest
from flask import Flask
from playwright.sync_api import expect
from werkzeug.serving import make_server

from feedbackloop.improvements.service import Words
from tests.support.browser import Pages, axe_findings
from tests.support.clock import Clock
from tests.support.improver import EN, NL, Improver
from tests.support.instance import free_port
from tests.support.measured import both, done, opens
from tests.support.smtp import Sink

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

RICH = Words(
    "De webshop zei ‘op voorraad’.\n\nMaar het was er niet.", "Dit werkt nu:\n\n- een\n- [twee](https://a.example)"
)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings_env(settings_env: dict[str, str], port: int) -> dict[str, str]:
    return {**settings_env, "PUBLIC_URL": f"http://localhost:{port}"}


@pytest.fixture
def people(app: Flask, sink: Sink, clock: Clock, port: int) -> Iterator[Improver]:
    improver = Improver(app, sink, clock)
    ids = [improver.complains(f"K-{n}") for n in range(12)]
    improver.public(ids, texts={"nl": RICH, "en": EN}, status="done", category="webshop")
    improver.public(ids[:2], texts={"nl": NL}, status="not_possible")
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield improver
    server.shutdown()


LOOKS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (320, "light"),
    (360, "dark"),
    (1280, "light"),
    (1280, "dark"),
)


def test_each_page_is_for_everybody(people: Improver, pages: Pages, port: int) -> None:
    paths = ("/improvements/", f"/improvements/{people.slug(1)}", people.told_path(), "/embed/improvements")
    for width, scheme in LOOKS:
        opened = pages(width=width, scheme=scheme)
        for path in paths:
            answer = opened.goto(f"http://localhost:{port}{path}")
            assert answer is not None
            assert answer.status == 200
            assert axe_findings(opened) == [], (path, width, scheme)
            assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)


def test_a_person_answers_on_a_phone_without_script(people: Improver, pages: Pages, port: int) -> None:
    page = pages(width=360, height=660, javascript=False)
    page.goto(f"http://localhost:{port}{people.told_path()}")
    page.get_by_role("button", name="Versturen").click()
    expect(page).to_have_title(re.compile("^Fout:"))
    page.get_by_text("Nee, dit is het niet").click()
    page.get_by_role("button", name="Versturen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dank u, wij hebben uw antwoord")
    assert people.telling().helps == "no"


def test_a_visitor_finds_what_was_done_and_whether_it_worked(people: Improver, pages: Pages, port: int) -> None:
    """From the list by a word, to the entry, its chart and its table, to how complaints are handled: without script."""
    measured = done(people, texts={"nl": NL, "en": EN})
    opens(people, [*both(), people.clock.now])
    page = pages(width=360, height=660, javascript=False, locale="nl-NL")
    page.goto(f"http://localhost:{port}/improvements/")
    page.get_by_label("Zoeken").fill("AVOND érvoor")
    page.get_by_label("Status").select_option("Gedaan")
    page.get_by_role("button", name="Toon").click()
    expect(page.get_by_role("article")).to_have_count(1)
    expect(page.get_by_role("article")).to_contain_text("58 % minder klachten hierover")
    page.get_by_role("link", name=NL.you_said).click()
    expect(page).to_have_url(re.compile(f"/improvements/{people.slug(measured)}$"))
    expect(page.get_by_role("img", name="Klachten per week hierover")).to_have_count(1)
    expect(page.get_by_text("Dat is ongeveer de helft van wat het was (58 % minder).")).to_be_visible()
    page.get_by_text("Alle getallen in een tabel").click()
    expect(page.get_by_role("row")).to_have_count(20)
    page.get_by_role("link", name="Zo gaan wij om met klachten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Zo gaan wij om met klachten")
    expect(page.get_by_role("row").nth(1)).to_contain_text("klachten kregen wij")
