"""The numbers above the log are those of the raw rows, and leave small groups out."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from feedbackloop.improvements import figures
from feedbackloop.improvements.figures import Scoreboard
from tests.support.improver import Improver

DAY = timedelta(days=1)


def _count(people: Improver) -> Scoreboard:
    with people.app.app_context():
        return figures.count(people.clock.now - 365 * DAY)


def _fill(people: Improver) -> None:
    """12 confirmed, 11 not solved, 10 without an answer, 13 open or not asked; one too long ago."""
    asked = [people.brings(f"A-{n}") for n in range(33)]
    people.clock.advance(6 * DAY)
    people.delivers()
    for number, complaint in enumerate(asked[:23]):
        path = people.link(people.check_ins(complaint)[-1])
        assert people.answers(path, "yes" if number < 12 else "no").status_code == 303
    for number in range(12):
        people.complains(f"O-{number}")
    people.brings("N-1", email=None)
    people.complains("OLD-1", opened_at=people.clock.now - 400 * DAY)


def test_the_numbers_are_those_of_a_recount(people: Improver) -> None:
    _fill(people)
    people.public(status="done")
    people.public(status="planned")
    people.writes(status="done")
    found = _count(people)
    assert found == Scoreboard(46, {"confirmed": 12, "not_solved": 11, "no_answer": 10, "busy": 13}, changes=1)
    assert sum(value or 0 for value in found.groups.values()) == found.received


def test_a_small_group_and_the_next_one_are_withheld(people: Improver, client: FlaskClient) -> None:
    _fill(people)
    complaint = next(one for one in range(1, 99) if people.status(one) == "reopened")
    people.resolves(complaint)
    complaint = next(one for one in range(1, 99) if people.status(one) == "reopened")
    people.resolves(complaint)
    assert _count(people).groups == {"confirmed": 12, "not_solved": None, "no_answer": None, "busy": 15}
    page = client.get("/improvements/?lang=en").text
    assert "<b>46</b>" not in page
    assert "<dd>46</dd>" in page
    assert "<b>12</b> solved, says the customer" in page
    assert "<b>19</b> in groups too small to show" in page
    assert "not solved" not in page


def test_with_few_complaints_nothing_is_counted(people: Improver, client: FlaskClient) -> None:
    for number in range(9):
        people.complains(f"K-{number}")
    assert "Complaints of the past 12 months" not in client.get("/improvements/?lang=en").text


def test_the_numbers_are_counted_again_after_a_minute(people: Improver, client: FlaskClient) -> None:
    for number in range(11):
        people.complains(f"K-{number}")
    assert "<dd>11</dd>" in client.get("/improvements/").text
    people.complains("K-99")
    assert "<dd>11</dd>" in client.get("/improvements/").text
    people.clock.advance(timedelta(seconds=61))
    assert "<dd>12</dd>" in client.get("/improvements/").text
