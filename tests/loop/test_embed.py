"""The embed on a page of another origin, in a real browser: allowed or not, under a strict policy, without moving."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask
from playwright.sync_api import Frame, Page, expect
from werkzeug.serving import make_server

from feedbackloop.improvements.service import Words
from tests.support.browser import Pages
from tests.support.improver import EN, NL, Improver
from tests.support.instance import free_port

# One database is enough: what is looked at is what a browser makes of the answers.
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

LONG = "<p>A sentence of the shop’s own page, which must not move.</p>" * 3
MOVED = """() => new Promise((done) => {
  let moved = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) moved += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(moved), 800);
})"""


@dataclass
class Shop:
    """A company's own site: another origin, with pages and a policy of its own."""

    port: int
    loop: str
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def shows(self, body: str, policy: str = "", head: str = "") -> str:
        """Serves a page with this body; its address."""
        path = f"/page{len(self.pages)}"
        styles = "main{max-width:44rem;margin:auto}.box{min-height:40rem}.low{height:150vh}"
        self.pages["/shop.css"] = (styles, "")
        html = (
            f'<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">{head}'
            f'<link rel="stylesheet" href="/shop.css"></head><body><main>{body}</main></body></html>'
        )
        self.pages[path] = (html, policy)
        return f"{self.origin}{path}"

    def tag(self, **data: str) -> str:
        wishes = "".join(f' data-{name}="{value}"' for name, value in data.items())
        return f'<script src="{self.loop}/embed.js" data-feedbackloop="improvements"{wishes} async></script>'


def _serve(shop: Shop) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text, policy = shop.pages.get(self.path, ("", ""))
            self.send_response(200 if text else 404)
            self.send_header("Content-Type", "text/css" if self.path.endswith(".css") else "text/html; charset=utf-8")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", shop.port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def loop_port() -> int:
    return free_port()


@pytest.fixture
def shop(loop_port: int) -> Iterator[Shop]:
    made = Shop(free_port(), f"http://localhost:{loop_port}")
    server = _serve(made)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings_env(settings_env: dict[str, str], loop_port: int, shop: Shop) -> dict[str, str]:
    return {
        **settings_env,
        "PUBLIC_URL": f"http://localhost:{loop_port}",
        "FEEDBACKLOOP_EMBED_ORIGINS": shop.origin,
        "FEEDBACKLOOP_ORGANISATION": "Testwinkel",
    }


