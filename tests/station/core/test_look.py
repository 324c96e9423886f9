"""The layouts and the macros in a real browser: for everybody, at every width, light and dark; and the board's keys.

The pages are specimens: they hold every macro once. The pages of the product have tests of their own.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import jinja2
import pytest
from flask import Flask, g, redirect, render_template, request
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect, FlaskForm
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

import feedbackloop
from feedbackloop import config
from feedbackloop.core import brand, paths, web
from feedbackloop.core import pages as core_pages
from tests.support.browser import Pages, axe_findings

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 16, 18, 42, tzinfo=UTC)
PACKAGE = Path(feedbackloop.__file__).parent
STAGES = [("satisfied", "Tevreden"), ("invited", "Uitgenodigd"), ("ambassador", "Ambassadeur"), ("not_now", "Niet nu")]
WEEKS = [{"label": f"{day} nov", "value": value} for day, value in ((2, 7), (9, 5), (16, 2), (23, 1))]


class Many(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Answer(FlaskForm):
    class Meta:
        csrf = False

    satisfied = RadioField(
        choices=[("yes", "Ja"), ("partly", "Deels"), ("no", "Nee"), ("later", "Nog niet")],
        validators=[InputRequired("Kies een antwoord.")],
    )
    reason = Many(choices=[("amount", "Het bedrag klopt niet")])
    comment = TextAreaField("Wat wilt u vertellen?", validators=[InputRequired("Vul iets in.")])
    rating = RadioField(choices=[(str(n), str(n)) for n in range(1, 6)], validators=[Optional()])
    call_me = BooleanField("Bel mij")


def specimen_app(instance: Path) -> tuple[Flask, list[dict[str, str]]]:
    """A small site around the templates, without a database, and the list of moves that it was sent."""
    app = Flask("specimens", root_path=str(PACKAGE), static_folder="static")
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    folders = [str(Path(__file__).parent / "specimens"), str(paths.folder("templates"))]
    app.jinja_loader = jinja2.FileSystemLoader(folders)
    app.extensions["feedbackloop.settings"] = config.load(
        {
            "FEEDBACKLOOP_INSTANCE": str(instance),
            "FEEDBACKLOOP_ACCENT": "#f2c500",
            "FEEDBACKLOOP_ORGANISATION": "Testwinkel",
        }
    )
    app.extensions["feedbackloop.hosts"] = ["127.0.0.1"]
    app.config.update(SECRET_KEY="specimens", BOOTSTRAP_SERVE_LOCAL=True, WTF_CSRF_CHECK_DEFAULT=False)
    translations = str(PACKAGE / "translations")
    Babel(app, locale_selector=web.select_locale, default_translation_directories=translations)
    Bootstrap5(app)
    CSRFProtect(app)
    web.register(app)
    core_pages.register(app)
    moves: list[dict[str, str]] = []
    _add_pages(app, moves)
    return app, moves


def _add_pages(app: Flask, moves: list[dict[str, str]]) -> None:
    cards = {"satisfied": ["K-1", "K-2"], "invited": ["K-3"], "ambassador": [], "not_now": ["K-4"]}

    @app.before_request
    def sign_in() -> None:
        g.staff = SimpleNamespace(name="Noor Hendriks", role="quality", locale="nl")

    @app.context_processor
    def nav() -> dict[str, Any]:
        stops = (
            ("Overzicht", None, "home"),
            ("Klachten", 16, "loop"),
            ("Herstel", 1234, "loop"),
            ("Verzending", 0, "more"),
        )
        made = [
            SimpleNamespace(
                endpoint="staff", label=words, number=number, group=group, hot=number == 16, current=number == 16
            )
            for words, number, group in stops
        ]
        return {"nav": made, "now": NOW, "weeks": WEEKS}

    @app.route("/public", methods=["GET", "POST"])
    def public() -> str:
        form = Answer()
        form.validate_on_submit()
        return render_template("public.html", form=form)

    @app.route("/embed")
    def embed() -> str:
        return render_template("embed.html", accent=request.args.get("accent"), theme=request.args.get("theme"))

    @app.route("/staff/specimen", endpoint="staff")
    def board() -> str:
        # K-4 may not be moved at all; nobody may be moved to 'Uitgenodigd' by hand.
        allowed = {
            card: [] if card == "K-4" else [one for one in STAGES if one[0] not in (stage, "invited")]
            for stage, held in cards.items()
            for card in held
        }
        return render_template("staff.html", stages=STAGES, cards=cards, moves=allowed)

    @app.post("/move")
    def move() -> Response:
        card, stage = request.form["card"], request.form["stage"]
        moves.append({"card": card, "stage": stage})
        for held in cards.values():
            if card in held:
                held.remove(card)
        cards[stage].append(card)
        core_pages.flash_with_undo(f"{card} staat nu bij {stage}.", "/undo")
        return redirect("/staff/specimen", 303)

    @app.post("/undo")
    def undo() -> Response:
        moves.append({"undo": "yes"})
        return redirect("/staff/specimen", 303)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """The address of the specimens and the moves that were made there."""
    app, moves = specimen_app(tmp_path)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}", moves=moves)
    server.shutdown()
    thread.join()


def _sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
@pytest.mark.parametrize("address", ["/public", "/staff/specimen", "/privacy", "/embed"])
def test_a_page_is_for_everybody(
    pages: Pages, site: SimpleNamespace, address: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = pages(width=width, scheme=scheme, base_url=site.url)
    page.goto(address)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert not axe_findings(page)
    assert not _sideways(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_embed_keeps_the_ground_it_was_asked_for(pages: Pages, site: SimpleNamespace, theme: str) -> None:
    page = pages(scheme="dark" if theme == "light" else "light", base_url=site.url)
    page.goto(f"/embed?theme={theme}&accent=%230b4f3a")
    ink = page.evaluate("getComputedStyle(document.querySelector('.said')).color")
    assert ink == ("rgb(29, 27, 24)" if theme == "light" else "rgb(239, 236, 230)")
    assert not axe_findings(page)


def test_the_page_around_an_embed_shows_through(pages: Pages, site: SimpleNamespace) -> None:
    page = pages(base_url=site.url)
    page.goto("/embed#framed")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgba(0, 0, 0, 0)"


def test_a_form_with_errors_lists_them_and_links_to_the_fields(pages: Pages, site: SimpleNamespace) -> None:
    page = pages(width=360, base_url=site.url)
    page.goto("/public")
    page.get_by_role("button", name="Versturen").click()
    expect(page).to_have_title(re.compile("^Fout: "))
    assert not axe_findings(page)
    alert = page.get_by_role("alert")
    assert alert.get_by_role("link").all_inner_texts() == ["Kies een antwoord.", "Vul iets in."]
    alert.get_by_role("link", name="Kies een antwoord.").click()
    assert page.evaluate("document.activeElement.name") == "satisfied"
    alert.get_by_role("link", name="Vul iets in.").click()
    assert page.evaluate("document.activeElement.id") == "comment"
    described = page.locator("#comment").get_attribute("aria-describedby") or ""
    assert all(page.locator(f"#{part}").count() == 1 for part in described.split())


def test_nothing_is_chosen_beforehand(pages: Pages, site: SimpleNamespace) -> None:
    page = pages(base_url=site.url)
    page.goto("/public")
    assert page.locator(".choice.pointed").count() == 1
    assert page.locator(":checked").count() == 0


def test_reasons_appear_for_no_and_not_for_yes(pages: Pages, site: SimpleNamespace) -> None:
    page = pages(base_url=site.url, javascript=False)
    page.goto("/public")
    reasons = page.locator(".if-asked")
    assert not reasons.is_visible()
    page.get_by_role("radio", name="Nee").check()
    assert reasons.is_visible()
    page.get_by_role("radio", name="Ja").check()
    assert not reasons.is_visible()


def test_a_wide_table_becomes_stacked_rows_on_a_phone(pages: Pages, site: SimpleNamespace) -> None:
    page = pages(width=360, base_url=site.url)
    page.goto("/staff/specimen")
    row = page.locator(".stack-rows tbody tr").first
    tops = row.locator("> *").evaluate_all("cells => cells.map(cell => cell.getBoundingClientRect().top)")
    assert tops == sorted(set(tops))


def test_filters_are_open_on_a_desk_and_folded_on_a_phone(pages: Pages, site: SimpleNamespace) -> None:
    for width, shown in ((1280, True), (360, False)):
        page = pages(width=width, base_url=site.url)
        page.goto("/staff/specimen")
        assert page.get_by_label("Stand").is_visible() is shown


ROLES = ["bg", "sunken", "surface", "accent", "accent-strong", "accent-soft", "on-accent"]
PAINT = """([colours, roles]) => {
  const link = document.querySelector("main a, footer a");
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  return colours.map(colour => {
    document.documentElement.style.setProperty("--brand", colour);
    return roles.map(role => {
      link.style.color = `var(--${role})`;
      brush.fillStyle = getComputedStyle(link).color;
      brush.fillRect(0, 0, 1, 1);
      const [red, green, blue] = brush.getImageData(0, 0, 1, 1).data;
      return "#" + ((1 << 24) | (red << 16) | (green << 8) | blue).toString(16).slice(1);
    });
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_browsers_own_clamp_is_as_readable(
    pages: Pages, site: SimpleNamespace, scheme: Literal["light", "dark"]
) -> None:
    page = pages(scheme=scheme, base_url=site.url)
    page.goto("/privacy")
    given = [
        f"#{r:02x}{g_:02x}{b:02x}" for r in range(0, 256, 51) for g_ in range(0, 256, 51) for b in range(0, 256, 51)
    ]
    for colour, painted in zip(given, page.evaluate(PAINT, [given, ROLES]), strict=True):
        bg, sunken, surface, accent, strong, soft, on_accent = painted
        worst = min(
            brand.contrast(text, ground)
            for text in (accent, strong)
            for ground in (bg, sunken, surface, soft, on_accent)
        )
        assert worst >= brand.CONTRAST, (colour, painted)


def _card(page: Page, name: str) -> Any:
    return page.locator(f"[data-card='{name}']")


def test_a_card_is_moved_with_keys(pages: Pages, site: SimpleNamespace) -> None:
    page = pages(base_url=site.url)
    page.goto("/staff/specimen")
    _card(page, "K-1").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.card") == "K-2"
    page.keyboard.press("Space")
    said = page.locator("[data-board-live]")
    assert "K-2 opgepakt bij Tevreden" in said.inner_text()
    page.keyboard.press("ArrowRight")  # 'Uitgenodigd' is not for this card, so it goes past it
    assert "Ambassadeur" in said.inner_text()
    with page.expect_navigation():
        page.keyboard.press("Space")
    assert site.moves == [{"card": "K-2", "stage": "ambassador"}]
    assert "K-2 staat nu bij ambassador" in page.locator(".flash").inner_text()
    _card(page, "K-2").focus()
    with page.expect_navigation():
        page.keyboard.press("z")
    assert site.moves[-1] == {"undo": "yes"}


def test_escape_lets_go_and_nothing_is_sent(pages: Pages, site: SimpleNamespace) -> None:
    page = pages(base_url=site.url)
    page.goto("/staff/specimen")
    _card(page, "K-1").focus()
    for key in ("Space", "ArrowRight", "Escape"):
        page.keyboard.press(key)
    assert "K-1 blijft bij Tevreden" in page.locator("[data-board-live]").inner_text()
    assert page.locator(".held").count() == 0
    assert site.moves == []


def test_a_card_that_may_not_move_says_so(pages: Pages, site: SimpleNamespace) -> None:
    page = pages(base_url=site.url)
    page.goto("/staff/specimen")
    _card(page, "K-4").focus()
    page.keyboard.press("Space")
    assert "K-4 kan niet worden verplaatst" in page.locator("[data-board-live]").inner_text()


def test_a_card_is_dragged_with_the_mouse(pages: Pages, site: SimpleNamespace) -> None:
    page = pages(base_url=site.url)
    page.goto("/staff/specimen")
    text = _card(page, "K-1").locator(".cat")
    text.drag_to(page.locator("[data-stage='invited']"))
    assert site.moves == []
    with page.expect_navigation():
        text.drag_to(page.locator("[data-stage='not_now']"))
    assert site.moves == [{"card": "K-1", "stage": "not_now"}]


def test_the_menu_moves_a_card_without_script(pages: Pages, site: SimpleNamespace) -> None:
    page = pages(base_url=site.url, javascript=False)
    page.goto("/staff/specimen")
    _card(page, "K-3").locator("summary").click()
    with page.expect_navigation():
        _card(page, "K-3").get_by_role("button", name="Ambassadeur").click()
    assert site.moves == [{"card": "K-3", "stage": "ambassador"}]
