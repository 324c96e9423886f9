"""Did it work? Complaints about one cause in the weeks before and after a change, and what the two say. Values in.

Complaints come in by chance. If the change did nothing, each of them falls in the weeks after it with the chance that
those weeks are of all weeks: a binomial, whose exact interval (Clopper and Pearson) is one for the ratio of the two
rates. docs/decisions/0018-did-it-work.md says why this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf

from feedbackloop.core.decisions import YES, Decision, no

MOST_WEEKS = 26
FEWEST_BEFORE, FEWEST_AFTER, FEWEST_COMPLAINTS = 8, 4, 10
KNOWN_ENOUGH = 0.9
_TAIL = 0.025
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Window:
    """Whole weeks of seven local days around the day of a change, as far as complaints are on record."""

    done_on: date
    before: int
    after: int

    @property
    def starts(self) -> list[date]:
        """The first day of each week, in order."""
        return [self.done_on + _WEEK * number for number in range(-self.before, self.after)]

    @property
    def last(self) -> date:
        """The first day that is no longer counted."""
        return self.done_on + _WEEK * self.after


@dataclass(frozen=True)
class Week:
    """The complaints of a category in one week: all, those whose root cause is known, those that have the same one."""

    all: int = 0
    known: int = 0
    same: int = 0


@dataclass(frozen=True)
class Ratio:
    """How many times as many complaints a week there are after as before, with its interval of 95 %.

    `point` is None and `high` endless where there was nothing before.
    """

    point: float | None
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """`fewer` or `more` where the interval leaves no doubt, else `unclear`."""
        return "fewer" if self.high < 1 else "more" if self.low > 1 else "unclear"


@dataclass(frozen=True)
class Effect:
    """Counts a week, and the ratio where there is enough of them; `enough` has the reason where there is not.

    `root_cause` is None where all complaints of the category count.
    """

    enough: Decision
    category: str | None = None
    root_cause: str | None = None
    window: Window | None = None
    counts: tuple[int, ...] = ()
    ratio: Ratio | None = None

    @property
    def before(self) -> tuple[int, ...]:
        return self.counts[: self.window.before] if self.window else ()

    @property
    def after(self) -> tuple[int, ...]:
        return self.counts[self.window.before :] if self.window else ()


def window(done_on: date, first: date | None, last: date | None, today: date) -> Window:
    """The weeks to count, where complaints are on record from the day `first` up to and with the day `last`.

    A week that is not over, or of which nothing came in yet, says nothing: it would look like an improvement.
    """
    if first is None or last is None:
        return Window(done_on, 0, 0)
    ended = min(today, last + timedelta(days=1))
    before = (min(done_on, ended) - first).days // 7
    after = (ended - done_on).days // 7
    return Window(done_on, *(min(max(weeks, 0), MOST_WEEKS) for weeks in (before, after)))


def shared_cause(linked: int, with_cause: int, causes: Sequence[str]) -> str | None:
    """The root cause that the linked complaints have in common: the only one, known of at least half of them."""
    return causes[0] if len(causes) == 1 and 2 * with_cause >= linked else None


def measured(category: str, root_cause: str | None, found: Window, weeks: Sequence[Week]) -> Effect:
    """What the weeks of a window say; with a root cause only where it is known of nearly all complaints.

    It becomes known when a complaint is solved. Where many are not yet, the newest weeks would lack what is still to
    be found out, and any change would seem to help.
    """
    narrow = root_cause is not None and all(
        sum(one.known for one in part) >= KNOWN_ENOUGH * sum(one.all for one in part)
        for part in (weeks[: found.before], weeks[found.before :])
    )
    counts = tuple(one.same if narrow else one.all for one in weeks)
    before, after = sum(counts[: found.before]), sum(counts[found.before :])
    enough = is_enough(found.before, found.after, before + after)
    ratio = rate_ratio(before, found.before, after, found.after) if enough else None
    return Effect(enough, category, root_cause if narrow else None, found, counts, ratio)


def is_enough(weeks_before: int, weeks_after: int, complaints: int) -> Decision:
    """Whether there is enough to say anything. Reasons: short_before, short_after, too_few."""
    if weeks_before < FEWEST_BEFORE:
        return no("short_before")
    if weeks_after < FEWEST_AFTER:
        return no("short_after")
    return YES if complaints >= FEWEST_COMPLAINTS else no("too_few")


def rate_ratio(before: int, weeks_before: int, after: int, weeks_after: int) -> Ratio:
    """The rate after, divided by the rate before, and the exact interval of 95 %."""
    # Taken up here: it costs some tenths of a second and 50 MB, of which most processes need nothing.
    from scipy.special import betaincinv

    low = float(betaincinv(after, before + 1, _TAIL)) if after else 0.0
    high = float(betaincinv(after + 1, before, 1 - _TAIL)) if before else 1.0
    point = (after / weeks_after) / (before / weeks_before) if before else None
    return Ratio(point, *(_as_ratio(share, weeks_before / weeks_after) for share in (low, high)))


def _as_ratio(share: float, exposure: float) -> float:
    """A share of complaints that came after, as a ratio of rates."""
    return exposure * share / (1 - share) if share < 1 else inf