@pytest.fixture
def people(app: Flask, loop_port: int) -> Iterator[Improver]:
    """Three public improvements, served on the other origin."""
    improver = Improver(app, None, None)  # type: ignore[arg-type]
    for _ in range(3):
        improver.public(texts={"nl": NL, "en": EN}, category="bezorging")
    server = make_server("127.0.0.1", loop_port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield improver
    server.shutdown()


def _frame(page: Page) -> Frame:
    expect(page.locator("iframe")).to_be_visible()
    return next(one for one in page.frames if "/embed/improvements" in one.url)


def test_a_page_of_a_listed_origin_shows_the_entries_at_their_full_height(
    people: Improver, shop: Shop, pages: Pages
) -> None:
    page = pages(width=1280)
    page.goto(shop.shows(f"<h1>About us</h1>{LONG}{shop.tag(locale='en', limit='2')}{LONG}"))
    frame = _frame(page)
    assert frame.locator("article").count() == 2
    assert EN.you_said in frame.locator("article").first.inner_text()
    expect(page.locator("main > div > a")).to_have_count(0)
    wanted = frame.evaluate("document.documentElement.getBoundingClientRect().height")
    shown = page.locator("iframe").bounding_box()
    assert shown is not None
    assert shown["height"] >= wanted
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_nothing_moves_where_the_tag_stands_in_a_box(people: Improver, shop: Shop, pages: Pages) -> None:
    page = pages(width=1280)
    page.goto(shop.shows(f'<h1>About us</h1><div class="box">{shop.tag(limit="3")}</div>{LONG}'))
    _frame(page)
    assert page.evaluate(MOVED) == 0


def test_nothing_moves_where_it_stands_below_what_is_seen(people: Improver, shop: Shop, pages: Pages) -> None:
    page = pages(width=360, height=640)
    page.goto(shop.shows(f'<div class="low">{LONG}</div>{shop.tag(limit="3")}{LONG}'))
    page.wait_for_timeout(300)
    page.mouse.wheel(0, 900)
    frame = _frame(page)
    page.wait_for_timeout(300)
    assert page.evaluate(MOVED) == 0
    page.mouse.wheel(0, 4000)
    page.wait_for_timeout(300)
    box, wanted = page.locator("iframe").bounding_box(), frame.evaluate("document.documentElement.offsetHeight")
    assert box is not None
    assert abs(box["height"] - wanted) <= 1


@pytest.mark.parametrize("width", [320, 1280])
def test_it_works_under_a_strict_policy(people: Improver, shop: Shop, pages: Pages, width: int) -> None:
    policy = (
        f"default-src 'none'; script-src {shop.loop}; frame-src {shop.loop}; style-src 'self'; img-src data:; "
        "require-trusted-types-for 'script'; base-uri 'none'"
    )
    page = pages(width=width)
    page.goto(shop.shows(f"{LONG}{shop.tag(limit='2', theme='dark', accent='#a8571b')}", policy))
    frame = _frame(page)
    assert frame.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_can_be_drawn_in_the_page_itself_under_a_strict_policy(people: Improver, shop: Shop, pages: Pages) -> None:
    policy = f"default-src 'none'; script-src {shop.loop}; connect-src {shop.loop}; style-src 'self'; img-src data:"
    page = pages(locale="nl-NL")
    page.goto(shop.shows(f"{LONG}{shop.tag(limit='2', mode='inline', locale='nl')}{LONG}", policy))
    items = page.locator("main > div article")
    expect(items).to_have_count(2)
    assert NL.you_said in items.first.inner_text()
    href = items.first.locator("a").get_attribute("href") or ""
    assert href.startswith(f"{shop.loop}/improvements/bestellingen-kwamen-te-laat")
    assert page.locator("iframe").count() == 0


@pytest.mark.parametrize("mode", ["frame", "inline"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_moves_in_a_box_under_a_strict_policy_on_a_dark_page(
    people: Improver, shop: Shop, pages: Pages, mode: str, width: int
) -> None:
    policy = (
        f"default-src 'none'; script-src {shop.loop}; frame-src {shop.loop}; connect-src {shop.loop}; "
        "style-src 'self'; img-src data:"
    )
    page = pages(width=width, scheme="dark")
    tag = shop.tag(limit="3", mode=mode, theme="dark")
    head = '<meta name="color-scheme" content="dark">'
    page.goto(shop.shows(f'<h1>About us</h1><div class="box">{tag}</div>{LONG}', policy, head))
    shown = page.locator("iframe" if mode == "frame" else ".box article").first
    expect(shown).to_be_visible()
    assert page.evaluate(MOVED) == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # Light letters on the dark page, or the frame's own.
    colour = "getComputedStyle(one).color" if mode == "inline" else "getComputedStyle(one).colorScheme"
    assert shown.evaluate(f"(one) => {colour}") in ("rgb(255, 255, 255)", "dark")


def test_what_is_not_understood_falls_back_and_the_console_says_so(people: Improver, shop: Shop, pages: Pages) -> None:
    page = pages()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    wrong = {"locale": "fr", "limit": "veel", "category": "onbekend", "accent": "red", "theme": "blue"}
    page.goto(shop.shows(f"{shop.tag(**wrong)}{shop.tag(limit='2', mode='sideways')}{shop.tag(limit='1')}"))
    expect(page.locator("iframe")).to_have_count(3)
    page.wait_for_timeout(500)
    counts = [one.locator("article").count() for one in page.frames if "/embed/" in one.url]
    assert sorted(counts) == [1, 2, 3]
    told = " | ".join(one for one in said if one.startswith("feedbackloop:"))
    assert all(name in told for name in (*wrong, "mode")), said
    page.goto(shop.shows(shop.tag(limit="0", mode="inline")))
    expect(page.locator("main > div article")).to_have_count(3)
    assert said[-1] == "feedbackloop: default for limit"
    pages.errors.clear()  # the warnings that were asked for


def test_words_of_ours_stay_words_where_the_page_draws_them(people: Improver, shop: Shop, pages: Pages) -> None:
    nasty = Words("<img src=x onerror=alert(1)>", "<script>alert(1)</script> [x](javascript:alert(1))")
    people.public(texts={"en": nasty}, locale="en", category="nasty")
    page = pages()
    page.goto(shop.shows(shop.tag(mode="inline", category="nasty", locale="en")))
    item = page.locator("main > div article")
    expect(item).to_have_count(1)
    assert "<img src=x onerror=alert(1)>" in item.inner_text()
    assert item.locator("img, script").count() == 0
    assert [one.get_attribute("href") for one in item.locator("a").all()] == [
        f"{shop.loop}/improvements/{people.slug(4)}"
    ]


def test_without_a_script_a_link_remains(people: Improver, shop: Shop, pages: Pages) -> None:
    page = pages(javascript=False)
    link = f'<noscript><a href="{shop.loop}/improvements/">Read it</a></noscript>'
    page.goto(shop.shows(f"{shop.tag()}{link}"))
    expect(page.get_by_role("link", name="Read it")).to_be_visible()


@pytest.mark.parametrize("mode", ["frame", "inline"])
def test_on_an_origin_that_is_not_listed_a_link_remains(people: Improver, shop: Shop, pages: Pages, mode: str) -> None:
    page = pages()
    # The same server under another name is another origin.
    address = shop.shows(f"{LONG}{shop.tag(mode=mode)}{LONG}").replace("127.0.0.1", "localhost")
    page.goto(address)
    link = page.locator("main > div > a")
    expect(link).to_be_visible()
    assert link.inner_text() == "Read what customers said and what we did"
    assert link.get_attribute("href") == f"{shop.loop}/improvements/"
    assert all(EN.you_said not in one.content() for one in page.frames)
    pages.errors.clear()  # the browser's own word on what was refused


def test_only_the_frame_itself_sets_the_height(people: Improver, shop: Shop, pages: Pages) -> None:
    page = pages()
    page.goto(shop.shows(f"{shop.tag(limit='2')}{LONG}"))
    _frame(page)
    before = page.locator("main > div").bounding_box()
    page.evaluate(
        """() => {
          for (const height of [9999, -5, 1e9, "9999", NaN]) {
            postMessage({ feedbackloop: "height", height }, "*");
            const own = document.createElement("iframe");
            document.body.append(own);
            own.contentWindow.eval(`parent.postMessage({feedbackloop: "height", height: 9999}, "*")`);
          }
        }"""
    )
    page.wait_for_timeout(300)
    assert page.locator("main > div").bounding_box() == before


def test_each_tag_of_a_page_is_placed_by_itself(people: Improver, shop: Shop, pages: Pages) -> None:
    page = pages()
    page.goto(shop.shows(f"{shop.tag(limit='1')}<h2>And</h2>{shop.tag(limit='2', mode='inline')}"))
    _frame(page)
    expect(page.locator("main > div article")).to_have_count(2)
    assert page.locator("iframe").count() == 1


def test_the_script_does_nothing_for_another_tag(people: Improver, shop: Shop, pages: Pages) -> None:
    page = pages()
    page.goto(shop.shows(f'<script src="{shop.loop}/embed.js" async></script>{LONG}'))
    page.wait_for_timeout(300)
    assert page.locator("iframe").count() == 0
    assert page.locator("main > div").count() == 0


def test_the_colours_follow_the_page_around_it(people: Improver, shop: Shop, pages: Pages) -> None:
    light = pages(scheme="dark")
    light.goto(shop.shows(shop.tag(limit="1")))
    scheme = "getComputedStyle(document.documentElement).colorScheme"
    assert _frame(light).evaluate(scheme) == "light"
    both = pages(scheme="dark")
    both.goto(shop.shows(shop.tag(limit="1"), head='<meta name="color-scheme" content="light dark">'))
    assert _frame(both).evaluate("getComputedStyle(document.body).color") == "rgb(239, 236, 230)"
