"""What the board shows of many: each filter, each order, both ways to the cards, and how many statements it takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from feedbackloop.ambassadors import board, board_sql, cards, listing, service
from feedbackloop.ambassadors.board import NOBODY, Card, Cursor, Filter
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.rules import COLUMNS, band
from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from tests.support import crowd
from tests.support.clock import Clock
from tests.support.colleague import signed_in

LANGUAGES = ("nl", "en")
FILTERS = (
    Filter(),
    Filter(category="winkel"),
    Filter(locale="en", locales=LANGUAGES),
    Filter(locale="nl", locales=LANGUAGES),  # and everybody whose language is not offered
    Filter(consent="reference"),
    Filter(owner=NOBODY),
    Filter(owner=1),
    Filter(score="promoter"),
    Filter(score="detractor", consent="name", category="bezorging"),
    Filter(tag="vip"),
    Filter(since=crowd.NOW - timedelta(hours=20)),
    Filter(tag="beurs", since=crowd.NOW - timedelta(hours=30), consent="quote"),
    Filter(column="not_now", score="promoter"),
    Filter(column="invited", owner=2),
    Filter(category="is er niet"),
)


_postgresql = partial(pytest.param, marks=pytest.mark.postgresql)


def _fits(card: Card, wanted: Filter) -> bool:
    """What a filter means, said once more and row by row."""
    speaks = card.locale if card.locale in LANGUAGES else LANGUAGES[0]
    return all(
        (
            wanted.category in (None, card.category),
            wanted.locale in (None, speaks),
            wanted.since is None or card.stage_since >= wanted.since,
            wanted.consent is None or wanted.consent in card.consents,
            wanted.owner is None or card.owner_id == (None if wanted.owner == NOBODY else wanted.owner),
            wanted.score in (None, band(card.recommend)),
            wanted.tag is None or wanted.tag in card.tags,
            wanted.column in (None, card.column),
        )
    )


_KEYS: dict[str, Any] = {
    "newest": lambda card: (-card.stage_since.timestamp(), -card.id),
    "oldest": lambda card: (card.stage_since, card.id),
    "next": lambda card: (
        (card.next_step_on is None, card.next_step_on, card.id) if card.next_step_on else (True, card.id)
    ),
    "number": lambda card: int(card.number[2:]),
}


@contextmanager
def _reading(app: Flask, clock: Clock, people: int = 120) -> Iterator[dict[int, Card]]:
    """A board with many people; all its cards, read one by one."""
    clock.set(crowd.NOW)
    crowd.gathers(app, people)
    with app.app_context():
        ids = db.session.scalars(db.select(Ambassador.id)).all()
        found = {one: board.card(one) for one in ids}
        yield {one: card for one, card in found.items() if card}


def _pages(wanted: Filter, sort: str) -> list[int]:
    seen: list[int] = []
    after: Cursor | None = None
    while True:
        found, after = listing.page(wanted, sort, after, 13)
        seen += [card.id for card in found]
        if after is None:
            return seen
        after = Cursor.read(str(after))


@pytest.mark.parametrize(
    ("database_url", "way"),
    [
        ("sqlite", "the one there is"),
        *(_postgresql("postgresql", way) for way in ("as it costs less", board_sql.WALK, board_sql.KINDS)),
    ],
    indirect=["database_url"],
)
def test_every_filter_in_every_order_shows_who_fits_and_nobody_else(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way in (board_sql.WALK, board_sql.KINDS):
        monkeypatch.setattr(board_sql, "way", lambda *_: way)
    with _reading(app, clock) as everybody:
        assert {card.column for card in everybody.values()} == set(COLUMNS)
        for wanted in FILTERS:
            fitting = [card for card in everybody.values() if _fits(card, wanted)]
            assert bool(fitting) == (wanted.category != "is er niet"), wanted
            counted = board.counts(wanted)
            assert counted == {
                name: len(there) for name in COLUMNS if (there := [c for c in fitting if c.column == name])
            }
            for sort in listing.SORTS:
                ids = [card.id for card in sorted(fitting, key=_KEYS[sort])]
                assert _pages(wanted, sort) == ids, (wanted, sort)
                assert [card.id for card in listing.stream(wanted, sort)] == ids, (wanted, sort)
            if wanted.column is not None:
                continue
            columns = board.columns(wanted, 5, counted)
            for name in COLUMNS:
                first, goes_on = board.cards(name, wanted, None, 5)
                assert columns[name] == first
                there = [card for card in fitting if card.column == name]
                assert len(first) == min(5, len(there)), (wanted, name)
                assert (goes_on is not None) == (len(there) > 5), (wanted, name)


def test_names_and_words_are_of_those_alone_who_allow_them(app: Flask, clock: Clock) -> None:
    with _reading(app, clock) as everybody:
        for card in everybody.values():
            assert (card.name == f"Klant{card.number[2:]}") == ("name" in card.consents)
            assert card.name is None or "name" in card.consents
            assert (card.quote == f"Woorden van {card.number[2:]}") == ("quote" in card.consents)


def test_who_stays_is_shown_once_in_every_order_while_others_move(app: Flask, clock: Clock) -> None:
    with _reading(app, clock) as everybody:
        movers = sorted(everybody)[::3]
        for sort in listing.SORTS:
            seen: list[int] = []
            after: Cursor | None = None
            turns = iter(movers)
            while True:
                found, after = listing.page(Filter(), sort, after, 9)
                seen += [card.id for card in found]
                if after is None:
                    break
                mover = next(turns)
                clock.advance(timedelta(seconds=1))
                with transactions.transaction():
                    one = db.session.get_one(Ambassador, mover)
                    service.move(mover, one.version, "invited" if one.stage != "invited" else "clicked", "staff:1")
            stayed = [one for one in seen if one not in movers]
            assert sorted(stayed) == sorted(set(everybody) - set(movers)), sort


def test_a_count_that_nothing_keeps_ends_where_nobody_reads_on(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "BOUND", 3)
    monkeypatch.setattr(cards, "BOUND", 3)
    with _reading(app, clock) as everybody:
        counted = board.counts(Filter(since=crowd.NOW - timedelta(days=90)))
        for name in COLUMNS:
            there = sum(card.column == name for card in everybody.values())
            assert int(counted[name]) == min(3, there)
            assert (name in counted.beyond) == (there > 3) == (str(counted[name]) == "3+")
        assert not board.counts(Filter()).beyond


def test_the_board_takes_three_statements_and_its_page_no_more_with_more_people(app: Flask, clock: Clock) -> None:
    clock.set(crowd.NOW)
    crowd.gathers(app, 40)
    client = signed_in(app, "marketing")
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert client.get("/staff/ambassadors/?score=promoter").status_code == 200
        page = [one for one in said if "board" in one or "ambassador" in one]
        said.clear()
        assert client.get("/staff/").status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(page) <= 7, page  # the navigation, its version, owners, suggestions, and three of its own


@pytest.mark.parametrize(
    ("database_url", "way"),
    [_postgresql("postgresql", way) for way in (board_sql.WALK, board_sql.KINDS)],
    indirect=["database_url"],
)
def test_a_tag_that_many_have_is_looked_for_along_the_way(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(board, "FEW", 3)
    shares = []

    def chosen(_order: str, _limit: int, _found: board_sql.Fitting, share: float = 1) -> str:
        shares.append(share)
        return way

    monkeypatch.setattr(board_sql, "way", chosen)
    with _reading(app, clock) as everybody:
        for wanted in (Filter(tag="vip"), Filter(tag="vip", category="winkel"), Filter(tag="vip", consent="name")):
            fitting = [card for card in everybody.values() if _fits(card, wanted)]
            assert len(fitting) > 3, wanted
            # The newest of them alone are counted.
            assert sum(board.counts(wanted).values()) <= 3
            shown = board.columns(wanted, 50, board.counts(replace(wanted, tag=None)))
            for name in COLUMNS:
                assert {card.id for card in shown[name]} == {card.id for card in fitting if card.column == name}
            for sort in listing.SORTS:
                assert _pages(wanted, sort) == [card.id for card in sorted(fitting, key=_KEYS[sort])], (wanted, sort)
    assert all(0 < share < 1 for share in shares)
