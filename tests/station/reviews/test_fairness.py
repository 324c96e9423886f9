"""The fairness report: who was invited, by what they answered."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from feedbackloop.reviews import fairness
from tests.support.colleague import signed_in
from tests.support.reviewer import DAY, Reviewer


def sheet_of(people: Reviewer, role: str = "quality", query: str = "") -> dict[str, dict[str, str]]:
    answer = signed_in(people.app, role, role).get(f"/staff/reviews/fairness.csv{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    return {row["answer"]: row for row in rows}


def test_with_satisfied_people_alone_the_difference_shows(people: Reviewer) -> None:
    people.says("yes", "K-1")
    people.link_of_invitation()
    people.says("yes", "K-2")
    for number, said in (("K-3", "no"), ("K-4", "partly")):
        people.says(said, number)
    people.is_asked(people.brings("K-5"))
    rows = sheet_of(people)
    told = {
        answer: (row["cases"], row["invited"], row["to_be_sent"], row["not_invited"], row["invited_percent"])
        for answer, row in rows.items()
    }
    assert told == {
        "yes": ("2", "1", "1", "0", "50.0"),
        "partly": ("1", "0", "0", "1", "0.0"),
        "no": ("1", "0", "0", "1", "0.0"),
        "later": ("0", "0", "0", "0", ""),
        "none": ("1", "0", "0", "1", "0.0"),
    }
    assert (rows["yes"]["points_behind_highest"], rows["no"]["points_behind_highest"]) == ("0.0", "50.0")
    page = signed_in(people.app, "marketing").get("/staff/reviews/fairness")
    assert "lie 50 percentage points" in page.text
    for personal in ("Osinga", "postvak.example", "Bestelling"):
        assert personal not in page.text


def test_with_everybody_there_is_none_and_each_case_counts_in_its_last_round(people: Reviewer) -> None:
    people.asks_everybody()
    people.says("yes", "K-1")
    people.closes(people.says("no", "K-2"), "solved")
    again = people.says("no", "K-3")
    people.resolves(again)
    people.answers(people.is_asked(again), "yes")
    people.clock.advance(3 * DAY)
    people.delivers()
    rows = sheet_of(people)
    assert {one: (row["cases"], row["invited"]) for one, row in rows.items() if row["cases"] != "0"} == {
        "yes": ("2", "2"),
        "no": ("1", "1"),
    }
    assert (
        "Every group was invited equally often." in signed_in(people.app, "admin").get("/staff/reviews/fairness").text
    )


def test_only_the_stretch_that_is_asked_for_counts(people: Reviewer) -> None:
    people.says("yes", "K-1")
    day = people.clock.now.date()
    rows = sheet_of(people, query=f"?from={day.isoformat()}&to={day.isoformat()}")
    assert rows["yes"]["cases"] == "1"
    quality = signed_in(people.app, "quality", "Kees")
    before = quality.get(f"/staff/reviews/fairness?to={(day - timedelta(days=1)).isoformat()}").text
    assert "Nobody was asked in this stretch" in before
    for nonsense in ("?from=zzz&to=zzz", "?from=2026-12-31&to=2026-01-01", "?to=0001-01-01", "?to=9999-12-31"):
        assert quality.get(f"/staff/reviews/fairness{nonsense}").status_code == 200


@pytest.mark.parametrize(
    ("counts", "rates", "spread"),
    [
        ({}, {}, None),
        ({"yes": (3, 1, 0)}, {"yes": (33.3, 0.0)}, None),
        ({"yes": (4, 4, 0), "no": (4, 1, 1), "none": (1, 0, 0)}, {"yes": (100.0, 0.0), "no": (25.0, 75.0)}, 100.0),
        ({"yes": (4, 1, 0), "no": (4, 2, 0)}, {"yes": (25.0, 25.0), "no": (50.0, 0.0)}, 25.0),
    ],
)
def test_rates_and_differences(
    counts: dict[str, tuple[int, int, int]], rates: dict[str, tuple[float, float]], spread: float | None
) -> None:
    groups = fairness.grouped(counts)
    assert [one.answer for one in groups] == list(fairness.GROUPS)
    found = {one.answer: (one.rate, one.behind) for one in groups}
    assert {answer: found[answer] for answer in rates} == rates
    assert fairness.spread(groups) == spread


def test_handlers_have_no_business_here(people: Reviewer) -> None:
    handler = signed_in(people.app, "handler")
    assert handler.get("/staff/reviews/fairness").status_code == 403
    assert handler.get("/staff/reviews/fairness.csv").status_code == 403
