"""Words of the numbers: what each step is, and how a share, a score and its range are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedbackloop.ambassadors.numbers import intervals
from feedbackloop.ambassadors.numbers.intervals import Measure
from feedbackloop.core import formats

STEP_WORDS: Mapping[str, Any] = {
    "resolved": _l("Resolved"),
    "asked": _l("Asked"),
    "answered": _l("Answered"),
    "satisfied": _l("Satisfied"),
    "invited": _l("Invited"),
    "clicked": _l("Clicked"),
    "reviewed": _l("Reviewed"),
    "ambassador": _l("Ambassador"),
}
STEP_MEANS: Mapping[str, Any] = {
    "resolved": _l(
        "A complaint was resolved, whatever came after. It stands in the week in which it was resolved last."
    ),
    "asked": _l("The check-in of that resolution was mailed and did not come back, or was answered by telephone."),
    "answered": _l("The latest answer is yes, partly or no. ‘I cannot say yet’ is no answer until it becomes one."),
    "satisfied": _l("That answer is yes."),
    "invited": _l("The invitation to write a review was mailed to somebody who says yes."),
    "clicked": _l("They chose a place to write."),
    "reviewed": _l("A review of theirs is known, here or matched from another site, or marketing put them there."),
    "ambassador": _l("Marketing made them an ambassador, and this is the case they are shown by."),
}
CHOICE_WORDS: Mapping[str, Any] = {
    **STEP_WORDS,
    "partly": _l("Answered ‘partly’"),
    "no": _l("Answered ‘no’"),
    "promoter": _l("Would recommend us: 9 or 10"),
    "passive": _l("Would perhaps recommend us: 7 or 8"),
    "detractor": _l("Would not recommend us: 0 to 6"),
    "marked": _l("Gave a mark for recommending us"),
}
MEASURE_WORDS: Mapping[str, Any] = {
    "satisfied": _l("Satisfied"),
    "recommend": _l("Would recommend"),
    "response": _l("Answers"),
    "review": _l("Writes a review"),
}
DIMENSION_WORDS: Mapping[str, Any] = {
    "category": _l("Category"),
    "handler": _l("Handler"),
    "locale": _l("Language"),
    "destination": _l("Place of the review"),
}
PERIOD_WORDS: Mapping[str, Any] = {
    "6w": _l("Last 6 weeks"),
    "12w": _l("Last 12 weeks"),
    "12m": _l("Last 12 months"),
    "between": _l("Between dates"),
}
NOT_KNOWN: Mapping[str, Any] = {
    "category": _l("No category"),
    "handler": _l("No handler"),
    "locale": _l("Not known"),
    "destination": _l("No place chosen"),
}


def score(value: float | None) -> str:
    """A net promoter score as people write it: '+31', '-4', '0'."""
    if value is None:
        return ""
    points = round(value * 100)
    return f"+{points}" if points > 0 else str(points).replace("-", "−")


def written(name: str, measure: Measure) -> str:
    """The value itself; 'too few' under ten."""
    if not measure.enough:
        return str(_("too few"))
    return score(measure.value) if name == "recommend" else formats.percent(measure.value)


def written_range(name: str, measure: Measure) -> str:
    """'65% to 84%', '+12 to +50'; empty where there are too few."""
    if not measure.enough:
        return ""
    write = score if name == "recommend" else formats.percent
    return str(_("%(low)s to %(high)s", low=write(measure.low), high=write(measure.high)))


def differs(measures: Sequence[Measure]) -> str:
    """What the ranges of several groups say of their differences; empty where there is nothing to compare."""
    if sum(one.enough for one in measures) < 2:
        return ""
    if intervals.all_overlap(list(measures)):
        return str(_("The lines overlap: the differences may be chance."))
    return str(_("Where two lines do not overlap, chance alone hardly makes such a difference."))


def compared(name: str, at_once: Measure, again: Measure) -> str:
    """Whether those whose complaint came back differ from those who were helped at once."""
    if not (at_once.enough and again.enough):
        return str(_("Too few answers to compare."))
    if intervals.overlap(at_once, again):
        return str(_("No clear difference: the lines overlap."))
    higher = (again.value or 0) > (at_once.value or 0)
    if name == "recommend":
        if higher:
            return str(_("Those whose complaint came back and was solved would recommend us more."))
        return str(_("Those whose complaint came back and was solved would recommend us less."))
    if higher:
        return str(_("Those whose complaint came back and was solved are satisfied more often."))
    return str(_("Those whose complaint came back and was solved are satisfied less often."))
