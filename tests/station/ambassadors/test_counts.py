"""The board's counts: true after whatever happens, at once as well, and mended where something was written past us."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import delete, update

from feedbackloop.ambassadors import board, counting, counts, jobs, service
from feedbackloop.ambassadors.board import Filter
from feedbackloop.ambassadors.models import Ambassador, BoardChange, BoardCount, BoardState
from feedbackloop.ambassadors.service import MovedMeanwhile
from feedbackloop.core import db as transactions
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.people import consents
from feedbackloop.people.events import PeopleErased
from tests.support import crowd
from tests.support.clock import Clock
from tests.support.reviewer import DAY, Reviewer

LATER = date(2027, 1, 4)


def differences(app: Flask) -> list[str]:
    """What the command `board check` would say."""
    with app.app_context():
        return list(counting.differences())


def counted(app: Flask) -> dict[str, int]:
    with app.app_context():
        return dict(board.counts(Filter()))


def folds(app: Flask) -> int:
    with app.app_context(), transactions.transaction():
        return counts.fold()


def test_whatever_happens_to_a_person_is_counted_with_it(people: Reviewer) -> None:
    """Each step, before and after folding; the version grows with each and with nothing else."""
    app = people.app
    versions = []

    def holds(**expected: int) -> None:
        for _ in range(2):
            assert counted(app) == expected
            assert differences(app) == []
            with people.app.app_context():
                versions.append(board.board_version())
            folds(app)
        assert versions[-1] == versions[-2]
        assert len(versions) < 3 or versions[-2] > versions[-3]

    complaint = people.says_yes(category="bezorging", answer={"quote_consent": "1", "comment": "Top", "recommend": "9"})
    holds(satisfied=1)
    people.link_of_invitation()
    holds(invited=1)
    with people.writing():
        version = service.move(1, 2, "ambassador", "staff:1").version
    holds(ambassador=1)
    with people.writing():
        version = service.put_off(1, version, LATER, "druk", "staff:1").version
    holds(not_now=1)
    with people.writing():
        service.plan_next(1, version, "Bellen", LATER, "staff:1")
    holds(not_now=1)
    with people.writing():
        consents.give(1, None, "name", "1", "Ja")
    holds(not_now=1)
    people.reopens(complaint)
    with people.app.app_context():
        assert board.board_version() > versions[-1]  # an ambassador stays, and the card says that a case is open
    folds(app)
    with people.writing():
        service.erase(PeopleErased((1,)))
    assert counted(app) == {}
    assert differences(app) == []


def test_a_day_that_comes_brings_people_back_and_stands_in_the_history(people: Reviewer) -> None:
    people.says_yes()
    day = people.clock.now.date() + timedelta(days=3)
    with people.writing():
        service.put_off(1, 1, day, "Verhuist", "staff:1")
    for days, column in ((1, "not_now"), (2, "satisfied"), (1, "satisfied")):
        people.clock.advance(days * DAY)
        with people.app.app_context():
            jobs.take_up()
        assert counted(people.app) == {column: 1}
        assert differences(people.app) == []
    with people.app.app_context():
        rows = db.session.scalars(db.select(History).where(History.what == "look_again")).all()
        assert [(row.actor, row.reason, row.to_state) for row in rows] == [("system", "day_came", "satisfied")]


def test_a_consent_that_is_taken_back_takes_name_words_and_mark_at_once(people: Reviewer) -> None:
    people.says_yes(answer={"quote_consent": "1", "comment": "Ze belden meteen."})
    with people.writing():
        consents.give(1, None, "name", "1", "Ja")

    def shown() -> tuple[str | None, str | None, set[str], int]:
        with people.app.app_context():
            (card,) = board.columns(Filter(), 5)["satisfied"]
            return card.name, card.quote, set(card.consents), board.counts(Filter(consent="quote")).get("satisfied", 0)

    assert shown() == ("Marleen", "Ze belden meteen.", {"quote", "name"}, 1)
    with people.writing():
        consents.withdraw(1, 1, "quote")
    assert shown() == ("Marleen", None, {"name"}, 0)
    with people.writing():
        consents.withdraw(1, None, "name")
    assert shown() == (None, None, set(), 0)
    assert differences(people.app) == []


def test_an_answer_that_changes_changes_the_card(people: Reviewer) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "yes", comment="Prima", quote_consent="1", recommend="9")
    people.answers(path, "yes", comment="Heel goed", quote_consent="1", recommend="7")
    with people.app.app_context():
        (card,) = board.columns(Filter(), 5)["satisfied"]
        assert (card.quote, card.recommend, card.band) == ("Heel goed", 7, "passive")
        assert board.counts(Filter(score="promoter")) == {}
    assert differences(people.app) == []


def test_the_command_finds_what_was_written_past_us_and_mends_it(app: Flask, clock: Clock) -> None:
    clock.set(crowd.NOW)
    crowd.gathers(app, 30)
    run = app.test_cli_runner()
    assert run.invoke(args=["board", "check"]).exit_code == 0
    with app.app_context(), transactions.transaction():
        db.session.execute(update(BoardCount).values(people=BoardCount.people + 1))
        db.session.execute(update(Ambassador).where(Ambassador.id == 7).values(consents=63, board_column="invited"))
    found = run.invoke(args=["board", "check"])
    assert found.exit_code == 1
    assert "person 7: consents" in found.output
    assert "counted," in found.output
    assert "board whole:" in found.output or "column" in found.output or "more" in found.output
    assert run.invoke(args=["board", "rebuild"]).exit_code == 0
    assert differences(app) == []
    with app.app_context(), transactions.transaction():
        for table in (BoardCount, BoardChange, BoardState):
            db.session.execute(delete(table))
    assert differences(app) != []
    assert run.invoke(args=["board", "rebuild", "--after", "30"]).exit_code == 0
    assert differences(app) == []


def _at_once(app: Flask, works: list[Callable[[], None]]) -> list[BaseException | None]:
    """Runs each in a thread of its own, all together."""
    ready = Barrier(len(works))

    def run(work: Callable[[], None]) -> BaseException | None:
        ready.wait(30)
        try:
            with app.app_context():
                work()
        except MovedMeanwhile as problem:
            return problem
        return None

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_two_marketers_and_two_folds_at_once(app: Flask, clock: Clock) -> None:
    """Of two moves of a card one wins and the other is told; counts stay exact, however folding falls between."""
    clock.set(crowd.NOW)
    crowd.gathers(app, 24)
    with app.app_context():
        rows = db.session.execute(
            db.select(Ambassador.id, Ambassador.version, Ambassador.stage).where(Ambassador.left_at.is_(None))
        ).all()

    def moves(to: str) -> Callable[[], None]:
        def work() -> None:
            lost = 0
            for row in rows:
                try:
                    with transactions.transaction():
                        service.move(row.id, row.version, to, "staff:1")
                except MovedMeanwhile:
                    lost += 1
            losses.append(lost)

        return work

    def folding() -> None:
        for _ in range(12):
            with transactions.transaction():
                counts.fold()

    losses: list[int] = []
    assert _at_once(app, [moves("ambassador"), moves("reviewed"), folding, folding]) == [None] * 4
    standing = (
        {row.id for row in rows if row.stage == "ambassador"},
        {row.id for row in rows if row.stage == "reviewed"},
    )
    # Who is where they are to go already stays, and tells nobody; of all others exactly one move is lost.
    assert len(rows) - len(standing[0]) - len(standing[1]) <= sum(losses) <= len(rows)
    assert differences(app) == []
    folds(app)
    assert differences(app) == []
    assert sum(counted(app).values()) == len(rows)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_many_answers_at_once_are_all_counted(people: Reviewer) -> None:
    paths = [people.is_asked(people.brings(f"K-{n}", email=f"k{n}@postvak.example")) for n in range(8)]

    ready = Barrier(len(paths))

    def run(path: str) -> int:
        ready.wait(30)
        return people.answers(path, "yes").status_code

    with ThreadPoolExecutor(len(paths)) as pool:
        assert set(pool.map(run, paths)) == {303}
    assert counted(people.app) == {"satisfied": 8}
    folds(people.app)
    assert counted(people.app) == {"satisfied": 8}
    assert differences(people.app) == []
