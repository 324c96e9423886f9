"""How sure a share or a score is: a range that holds the true value in 95 of 100 such counts. Values in, values out."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

# Two-sided, 95 %.
Z = NormalDist().inv_cdf(0.975)

# With fewer answers a range is so wide that the number beside it only misleads.
ENOUGH = 10


@dataclass(frozen=True)
class Measure:
    """A share (0 to 1) or a score (-1 to 1) with its range; None where nobody is counted.

    `hits` of `of` people; for a score `hits` is promoters less detractors.
    """

    hits: int
    of: int
    value: float | None
    low: float | None
    high: float | None

    @property
    def enough(self) -> bool:
        """Whether there are answers enough to show it."""
        return self.of >= ENOUGH


def share(hits: int, of: int) -> Measure:
    """A share with Wilson's score interval.

    E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference, Journal of the American
    Statistical Association 22, 209-212; recommended over the plain one for small numbers by L. D. Brown, T. T. Cai and
    A. DasGupta (2001), Interval estimation for a binomial proportion, Statistical Science 16, 101-133.
    """
    if of <= 0:
        return Measure(0, 0, None, None, None)
    found, square = hits / of, Z * Z
    middle = (found + square / (2 * of)) / (1 + square / of)
    half = Z * sqrt(found * (1 - found) / of + square / (4 * of * of)) / (1 + square / of)
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == of else min(1.0, middle + half)
    return Measure(hits, of, found, low, high)


def net_score(promoters: int, passives: int, detractors: int) -> Measure:
    """The net promoter score, promoters less detractors as a share of all, with an adjusted Wald interval.

    Both shares come from the same answers, so this is the difference of two parts of one multinomial sample:
    D. G. Bonett and R. M. Price (2012), Adjusted Wald confidence interval for a difference of binomial proportions
    based on paired data, Journal of Educational and Behavioral Statistics 37, 479-488. One is added to either side.
    """
    of = promoters + passives + detractors
    if of <= 0:
        return Measure(0, 0, None, None, None)
    up, down = (promoters + 1) / (of + 2), (detractors + 1) / (of + 2)
    half = Z * sqrt((up + down - (up - down) ** 2) / (of + 2))
    found = (promoters - detractors) / of
    return Measure(
        promoters - detractors,
        of,
        found,
        min(found, max(-1.0, up - down - half)),
        max(found, min(1.0, up - down + half)),
    )


def overlap(one: Measure, other: Measure) -> bool:
    """Whether both may be the same: their ranges have a value in common, or one of them has no range."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return True
    return one.low <= other.high and other.low <= one.high


def all_overlap(measures: list[Measure]) -> bool:
    """Whether no two of them differ clearly. Those with too few answers say nothing."""
    shown = [one for one in measures if one.enough]
    return all(overlap(one, other) for place, one in enumerate(shown) for other in shown[place + 1 :])
