"""Moments as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from feedbackloop.core import moments

NINE = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-02T09:30:00Z",
        "2026-11-02T10:30:00+01:00",
        "2026-11-02 10:30+0100",
        " 2026-11-02t09:30:00.000z ",
        "2026-11-02T09:30:00-00:00",
    ],
)
def test_every_spelling_of_a_moment_is_that_moment(text: str) -> None:
    assert moments.read(text) == NINE
    assert moments.read(text).tzinfo is UTC


def test_a_fraction_is_kept_to_the_microsecond() -> None:
    assert moments.read("2026-11-02T09:30:00.123456789Z").microsecond == 123456


@pytest.mark.parametrize("text", ["2026-11-02T09:30:00", "2026-11-02T09:30"])
def test_a_moment_without_an_offset_is_refused_and_told_why(text: str) -> None:
    with pytest.raises(ValueError, match="must have an offset"):
        moments.read(text)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-11-02", "20261102T093000Z", "2026-W45-1T09:30Z", "1762075800", "2026-11-02T09:30:00Z\n\n;"],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a moment such as"):
        moments.read(text)


@pytest.mark.parametrize("text", ["2026-02-30T09:30:00Z", "2026-11-02T25:30:00Z", "2026-11-02T09:30:00+25:00"])
def test_what_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="exists"):
        moments.read(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1899-12-31T23:59:59Z"])
def test_a_year_that_no_record_can_be_of_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="between the years"):
        moments.read(text)


def test_a_moment_is_shown_in_utc_with_its_offset() -> None:
    assert moments.show(NINE.astimezone(timezone(timedelta(hours=5)))) == "2026-11-02T09:30:00+00:00"
    assert moments.show(None) is None
