"""The stages, in order: what happens moves people forward, marketing sets any."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from feedbackloop.ambassadors import rules
from feedbackloop.ambassadors.rules import STAGES

TODAY = date(2026, 11, 3)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ORDER = {"satisfied": 1, "invited": 2, "clicked": 3, "reviewed": 4, "ambassador": 5}


def test_the_stages_are_those_of_the_contract() -> None:
    assert list(STAGES) == sorted(ORDER, key=lambda stage: ORDER[stage])


@pytest.mark.parametrize(("current", "wanted"), list(itertools.product(STAGES, repeat=2)))
def test_what_happens_moves_forward_only(current: str, wanted: str) -> None:
    assert rules.is_further(current, wanted) == (ORDER[wanted] > ORDER[current])


@pytest.mark.parametrize(("current", "wanted"), list(itertools.product(STAGES, repeat=2)))
def test_marketing_may_set_any_other_stage(current: str, wanted: str) -> None:
    assert rules.may_move(current, wanted) == (current != wanted)


def test_not_now_is_a_column_and_no_stage() -> None:
    assert set(rules.COLUMNS) - set(STAGES) == {"not_now"}
    assert all("not_now" not in moves for moves in rules.HAND_MOVES.values())


@pytest.mark.parametrize("stage", STAGES)
def test_only_an_ambassador_stays_while_a_complaint_is_open_again(stage: str) -> None:
    assert rules.leaves_board(stage) == (stage != "ambassador")


@pytest.mark.parametrize(
    ("until", "put_off"), [(None, False), (date(2026, 11, 2), False), (TODAY, False), (date(2026, 11, 4), True)]
)
def test_not_now_ends_on_its_day(until: date | None, put_off: bool) -> None:
    assert rules.is_put_off(until, TODAY) == put_off


@pytest.mark.parametrize(
    ("since", "days"),
    [
        (datetime(2026, 11, 3, 8, 0, tzinfo=UTC), 0),
        (datetime(2026, 11, 2, 22, 59, tzinfo=UTC), 1),  # 23:59 in Amsterdam
        (datetime(2026, 11, 2, 23, 0, tzinfo=UTC), 0),  # midnight in Amsterdam
        (datetime(2026, 10, 20, 12, 0, tzinfo=UTC), 14),
        (datetime(2026, 11, 5, 12, 0, tzinfo=UTC), 0),
    ],
)
def test_days_are_local_days(since: datetime, days: int) -> None:
    assert rules.days_in_stage(since, TODAY, AMSTERDAM) == days


@pytest.mark.parametrize(
    ("name", "first"), [("Mirjam de Haan", "Mirjam"), ("  Karim ", "Karim"), ("", None), (None, None)]
)
def test_a_card_holds_a_first_name_only(name: str | None, first: str | None) -> None:
    assert rules.first_name(name) == first
