"""The board in a real browser: by mouse, finger and key, without script, by two at once, and while customers answer."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from werkzeug.serving import make_server

from feedbackloop.ambassadors import board as boards
from feedbackloop.core import db
from feedbackloop.core.history import History
from feedbackloop.extensions import db as database
from feedbackloop.staff import service as staff
from tests.support.boarding import fill
from tests.support.browser import Pages, axe_findings
from tests.support.clock import Clock
from tests.support.colleague import PASSWORD
from tests.support.instance import free_port
from tests.support.letters import eventually
from tests.support.reviewer import Reviewer
from tests.support.smtp import Sink

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

BOARD = "/staff/ambassadors/"
LIVE_MS = 5_000  # what a customer does is on the board by then, and nobody reloads it
STAYED = "document.body.dataset.stayed"  # a mark on the page that a reload would take away


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings_env(settings_env: dict[str, str], port: int) -> dict[str, str]:
    return {**settings_env, "PUBLIC_URL": f"http://localhost:{port}", "FEEDBACKLOOP_FREQUENCY_CAP": "off"}


@pytest.fixture
def people(app: Flask, sink: Sink, clock: Clock, port: int) -> Iterator[Reviewer]:
    reviewer = Reviewer(app, sink, clock)
    with app.app_context(), db.transaction():
        for name in ("Pim", "Noa"):
            staff.create(f"{name.lower()}@ours.example", name, "marketing", PASSWORD)
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield reviewer
    server.shutdown()


@pytest.fixture
def marketer(people: Reviewer, pages: Pages, port: int) -> Callable[..., Page]:
    """A colleague at a browser of their own, who has the board before them."""

    def open_(name: str = "Pim", **look: object) -> Page:
        page = pages(base_url=f"http://localhost:{port}", **look)  # type: ignore[arg-type]
        page.goto(f"/staff/sign-in?next={BOARD}")
        page.get_by_label("E-mailadres").fill(f"{name.lower()}@ours.example")
        page.get_by_label("Wachtwoord").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button").click()
        expect(page.locator("[data-live]")).to_be_attached()
        if look.get("javascript", True):
            page.evaluate(f"{STAYED} = 'yes'")
        return page

    return open_


def card(page: Page, number: str) -> Locator:
    return page.locator(f"main [data-card='{number}']")


def column(page: Page, stage: str) -> Locator:
    return page.locator(f"[data-stage='{stage}']")


def stands_at(page: Page, number: str, stage: str, timeout: float | None = None) -> None:
    expect(column(page, stage).locator(f"[data-card='{number}']")).to_be_visible(timeout=timeout)
    expect(card(page, number)).to_have_count(1)


def said(page: Page) -> Locator:
    return page.locator("[data-board-live]")


def until(page: Page, holds: str) -> None:
    """Waits until this holds on the page. (The policy of our pages forbids what Playwright has for it.)"""
    eventually(lambda: bool(page.evaluate(holds)), 10, lambda: holds)


def middle(of: Locator) -> tuple[float, float]:
    box = of.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 60)


def test_by_mouse_and_by_key_with_undo_and_the_focus_where_it_was(
    people: Reviewer, marketer: Callable[..., Page]
) -> None:
    fill(people, 12)
    page = marketer()
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    board = page.locator("[data-board]")
    assert board.evaluate("board => board.scrollWidth <= board.clientWidth"), "six columns fit on a desk"

    # By mouse; what is dragged over is said, and nothing was marked or followed on the way.
    page.mouse.move(*middle(card(page, "K-2468")))
    page.mouse.down()
    page.mouse.move(*middle(column(page, "clicked")), steps=6)
    expect(said(page)).to_have_text("K-2468 gaat naar Geklikt.")
    expect(column(page, "clicked")).to_have_class(re.compile("target"))
    page.mouse.up()
    stands_at(page, "K-2468", "clicked")
    expect(page.locator(".flash")).to_contain_text("K-2468 staat nu bij Geklikt.")
    expect(said(page)).to_have_text("K-2468 staat nu bij Geklikt.")
    expect(card(page, "K-2468")).to_be_focused()
    expect(page.locator(".ghost")).to_have_count(0)

    # The key that takes back, on the card that was moved.
    page.keyboard.press("z")
    stands_at(page, "K-2468", "satisfied")
    expect(page.locator(".flash")).to_have_text("K-2468 staat weer waar hij stond.")

    # A card that is let go outside every column, or by Escape, stays.
    page.mouse.move(*middle(card(page, "K-2468")))
    page.mouse.down()
    page.mouse.move(*middle(column(page, "reviewed")), steps=4)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".held, .target, .barred, .ghost")).to_have_count(0)
    stands_at(page, "K-2468", "satisfied")

    # By key: to the card, up, over, down; then the menu.
    card(page, "K-2468").focus()
    page.keyboard.press("Space")
    expect(said(page)).to_contain_text("K-2468 opgepakt bij Tevreden.")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(said(page)).to_have_text("K-2468 gaat naar Geklikt.")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    stands_at(page, "K-2468", "invited")
    expect(card(page, "K-2468")).to_be_focused()
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Tevreden")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card(page, "K-2468").locator("summary")).to_be_focused()
    assert page.evaluate(STAYED) == "yes", "no move loads the page again"

    # 'Not now' asks why, on a small page, and comes back to the board with its filter.
    page.goto(f"{BOARD}?category=bezorging")
    card(page, "K-2468").locator("summary").click()
    card(page, "K-2468").get_by_role("button", name="Niet nu").click()
    page.get_by_label("Waarom nu niet").fill("Verhuist net")
    assert axe_findings(page) == []
    page.get_by_label("Opnieuw kijken op").fill("2027-03-01")
    page.get_by_role("button", name="Bewaren voor later").click()
    expect(page).to_have_url(re.compile(r"\?category=bezorging$"))
    expect(column(page, "not_now").locator("[data-card='K-2468']")).to_contain_text("Verhuist net")
    expect(card(page, "K-2468")).to_be_focused()
    with people.app.app_context():
        who = History.actor.startswith("staff:")
        kept = list(database.session.scalars(database.select(History.what).where(who).order_by(History.id)))
    assert kept == ["moved", "moved", "moved", "put_off"]


def test_by_finger(people: Reviewer, marketer: Callable[..., Page]) -> None:
    fill(people, 60)
    page = marketer(width=390, height=760, touch=True)
    touch = page.context.new_cdp_session(page)

    def finger(kind: str, x: float = 0, y: float = 0) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    # A finger that moves at once scrolls, and picks nothing up.
    x, y = middle(card(page, "K-2468"))
    finger("touchStart", x, y)
    for step in range(1, 9):
        finger("touchMove", x, y - 25 * step)
    page.wait_for_timeout(200)  # a finger that rests before it lifts leaves nothing rolling
    finger("touchMove", x, y - 201)
    finger("touchEnd")
    until(page, "scrollY > 20")
    expect(page.locator(".held")).to_have_count(0)
    page.evaluate("scrollTo(0, 0)")
    until(page, "scrollY === 0")

    # One that rests picks up; the page stays where it is while the card goes along.
    x, y = middle(card(page, "K-2468"))
    finger("touchStart", x, y)
    expect(card(page, "K-2468")).to_have_class(re.compile("held"))
    there = middle(column(page, "invited"))
    for step in range(1, 6):
        finger("touchMove", x + (there[0] - x) * step / 5, y)
    expect(column(page, "invited")).to_have_class(re.compile("target"))
    assert page.evaluate("scrollY") == 0
    finger("touchEnd")
    stands_at(page, "K-2468", "invited")

    # Held at the edge the board scrolls along, to a column that was out of sight.
    first = column(page, "satisfied").locator(".bcard").first
    x, y = middle(first)
    moved = str(first.get_attribute("data-card"))
    finger("touchStart", x, y)
    expect(page.locator(".bcard.held")).to_have_count(2)  # the card, and what follows the finger
    finger("touchMove", 380, y)
    until(page, "(b => b.scrollLeft + b.clientWidth > b.scrollWidth - 4)(document.querySelector('[data-board]'))")
    there = middle(column(page, "ambassador"))
    finger("touchMove", there[0], y)
    expect(column(page, "ambassador")).to_have_class(re.compile("target"))
    finger("touchEnd")
    stands_at(page, moved, "ambassador")


def test_two_at_once_and_what_customers_do_meanwhile(
    people: Reviewer, marketer: Callable[..., Page], port: int
) -> None:
    # An empty board says what will come; the first card comes by itself.
    first = people.brings("K-1", category="bezorging")
    link = people.is_asked(first)
    pim, noa = marketer("Pim"), marketer("Noa", width=768)
    for page in (pim, noa):
        expect(page.locator(".empty")).to_contain_text("Tevreden")
    assert people.answers(link, "yes").status_code == 303
    for page in (pim, noa):
        stands_at(page, "K-1", "satisfied", LIVE_MS)
        expect(column(page, "ambassador").locator(".below")).not_to_be_empty()

    # The second is announced, and takes neither focus nor scrolling from who is at work.
    card(pim, "K-1").locator(".bhead a").focus()
    people.says_yes("K-2", category="winkel")
    stands_at(pim, "K-2", "satisfied", LIVE_MS)
    expect(said(pim)).to_have_text("K-2 is nieuw bij Tevreden.")
    expect(card(pim, "K-1").locator(".bhead a")).to_be_focused()
    expect(pim.locator("[data-refreshed]")).to_have_text(re.compile(r"Ververst \d\d\.\d\d\.\d\d"))

    # Under an open menu, and while a card is held, nothing is swapped.
    card(noa, "K-1").locator("summary").click()
    card(pim, "K-1").focus()
    pim.keyboard.press("Space")
    people.says_yes("K-3")
    pim.wait_for_timeout(3_500)
    for page in (pim, noa):
        expect(card(page, "K-3")).to_have_count(0)
    pim.keyboard.press("ArrowRight")
    pim.keyboard.press("Space")
    stands_at(pim, "K-1", "invited")
    expect(card(pim, "K-3")).to_have_count(1)

    # Noa's card is of before: she is told what happened, where she is, and sees the truth.
    card(noa, "K-1").get_by_role("button", name="Beoordeeld").click()
    expect(noa.locator(".flash")).to_contain_text("K-1 staat nu bij Uitgenodigd")
    stands_at(noa, "K-1", "invited")
    assert noa.evaluate(STAYED) == "yes"
    assert axe_findings(noa) == []
    with people.app.app_context():
        found = boards.card(1)
    assert found is not None
    assert found.stage == "invited"

    # What Noa does next comes to Pim.
    card(noa, "K-1").locator("summary").click()
    card(noa, "K-1").get_by_role("button", name="Ambassadeur").click()
    stands_at(pim, "K-1", "ambassador", LIVE_MS)
    expect(said(pim)).to_have_text("K-1 staat nu bij Ambassadeur.")
    expect(card(pim, "K-1")).to_be_focused()

    # A server that is away is said to be, and a card that could not be sent stays; then all goes on by itself.
    pim.context.set_offline(True)
    expect(pim.locator("[data-refreshed]")).to_contain_text("Geen antwoord", timeout=8_000)
    pim.keyboard.press("Space")
    pim.keyboard.press("ArrowLeft")
    pim.keyboard.press("Space")
    stands_at(pim, "K-1", "ambassador")
    pim.context.set_offline(False)
    pim.get_by_role("link", name="Ververs").click()
    expect(pim.locator("[data-refreshed]")).to_contain_text("Ververst")
    assert pim.evaluate(STAYED) == "yes"


def test_without_script(people: Reviewer, marketer: Callable[..., Page]) -> None:
    people.says_yes("K-1", category="bezorging")
    page = marketer(javascript=False, width=360)
    page.goto(f"{BOARD}?category=bezorging")
    expect(page.get_by_role("link", name="Ververs", exact=True)).to_be_visible()
    card(page, "K-1").locator("summary").click()
    card(page, "K-1").get_by_role("button", name="Geklikt").click()
    stands_at(page, "K-1", "clicked")
    expect(page.get_by_role("status").first).to_contain_text("K-1 staat nu bij Geklikt.")
    expect(page).to_have_url(re.compile(r"\?category=bezorging$"))
    page.get_by_role("button", name="Maak ongedaan").click()
    stands_at(page, "K-1", "satisfied")

    # From the list, which keeps its column and its order too.
    page.goto(f"{BOARD}list?column=satisfied&sort=number&category=bezorging")
    page.locator("summary", has_text="Verplaats K-1").click()
    page.get_by_role("button", name="Uitgenodigd").click()
    expect(page.get_by_role("status")).to_contain_text("K-1 staat nu bij Uitgenodigd.")
    expect(page).to_have_url(re.compile(r"list\?category=bezorging&column=satisfied&sort=number$"))
    expect(page.locator(".empty")).to_be_visible()
