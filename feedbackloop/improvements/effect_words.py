"""What an effect says in words that anybody follows, and as the rows of its chart."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, log
from typing import Any

from flask_babel import format_date, format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedbackloop.core import formats
from feedbackloop.improvements import effect
from feedbackloop.improvements.effect import Effect, Ratio

# How many times as many: the amount, and with what it is compared. An interval is rounded outwards to one of these.
_AMOUNTS: Sequence[tuple[float, Any, Any]] = (
    (0, _l("none"), _l("none at all")),
    (1 / 10, _l("a tenth"), _l("a tenth as many")),
    (1 / 5, _l("a fifth"), _l("a fifth as many")),
    (1 / 4, _l("a quarter"), _l("a quarter as many")),
    (1 / 3, _l("a third"), _l("a third as many")),
    (1 / 2, _l("half"), _l("half as many")),
    (2 / 3, _l("two thirds"), _l("two thirds as many")),
    (3 / 4, _l("three quarters"), _l("three quarters as many")),
    (9 / 10, _l("nine tenths"), _l("nine tenths as many")),
    (1, _l("just as many"), _l("just as many")),
    (5 / 4, _l("one and a quarter times"), _l("one and a quarter times as many")),
    (3 / 2, _l("one and a half times"), _l("one and a half times as many")),
    (2, _l("twice"), _l("twice as many")),
    (3, _l("three times"), _l("three times as many")),
    (5, _l("five times"), _l("five times as many")),
    (10, _l("ten times"), _l("ten times as many")),
)
_VALUES = [value for value, _short, _whole in _AMOUNTS]

_ANSWERS: Mapping[str, Any] = {
    "fewer": _l("Yes."),
    "more": _l("No. It got worse."),
    "unclear": _l("We cannot tell yet: there is no clear difference."),
}


@dataclass(frozen=True)
class Said:
    """What the page says of an effect: an answer, the two rates, the difference and how sure that is; and, for a
    list, all of it in a few words."""

    answer: str
    rates: str
    difference: str
    certainty: str
    brief: str


def said(found: Effect) -> Said | None:
    """The sentences; None where there is not enough to say anything."""
    if not found.enough or found.ratio is None:
        return None
    ratio = found.ratio
    rates = _(
        "Before the change we got %(before)s complaints a week about this, after it %(after)s.",
        before=_rate(found.before),
        after=_rate(found.after),
    )
    return Said(str(_ANSWERS[ratio.verdict]), rates, _difference(ratio), _certainty(ratio), brief(ratio))


def brief(ratio: Ratio) -> str:
    """In a list, beside the status."""
    if ratio.verdict == "unclear":
        return str(_("No clear difference in complaints yet"))
    if ratio.point is None:
        return str(_("More complaints about this than before"))
    if ratio.point == 0:
        return str(_("No complaints about this since"))
    if ratio.verdict == "fewer":
        return str(_("%(share)s fewer complaints about this", share=formats.percent(1 - ratio.point)))
    return str(_("%(share)s more complaints about this", share=formats.percent(ratio.point - 1)))


def rows(found: Effect) -> list[dict[str, Any]]:
    """A row for each week, as macros/charts.html takes them."""
    starts = found.window.starts if found.window else []
    return [
        {"label": _day(start), "long": formats.date_plain(start), "value": number}
        for start, number in zip(starts, found.counts, strict=True)
    ]


def before(found: Effect) -> dict[str, Any]:
    """The mean of the weeks before, and its words in the chart."""
    return {"mean": _mean(found.before), "words": _("Before: %(rate)s a week", rate=_rate(found.before))}


def after(found: Effect) -> dict[str, Any]:
    return {"mean": _mean(found.after), "words": _("After: %(rate)s a week", rate=_rate(found.after))}


def not_enough(found: Effect) -> str:
    """For staff: why the page says nothing of it yet."""
    window, total = found.window, sum(found.counts)
    weeks_before, weeks_after = (window.before, window.after) if window else (0, 0)
    sentences = {
        "not_done": _("It is not done."),
        "no_cause": _("It has no category, and the complaints behind it do not share one."),
        "short_before": ngettext(
            "Complaints are on record for %(num)s whole week before it was done, and it takes %(need)s.",
            "Complaints are on record for %(num)s whole weeks before it was done, and it takes %(need)s.",
            weeks_before,
            need=effect.FEWEST_BEFORE,
        ),
        "short_after": ngettext(
            "Complaints are on record for %(num)s whole week since it was done, and it takes %(need)s.",
            "Complaints are on record for %(num)s whole weeks since it was done, and it takes %(need)s.",
            weeks_after,
            need=effect.FEWEST_AFTER,
        ),
        "too_few": ngettext(
            "There is %(num)s complaint about it in all these weeks, and it takes %(need)s.",
            "There are %(num)s complaints about it in all these weeks, and it takes %(need)s.",
            total,
            need=effect.FEWEST_COMPLAINTS,
        ),
    }
    return str(sentences.get(found.enough.reason or "", ""))


def _difference(ratio: Ratio) -> str:
    if ratio.point is None:
        return str(_("Before, there were none."))
    if ratio.point == 0:
        return str(_("There have been none since."))
    nearest = min(_AMOUNTS[1:], key=lambda one: abs(log(one[0] / ratio.point)))  # type: ignore[operator]
    amount = nearest[2] if ratio.point <= 2 * _VALUES[-1] else _l("more than ten times as many")
    share = formats.percent(abs(1 - ratio.point))
    if share == formats.percent(0):
        return str(_("That is about %(amount)s.", amount=amount))
    if ratio.point < 1:
        return str(_("That is about %(amount)s (%(share)s fewer).", amount=amount, share=share))
    return str(_("That is about %(amount)s (%(share)s more).", amount=amount, share=share))


def _certainty(ratio: Ratio) -> str:
    """The interval, rounded outwards: it never claims more than was found."""
    low = _AMOUNTS[bisect_right(_VALUES, ratio.low + 1e-9) - 1]
    above = bisect_left(_VALUES, ratio.high - 1e-9)
    if ratio.high == inf or above == len(_AMOUNTS):
        if ratio.low <= 0:
            return ""
        return str(_("We are 95%% sure that it is at least %(low)s.", low=low[2]))
    if ratio.low <= 0:
        return str(_("We are 95%% sure that it is at most %(high)s.", high=_AMOUNTS[above][2]))
    return str(_("We are 95%% sure that it lies between %(low)s and %(high)s.", low=low[1], high=_AMOUNTS[above][2]))


def _mean(counts: Sequence[int]) -> float:
    return sum(counts) / len(counts)


def _rate(counts: Sequence[int]) -> str:
    return str(format_decimal(round(_mean(counts), 1)))


def _day(start: Any) -> str:
    return str(format_date(start, "d MMM")).replace(".", "")
