"""What a report says: the numbers beside those before, in words and in a table, and what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

from feedbackloop.ambassadors.numbers import figures, intervals, words
from feedbackloop.ambassadors.numbers.figures import Counts, Filter
from feedbackloop.ambassadors.numbers.intervals import Measure
from feedbackloop.ambassadors.numbers.rules import STEPS
from feedbackloop.ambassadors.reports import queries, rules
from feedbackloop.ambassadors.reports.models import Report
from feedbackloop.ambassadors.reports.rules import Days
from feedbackloop.ambassadors.reports.service import KIND
from feedbackloop.ambassadors.suggestions import queries as suggestions
from feedbackloop.config import settings
from feedbackloop.core import clock, formats, links
from feedbackloop.core.decisions import Decision, no
from feedbackloop.core.periods import midnight
from feedbackloop.mailing.kinds import MailKind, Reader, Row

_MEASURES = ("response", "satisfied", "recommend", "review")


def _readers(ids: Sequence[int]) -> Mapping[int, Reader]:
    return {one.id: Reader(one.locale, one.staff.sample) for one in queries.by_ids(ids).values()}


def _stop_url(report_id: int) -> str:
    return links.signed("reports.stop", "report", report_id)


def _may_send(rows: Sequence[Row], _now: datetime) -> Mapping[int, Decision]:
    """Decides again just before sending: is the colleague still here, and may they still see the numbers?"""
    found = queries.by_ids([row.subject_id for row in rows])
    return {row.id: _allowed(found.get(row.subject_id)) for row in rows}


def _allowed(report: Report | None) -> Decision:
    if report is None:
        return no("not_found")
    return rules.may_have(report.staff.role, report.staff.disabled_at is None)


def _content(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    found = queries.by_ids([row.subject_id for row in rows])
    shared: dict[tuple[str, date], Mapping[str, Any]] = {}
    made: dict[int, Mapping[str, Any]] = {}
    for row in rows:
        report = found[row.subject_id]
        about = (report.every, report.first_day)
        if about not in shared:
            shared[about] = _said(report.every, Days(report.first_day, report.last_day))
        made[row.id] = {
            **shared[about],
            "yours_due": _yours_due(report.staff_id),
            "reports_url": links.public("reports_staff.listing"),
        }
    return made


def _said(every: str, days: Days) -> Mapping[str, Any]:
    """All that is the same for everybody who gets this report."""
    mondays, earlier = rules.settled(every, days), rules.settled_before(every, days)
    now, before = (figures.figures(Filter(one.first, one.last)).total for one in (mondays, earlier))
    return {
        "every": every,
        "period": _period(every, days),
        "news": _news(every, days),
        "weeks": _weeks_of(mondays),
        "weeks_before": _weeks_of(earlier),
        "unlike": rules.weeks(mondays) != rules.weeks(earlier),
        "measures": [_measure(name, now, before) for name in _MEASURES],
        "steps": [_step(name, now, before) for name in STEPS],
        "empty": not now.at("resolved"),
        "due": queries.steps_due(_today()),
        "suggested": suggestions.count_waiting(_today()),
        "numbers_url": links.public(
            "numbers_staff.numbers",
            period="between",
            **{"from": mondays.first.isoformat(), "until": (mondays.last + timedelta(days=6)).isoformat()},
        ),
        "board_url": links.public("ambassadors_staff.board"),
        "suggestions_url": links.public("suggestions_staff.listing"),
    }


def _period(every: str, days: Days) -> str:
    """'the week of 23 November', 'November 2026'"""
    if every == rules.WEEK:
        return str(_("the week of %(day)s", day=formats.date_month(days.first)))
    return month_name(days.first)


def month_name(day: date) -> str:
    return str(format_date(day, "LLLL y"))


def _weeks_of(mondays: Days) -> str:
    if mondays.first == mondays.last:
        return str(_("the week of %(day)s", day=formats.date_month(mondays.first)))
    return str(
        _(
            "the %(n)s weeks from %(first)s to %(last)s",
            n=rules.weeks(mondays),
            first=formats.date_month(mondays.first),
            last=formats.date_month(mondays.last + timedelta(days=6)),
        )
    )


def _news(every: str, days: Days) -> list[tuple[str, int, int]]:
    """How many came to each stage of the board: in words, in these days, in the days before."""
    earlier = rules.before(every, days)
    now, before = (_newcomers(one) for one in (days, earlier))
    said = {
        "satisfied": _("New on the board, because it is solved"),
        "invited": _("Invited to write a review"),
        "clicked": _("Chose a place to write"),
        "reviewed": _("Wrote a review"),
        "ambassador": _("Became an ambassador"),
    }
    return [(str(sentence), now[stage], before[stage]) for stage, sentence in said.items()]


def _newcomers(days: Days) -> dict[str, int]:
    zone = settings().timezone
    return queries.newcomers(midnight(days.first, zone), midnight(days.last + timedelta(days=1), zone))


def _measure(name: str, now: Counts, before: Counts) -> str:
    """One sentence that says how sure it is, and whether it differs from before."""
    here, there = getattr(now, name), getattr(before, name)
    what = {
        "response": _("answer the question"),
        "satisfied": _("are really satisfied (CSAT)"),
        "recommend": _("NPS"),
        "review": _("of the invited write a review"),
    }[name]
    said = {
        "what": what,
        "value": words.written(name, here),
        "range": words.written_range(name, here),
        "of": formats.number(here.of),
        "before": words.written(name, there),
    }
    if not here.enough:
        return str(_("%(name)s: too few to say (%(of)s).", name=what[:1].upper() + what[1:], of=said["of"]))
    if not there.enough:
        return str(_("%(value)s %(what)s (%(range)s, of %(of)s); before: too few to compare.", **said))
    said["differs"] = _differs(here, there)
    return str(_("%(value)s %(what)s (%(range)s, of %(of)s); before %(before)s: %(differs)s.", **said))


def _differs(here: Measure, there: Measure) -> str:
    if intervals.overlap(here, there):
        return str(_("no clear difference"))
    return str(_("clearly higher") if (here.value or 0) > (there.value or 0) else _("clearly lower"))


def _step(name: str, now: Counts, before: Counts) -> tuple[str, int, int]:
    return str(words.STEP_WORDS[name]), now.at(name), before.at(name)


def _yours_due(staff_id: int) -> int:
    return queries.steps_due(_today(), staff_id)


def _today() -> date:
    return clock.now().astimezone(settings().timezone).date()


NUMBERS_REPORT = MailKind(KIND, None, _may_send, _content, timedelta(days=4), readers=_readers, way_out=_stop_url)
