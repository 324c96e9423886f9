"""The board of ambassadors at two sizes: its queries beside bare SQL that reads the same cards, its pages beside an
empty one, and what a million people make of either. With the plan's own time of every statement of these pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, LiteralString

import psycopg
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks import board_seed, numbers
from benchmarks.report import Figure, Part, Ratio
from benchmarks.stage import BenchError, Stage, plain
from feedbackloop import create_app
from feedbackloop.ambassadors import board, listing
from feedbackloop.ambassadors.board import NOBODY, Card, Filter
from feedbackloop.ambassadors.rules import COLUMNS
from feedbackloop.core import access
from tests.support.databases import SECRET_KEY
from tests.support.forms import submit

CARDS = 20  # of each column
LONGEST_MS = 50.0
_EMPTY = "/staff/bench-empty"
_BOARD = "/staff/ambassadors/"
# What is asked of both sizes; a page that this version does not have is left out.
PAGES = {
    "board": _BOARD,
    "list": f"{_BOARD}list",
    "person": f"{_BOARD}501",
    "numbers": "/staff/numbers/",
    "overview": "/staff/",
}
_LANGUAGES = ("nl", "en")
_NOW = datetime.now(UTC)
_WEEK, _YEAR = _NOW - timedelta(days=7), _NOW - timedelta(days=365)
# Whose plans are looked at besides, on the board and in every order of the list: what is rare, what is common, and
# what is rare only together.
_NARROWED: Mapping[str, Filter] = {
    "everybody": Filter(),
    "rare category": Filter(category="inruil"),
    "common category": Filter(category="bezorging"),
    "language": Filter(locale="nl", locales=_LANGUAGES),
    "rare consent": Filter(consent="reference"),
    "rare consent and category": Filter(consent="story", category="inruil"),
    "rare owner": Filter(owner=board_seed.OWNERS),
    "nobody, detractors": Filter(owner=NOBODY, score="detractor"),
    "detractors, rare consent": Filter(score="detractor", consent="reference"),
    "three at once": Filter(locale="en", locales=_LANGUAGES, category="lease", consent="picture"),
    "nobody fits": Filter(category="is er niet", consent="reference"),
    "rare tag": Filter(tag="beurs"),
    "common tag": Filter(tag="nieuwsbrief"),
    "common tag, rare category": Filter(tag="nieuwsbrief", category="inruil"),
    "a week": Filter(since=_WEEK),
    "a year": Filter(since=_YEAR),
    "a year, rare category": Filter(since=_YEAR, category="inruil"),
    "a week, rare consent": Filter(since=_WEEK, consent="reference"),
    "a year, detractors": Filter(since=_YEAR, score="detractor"),
}


@dataclass
class Site:
    """The product on a database with so many people, in this process."""

    people: int
    url: str
    app: Flask
    client: FlaskClient
    rates: dict[str, Figure] = field(default_factory=dict)

    def pages(self) -> dict[str, str]:
        """The pages that this version has."""
        return {name: path for name, path in PAGES.items() if self.client.get(path).status_code == 200}


def part(stage: Stage, sizes: Sequence[int], seconds: float, in_turn: Callable[..., None]) -> list[Part]:
    """Measures each in turn, for so many seconds; then asks PostgreSQL what each statement took."""
    sites = [site(stage, board_seed.database(stage, people), people) for people in sizes]
    return parts(sites, seconds, in_turn)


def parts(sites: Sequence[Site], seconds: float, in_turn: Callable[..., None]) -> list[Part]:
    large = sites[-1]
    ours, bare = Figure("ours: counts, categories and all cards", "boards/s"), Figure("bare SQL, prepared", "boards/s")
    with psycopg.connect(plain(large.url), autocommit=True) as connection:
        _compare(large, connection)
        things = [
            (ours, partial(_reading, large.app, seconds)),
            (bare, lambda: _rate(lambda: _bare(connection), seconds)),
        ]
        in_turn("board", things)
    empty = Figure("an empty staff page", "pages/s")
    paths = [(one, name, path) for name, path in large.pages().items() for one in sites]
    for one, name, _path in paths:
        one.rates[name] = Figure(f"{name}, {one.people:,} people", "pages/s")
    loads = [(empty, lambda: _rate(lambda: _get(large, _EMPTY), seconds))]
    loads += [(one.rates[name], _loading(one, path, seconds)) for one, name, path in paths]
    in_turn("board pages", loads)
    ratios = [
        Ratio("board queries, ours to bare SQL", ours, bare, 0.5),
        Ratio("the board's page to an empty one", large.rates["board"], empty, 0.3),
    ]
    for name in large.rates:
        for other in sites[:-1]:
            title = f"{name}: time with {large.people:,} people to {other.people:,}"
            ratios.append(Ratio(title, other.rates[name], large.rates[name], 1.5))
    figures = [ours, bare, empty, *(one.rates[name] for one, name, _path in paths)]
    remarks = [f"{CARDS} cards a column, in one process. A ratio of times is to be at most its goal."]
    return [
        Part("The board of ambassadors", figures, ratios, remarks),
        plans(large),
        numbers.part([(one.people, one.app) for one in sites], LONGEST_MS),
    ]


def site(stage: Stage, url: str, people: int) -> Site:
    """The product on this database, with a page that has nothing in it, and a marketer who is signed in."""
    settings = {
        "DATABASE_URL": url,
        "FEEDBACKLOOP_INSTANCE": str(stage.home("instance")),
        "SECRET_KEY": SECRET_KEY,
        "PUBLIC_URL": "http://localhost",
        "FEEDBACKLOOP_RATE_LIMITS": "off",
    }
    app = create_app(settings)

    @app.get(_EMPTY)
    @access.requires("marketing")
    def bench_empty() -> str:
        return render_template_string("{% extends 'layout/staff.html' %}")

    client = app.test_client()
    answer = submit(client, "/staff/sign-in", email=board_seed.MARKETER, password=board_seed.PASSWORD)
    if answer.status_code != 303:
        raise BenchError(f"nobody could sign in: {answer.status_code}")
    return Site(people, url, app, client)


def _rate(work: Callable[[], object], seconds: float) -> float:
    for _ in range(8):
        work()  # statements are prepared, templates are read
    done, started = 0, time.perf_counter()
    while (spent := time.perf_counter() - started) < seconds:
        work()
        done += 1
    return done / spent


def _loading(one: Site, path: str, seconds: float) -> Callable[[], float]:
    return lambda: _rate(lambda: _get(one, path), seconds)


def _get(one: Site, path: str) -> None:
    if one.client.get(path).status_code != 200:
        raise BenchError(f"{path} did not come")


def _reading(app: Flask, seconds: float) -> float:
    """On a connection that is held, as the bare way has one."""
    with app.app_context():
        return _rate(_read, seconds)


def _read() -> dict[str, list[Card]]:
    return board.columns(Filter(), CARDS, board.counts(Filter()))


# The bare way


def _bare(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    connection.execute("SELECT totals, categories FROM board_state", prepare=True).fetchall()
    return connection.execute(_CARDS, prepare=True).fetchall()


_COLUMN: LiteralString = (
    "(SELECT * FROM ambassadors WHERE left_at IS NULL AND board_column = '{}' ORDER BY {} LIMIT 20)"
)
_ALL = " UNION ALL ".join(
    _COLUMN.format(name, "not_now_until, id" if name == "not_now" else "stage_since DESC, id DESC") for name in COLUMNS
)
_CARDS: Any = f"""
    SELECT a.id, a.version, a.stage, a.stage_since, a.board_column, a.not_now_until, a.not_now_reason, a.next_step,
        a.next_step_on, a.category, a.locale, a.consents, a.owner_id, a.recommend, c.external_id, c.resolution,
        c.status, p.name, p.email, p.phone, q.comment, q.locale,
        (SELECT min(i.due_at) FROM invitations i
            WHERE i.complaint_id = a.complaint_id AND i.status = 'scheduled' AND a.stage = 'satisfied'),
        (SELECT string_agg(t.tag, ',') FROM ambassador_tags t WHERE t.ambassador_id = a.id)
    FROM ({_ALL}) a JOIN complaints c ON c.id = a.complaint_id
    JOIN customers p ON p.id = a.customer_id
    LEFT JOIN answers q ON q.id = a.quote_answer_id AND a.consents & 1 <> 0
