"""Did it work? The ratio is the exact one, its interval holds what it says, and too little says nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from math import inf, isclose

import pytest

from feedbackloop.improvements import effect
from feedbackloop.improvements.effect import Week, Window, is_enough, measured, rate_ratio, shared_cause

DONE = date(2026, 9, 14)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "weeks_before", "after", "weeks_after"),
    [(73, 12, 23, 10), (8, 8, 2, 4), (1, 8, 30, 26), (400, 26, 410, 26), (12, 26, 0, 4), (0, 8, 11, 9)],
)
def test_the_interval_is_that_of_the_binomial(before: int, weeks_before: int, after: int, weeks_after: int) -> None:
    from scipy.stats import binomtest

    found = rate_ratio(before, weeks_before, after, weeks_after)
    peer = binomtest(after, before + after).proportion_ci(0.95, "exact")
    low, high = (weeks_before / weeks_after * p / (1 - p) if p < 1 else inf for p in peer)
    assert isclose(found.low, low, rel_tol=1e-9)
    assert found.high == high or isclose(found.high, high, rel_tol=1e-9)
    if before:
        assert found.point is not None
        assert isclose(found.point, (after / weeks_after) / (before / weeks_before))
        assert found.low <= found.point <= found.high
    else:
        assert found.point is None


def test_its_ends_are_where_the_binomial_leaves_2_5_percent() -> None:
    """The definition itself, without any library's own interval."""
    from scipy.stats import binom

    found = rate_ratio(73, 12, 23, 10)
    for ratio, tail in (
        (found.low, binom.sf(22, 96, _share(found.low))),
        (found.high, binom.cdf(23, 96, _share(found.high))),
    ):
        assert isclose(tail, 0.025, rel_tol=1e-6), ratio


def _share(ratio: float) -> float:
    return 10 * ratio / (10 * ratio + 12)


@pytest.mark.parametrize(("truth", "rate"), [(0.4, 6.0), (1.0, 2.0), (1.8, 4.0)])
def test_in_19_of_20_simulations_the_truth_lies_inside(truth: float, rate: float) -> None:
    import numpy

    dice = numpy.random.default_rng(20261129)
    inside = 0
    for _ in range(600):
        before = int(dice.poisson(rate, 12).sum())
        after = int(dice.poisson(rate * truth, 10).sum())
        found = rate_ratio(before, 12, after, 10)
        inside += found.low <= truth <= found.high
    # An exact interval holds the truth at least as often as it says: 0.95, less three times what chance allows here.
    assert 0.923 <= inside / 600 <= 0.99


def test_a_verdict_leaves_no_doubt() -> None:
    assert rate_ratio(73, 12, 23, 10).verdict == "fewer"
    assert rate_ratio(23, 10, 73, 12).verdict == "more"
    assert rate_ratio(20, 10, 18, 10).verdict == "unclear"
    assert rate_ratio(0, 10, 12, 10).verdict == "more"
    assert rate_ratio(12, 10, 0, 10).verdict == "fewer"


@pytest.mark.parametrize(
    ("before", "after", "complaints", "reason"),
    [(8, 4, 10, None), (7, 4, 10, "short_before"), (8, 3, 10, "short_after"), (8, 4, 9, "too_few")],
)
def test_too_little_says_nothing(before: int, after: int, complaints: int, reason: str | None) -> None:
    found = is_enough(before, after, complaints)
    assert (bool(found), found.reason) == (reason is None, reason)
    weeks = [Week(complaints, complaints, complaints)] + [Week()] * (before + after - 1)
    said = measured("x", None, Window(DONE, before, after), weeks)
    assert (said.ratio is None) == (reason is not None)


def test_only_whole_weeks_on_record_count() -> None:
    today = DONE + 30 * DAY
    assert effect.window(DONE, DONE - 20 * DAY, today, today) == Window(DONE, 2, 4)
    assert effect.window(DONE, DONE - 21 * DAY, today, today) == Window(DONE, 3, 4)
    assert effect.window(DONE, DONE - 900 * DAY, DONE + 900 * DAY, DONE + 900 * DAY) == Window(DONE, 26, 26)
    # Nothing came in since the eighth day: the weeks after it were not quiet, they are not on record.
    assert effect.window(DONE, DONE - 70 * DAY, DONE + 8 * DAY, today) == Window(DONE, 10, 1)
    assert effect.window(DONE, DONE - 70 * DAY, DONE - 30 * DAY, today).after == 0
    assert effect.window(DONE, None, None, today) == Window(DONE, 0, 0)
    assert effect.window(DONE, DONE + DAY, today, today) == Window(DONE, 0, 4)


def test_the_weeks_begin_on_the_weekday_of_the_change() -> None:
    assert Window(DONE, 1, 2).starts == [date(2026, 9, 7), DONE, date(2026, 9, 21)]
    assert Window(DONE, 1, 2).last == date(2026, 9, 28)


def test_a_root_cause_is_one_that_most_of_them_share() -> None:
    assert shared_cause(4, 4, ["a"]) == "a"
    assert shared_cause(4, 2, ["a"]) == "a"
    assert shared_cause(4, 1, ["a"]) is None
    assert shared_cause(4, 4, ["a", "b"]) is None
    assert shared_cause(0, 0, []) is None


def test_a_root_cause_counts_only_where_it_is_known_on_both_sides() -> None:
    before, window = [Week(10, 10, 5)] * 8, Window(DONE, 8, 4)
    known = measured("x", "a", window, [*before, *[Week(10, 9, 5)] * 4])
    assert (known.root_cause, known.counts) == ("a", (5,) * 12)
    # The newest complaints are not solved yet, so nobody knows their cause: by it alone the change would have worked.
    unknown = measured("x", "a", window, [*before, *[Week(10, 5, 2)] * 4])
    assert (unknown.root_cause, unknown.counts) == (None, (10,) * 12)
    assert unknown.ratio is not None
    assert unknown.ratio.verdict == "unclear"


def test_no_process_pays_for_it_that_does_not_need_it() -> None:
    """What measures and what draws is taken up where it is called, not where the product starts."""
    ask = "import sys, feedbackloop.improvements.views; print({'scipy', 'numpy', 'PIL'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, timeout=120)
    assert said.stdout.strip() == "set()"
