"""What the home page makes of a day's history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedbackloop.overview.rules import Entry, in_runs, share

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def change(minutes_ago: int, what: str = "sent", complaint_id: int | None = 1, actor: str = "system") -> Entry:
    return Entry(NOON - timedelta(minutes=minutes_ago), actor, "check_in", what, 1, complaint_id, None)


def test_changes_of_one_sort_in_a_row_are_one_line_dated_by_the_newest() -> None:
    found = in_runs([change(1, complaint_id=1), change(2, complaint_id=2), change(3, complaint_id=3)])
    assert [(one.count, one.at, one.complaint_id) for one in found] == [(3, NOON - timedelta(minutes=1), None)]


def test_another_sort_or_another_actor_begins_another_line() -> None:
    found = in_runs([change(1), change(2, "bounced"), change(3), change(4, actor="staff:1")])
    assert [(one.what, one.actor, one.count) for one in found] == [
        ("sent", "system", 1),
        ("bounced", "system", 1),
        ("sent", "system", 1),
        ("sent", "staff:1", 1),
    ]


def test_a_line_about_one_case_keeps_its_case() -> None:
    assert in_runs([change(1, complaint_id=7), change(2, complaint_id=7)])[0].complaint_id == 7


def test_an_empty_day_has_no_lines() -> None:
    assert in_runs([]) == []


def test_a_share_of_nothing_is_none() -> None:
    assert share(0, 0) is None
    assert share(3, 4) == 0.75