"""  # noqa: S608 - nothing in it comes from anywhere else


def _compare(large: Site, connection: psycopg.Connection[Any]) -> None:
    """That both read the same cards."""
    with large.app.app_context():
        ours = {card.id for cards in _read().values() for card in cards}
    theirs = {row[0] for row in _bare(connection)}
    if ours != theirs or not ours:
        raise BenchError(f"the bare SQL reads other cards: {len(ours)} and {len(theirs)}")


# What PostgreSQL says


def plans(one: Site) -> Part:
    """The time of each statement of these pages, by the plan that PostgreSQL makes for it."""
    times: dict[str, Figure] = {}
    asked: dict[str, Callable[[], object]] = {
        f"page {name}": partial(_get, one, path) for name, path in one.pages().items()
    }
    for name, wanted in _NARROWED.items():
        asked[f"board, {name}"] = partial(_board, wanted)
        asked |= {f"list by {sort}, {name}": partial(_list, wanted, sort) for sort in listing.SORTS}
    with psycopg.connect(plain(one.url), autocommit=True) as connection:
        for name, work in asked.items():
            with one.app.app_context(), _noted() as said:
                work()
            taken = [_took(connection, statement, given) for statement, given in said]
            times[name] = Figure(f"{name}: the slowest of {len(taken)} statements", "ms", [max(taken)])
    slow = [figure.name for figure in times.values() if figure.median > LONGEST_MS]
    said_slow = f"Over {LONGEST_MS:g} ms: {'; '.join(slow)}." if slow else f"None takes over {LONGEST_MS:g} ms."
    return Part(f"Plans with {one.people:,} people: EXPLAIN ANALYZE", list(times.values()), [], [said_slow])


def _board(wanted: Filter) -> None:
    board.columns(wanted, CARDS, board.counts(wanted))


def _list(wanted: Filter, sort: str) -> None:
    """Its first page and one that follows."""
    _cards, after = listing.page(wanted, sort, None, 50)
    if after is not None:
        listing.page(wanted, sort, after, 50)


@contextmanager
def _noted() -> Iterator[list[tuple[str, Any]]]:
    """The statements that are run within the block, with what they are given."""
    said: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH", "(")):
            said.append((statement, given))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _took(connection: psycopg.Connection[Any], statement: str, given: Any) -> float:
    """Milliseconds, the better of two: the first reads what is not in memory yet."""
    found = []
    for _ in range(2):
        row = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}".encode(), given).fetchone()
        assert row is not None
        found.append(float(row[0][0]["Execution Time"]))
    return min(found)
