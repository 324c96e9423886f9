"""What is counted and how sure it is, on values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import comb
from zoneinfo import ZoneInfo

import pytest

from feedbackloop.ambassadors.numbers import intervals, rules
from feedbackloop.ambassadors.numbers.rules import Raw

ZONE = ZoneInfo("Europe/Amsterdam")
DAY = timedelta(days=1)
RESOLVED = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)  # a Monday
ASKED = Raw(
    complaint_id=1,
    cycle=1,
    category="Bezorging",
    handler="Youssef Amrani",
    locale="nl-BE",
    resolved_at=RESOLVED,
    sent_at=RESOLVED + 3 * DAY,
    first_answered_at=None,
    answer=None,
    answered_at=None,
    recommend=None,
    invited_at=None,
    clicked_at=None,
    invitation=None,
    destination_id=None,
    reviewed_at=None,
    stage=None,
    stage_since=None,
    reviewed_before=False,
)
YES = replace(ASKED, first_answered_at=RESOLVED + 4 * DAY, answer="yes", answered_at=RESOLVED + 4 * DAY, recommend=9)
INVITED = replace(YES, invited_at=RESOLVED + 6 * DAY, invitation="sent")
CLICKED = replace(INVITED, clicked_at=RESOLVED + 6 * DAY, invitation="clicked", destination_id=3)
REVIEWED = replace(CLICKED, invitation="reviewed", reviewed_at=RESOLVED + 13 * DAY, reviewed_before=True)


# R. G. Newcombe (1998), Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, table I.
@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_a_share_has_the_interval_that_is_published_for_it(hits: int, of: int, low: float, high: float) -> None:
    found = intervals.share(hits, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.00005)
    turned = intervals.share(of - hits, of)
    assert (turned.low, turned.high) == pytest.approx((1 - high, 1 - low), abs=0.00005)


def test_a_score_has_the_interval_of_its_formula() -> None:
    """30 promoters, 18 passives, 12 detractors: (31 - 13)/62 and 1.96 √((44/62 - (18/62)²)/62), by hand."""
    found = intervals.net_score(30, 18, 12)
    assert found.value == pytest.approx(0.3)
    assert (found.low, found.high) == pytest.approx((0.29032 - 0.19686, 0.29032 + 0.19686), abs=0.0001)
    assert intervals.net_score(12, 18, 30).low == pytest.approx(-(found.high or 0))


@pytest.mark.parametrize(("up", "down"), [(0.6, 0.2), (0.8, 0.05), (0.3, 0.3), (0.45, 0.5)])
def test_the_interval_of_a_score_holds_the_truth_about_95_times_in_100(up: float, down: float) -> None:
    """Every outcome of 40 answers, each with its exact probability."""
    of, held = 40, 0.0
    for promoters in range(of + 1):
        for detractors in range(of + 1 - promoters):
            passives = of - promoters - detractors
            ways = comb(of, promoters) * comb(of - promoters, detractors)
            found = intervals.net_score(promoters, passives, detractors)
            if (found.low or 0) <= up - down <= (found.high or 0):
                held += ways * up**promoters * down**detractors * (1 - up - down) ** passives
    assert 0.93 < held < 0.985


def test_nobody_and_everybody_have_no_impossible_range() -> None:
    assert intervals.share(0, 0).value is None
    assert intervals.net_score(0, 0, 0).low is None
    for one in (intervals.share(10, 10), intervals.net_score(10, 0, 0)):
        assert one.value == one.high == 1.0
        assert 0.4 < (one.low or 0) < 1
    assert intervals.net_score(0, 0, 12).low == -1.0
    assert not intervals.share(3, 9).enough
    assert intervals.share(3, 10).enough


def test_ranges_that_have_a_value_in_common_may_be_the_same() -> None:
    few, many, far = intervals.share(8, 10), intervals.share(70, 100), intervals.share(20, 100)
    assert intervals.overlap(few, many)
    assert not intervals.overlap(many, far)
    assert intervals.overlap(many, intervals.share(0, 0))
    assert intervals.all_overlap([few, many, intervals.share(0, 9)])
    assert not intervals.all_overlap([few, many, far])


@pytest.mark.parametrize(
    ("raw", "step"),
    [
        (replace(ASKED, sent_at=None), "resolved"),
        (ASKED, "asked"),
        (replace(ASKED, sent_at=None, answer="later", first_answered_at=RESOLVED), "asked"),
        (replace(YES, answer="no"), "answered"),
        (replace(REVIEWED, answer="partly"), "answered"),
        (replace(REVIEWED, answer="later"), "asked"),
        (YES, "satisfied"),
        (replace(YES, sent_at=None), "satisfied"),
        (replace(YES, stage="clicked"), "satisfied"),
        (INVITED, "invited"),
        (CLICKED, "clicked"),
        (REVIEWED, "reviewed"),
        (replace(YES, stage="reviewed"), "reviewed"),
        (replace(YES, stage="reviewed", reviewed_before=True), "satisfied"),
        (replace(YES, stage="ambassador"), "ambassador"),
        (replace(YES, answer="no", stage="ambassador"), "answered"),
    ],
)
def test_how_far_a_complaint_came(raw: Raw, step: str) -> None:
    found = rules.fact(raw, ZONE)
    assert found is not None
    assert rules.STEPS[found.reached] == step
    counted = dict(zip(rules.MEASURES, found.measures(), strict=True))
    steps = [counted[name] for name in rules.STEPS]
    assert steps == sorted(steps, reverse=True), "each step is inside the one before"
    assert sum(steps) == found.reached + 1
    assert counted["answered"] == counted["satisfied"] + counted["partly"] + counted["no"]


def test_what_was_never_resolved_is_not_counted() -> None:
    assert rules.fact(replace(ASKED, cycle=0), ZONE) is None
    assert rules.fact(replace(ASKED, resolved_at=None), ZONE) is None


def test_days_are_local_days_to_each_step_that_was_reached() -> None:
    found = rules.fact(REVIEWED, ZONE)
    assert found is not None
    assert found.days == (3, 1, 0, 2, 0, 7, None)
    late = replace(
        ASKED, resolved_at=datetime(2026, 11, 2, 22, 30, tzinfo=UTC), sent_at=datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
    )
    found = rules.fact(late, ZONE)
    assert found is not None
    assert found.days[0] == 1, "23:30 and half past midnight are two days in Amsterdam"
    by_hand = rules.fact(replace(YES, stage="ambassador", stage_since=RESOLVED + 9 * DAY), ZONE)
    assert by_hand is not None
    assert by_hand.days == (3, 1, 0, None, None, None, None), "what has no moment has no days"


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        (datetime(2026, 11, 1, 22, 59, tzinfo=UTC), date(2026, 10, 26)),
        (datetime(2026, 11, 1, 23, 0, tzinfo=UTC), date(2026, 11, 2)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 19)),  # the clock went back on that night
    ],
)
def test_a_week_begins_on_a_local_monday(moment: datetime, week: date) -> None:
    assert rules.week_of(moment, ZONE) == week


def test_a_week_rises_until_three_weeks_after_its_end() -> None:
    assert rules.rises(date(2026, 10, 5), date(2026, 11, 1))
    assert not rules.rises(date(2026, 10, 5), date(2026, 11, 2))


@pytest.mark.parametrize(
    ("days", "found"), [({}, None), ({3: 1}, 3), ({1: 1, 9: 1}, 1), ({1: 1, 2: 1, 9: 1}, 2), ({0: 5, 400: 6}, 400)]
)
def test_the_median_is_the_days_of_the_person_in_the_middle(days: dict[int, int], found: int | None) -> None:
    assert rules.median(days) == found


def test_a_language_is_the_first_part_of_what_is_known() -> None:
    assert [rules.language(one) for one in ("nl-BE", "EN_gb", None, "")] == ["nl", "en", "", ""]


def test_a_mark_counts_only_with_an_answer() -> None:
    for answer, band in (("yes", "promoter"), ("later", ""), ("no", "promoter")):
        found = rules.fact(replace(YES, answer=answer), ZONE)
        assert found is not None
        assert found.band == band
    again = rules.fact(replace(YES, cycle=2), ZONE)
    assert again is not None
    counted = dict(zip(rules.MEASURES, again.measures(), strict=True))
    assert (counted["again_answered"], counted["again_satisfied"], counted["again_promoter"]) == (1, 1, 1)
