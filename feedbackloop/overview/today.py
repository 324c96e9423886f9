"""What happened today, read from the history, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from feedbackloop.core import access
from feedbackloop.core.history import History
from feedbackloop.overview import queries, rules
from feedbackloop.overview.rules import Day, Entry
from feedbackloop.staff import queries as staff

READ = 400
"""A busy day is read back this far."""

# What marketing may hear of: no complaint and no answer.
FOR_MARKETING = frozenset({"invitation", "review", "ambassador", "improvement", "telling"})


@dataclass(frozen=True)
class Line:
    """`case` is the complaint's number where the line is about one that the reader may open, `href` its page."""

    at: datetime
    words: str
    case: str | None
    href: str | None


def lines(day: Day, shown: int) -> list[Line]:
    """The newest of today, newest first. Changes of one sort in a row are one line; some nobody needs to read."""
    found = [_entry(one) for one in queries.history_since(day.starts_at, READ)]
    open_to_all = g.staff.role != "marketing"
    runs = rules.in_runs([one for one in found if open_to_all or one.subject in FOR_MARKETING])
    names = staff.names(list({int(one.actor[6:]) for one in runs if one.actor.startswith("staff:")}))
    said = [(one, _words(one, _who(one.actor, names))) for one in runs]
    kept = [(one, words) for one, words in said if words][:shown]
    numbers = queries.case_numbers([one.complaint_id for one, _words_of in kept if one.complaint_id])
    return [_line(one, words, numbers) for one, words in kept]


def _entry(row: History) -> Entry:
    return Entry(row.at, row.actor, row.subject, row.what, 1, row.complaint_id, row.to_state)


def _line(entry: Entry, words: str, numbers: Mapping[int, str]) -> Line:
    href = access.link("complaints_staff.case", complaint_id=entry.complaint_id) if entry.complaint_id else None
    return Line(entry.at, words, numbers.get(entry.complaint_id or 0) if href else None, href)


def _who(actor: str, names: Mapping[int, str]) -> str | None:
    """A colleague's name; None for people, machines and the system, who need no name here."""
    return names.get(int(actor[6:])) if actor.startswith("staff:") else None


def _words(one: Entry, who: str | None) -> str | None:
    if one.subject == "complaint" and one.actor.startswith("customer:"):
        return None  # their answer says it already
    make = _SENTENCES.get((one.subject, one.what, one.to_state)) or _SENTENCES.get((one.subject, one.what, None))
    if make is None:
        return None
    words = make(one.count)
    return _("%(words)s, by %(who)s", words=words, who=who) if who else words


_SENTENCES: Mapping[tuple[str, str, str | None], Callable[[int], str]] = {
    ("complaint", "created", None): lambda n: ngettext("New complaint", "%(num)s new complaints", n),
    ("complaint", "resolved", None): lambda n: ngettext("Complaint resolved", "%(num)s complaints resolved", n),
    ("complaint", "reopened", None): lambda n: ngettext("Complaint reopened", "%(num)s complaints reopened", n),
    ("complaint", "confirmed", None): lambda n: ngettext("The person is satisfied", "%(num)s people are satisfied", n),
    ("check_in", "sent", None): lambda n: ngettext("Check-in sent", "%(num)s check-ins sent", n),
    ("check_in", "bounced", None): lambda n: ngettext("Check-in did not arrive", "%(num)s check-ins did not arrive", n),
    ("answer", "answered", "yes"): lambda n: _("Answered ‘yes’"),
    ("answer", "answered", "partly"): lambda n: _("Answered ‘partly’"),
    ("answer", "answered", "no"): lambda n: _("Answered ‘no’"),
    ("answer", "answered", "later"): lambda n: _("Answered ‘I cannot say yet’"),
    ("answer", "answered", None): lambda n: ngettext("Answer to a check-in", "%(num)s answers to check-ins", n),
    ("answer", "changed", None): lambda n: ngettext("Answer changed", "%(num)s answers changed", n),
    ("call", "reached", None): lambda n: ngettext("Customer called", "%(num)s customers called", n),
    ("call", "tried", None): lambda n: ngettext("Called, no answer", "Called %(num)s times, no answer", n),
    ("summary", "answered", "accepted"): lambda n: ngettext("Summary accepted", "%(num)s summaries accepted", n),
    ("summary", "answered", "corrected"): lambda n: ngettext("Summary corrected", "%(num)s summaries corrected", n),
    ("step", "answered", "fine"): lambda n: ngettext("Step agreed to", "%(num)s steps agreed to", n),
    ("step", "answered", None): lambda n: ngettext("Step not agreed to", "%(num)s steps not agreed to", n),
    ("recovery_case", "closed", None): lambda n: ngettext("Recovery case closed", "%(num)s recovery cases closed", n),
    ("invitation", "sent", None): lambda n: ngettext(
        "Invited to write a review", "%(num)s people invited to write a review", n
    ),
    ("review", "written", None): lambda n: ngettext("Review written", "%(num)s reviews written", n),
    ("review", "published", None): lambda n: ngettext("Review published", "%(num)s reviews published", n),
    ("review", "refused", None): lambda n: ngettext("Review refused", "%(num)s reviews refused", n),
    ("ambassador", "moved", "ambassador"): lambda n: ngettext("Became an ambassador", "%(num)s became ambassadors", n),
    ("improvement", "created", None): lambda n: ngettext("Improvement written", "%(num)s improvements written", n),
    ("improvement", "published", None): lambda n: ngettext(
        "Improvement published", "%(num)s improvements published", n
    ),
    ("improvement", "moved", "done"): lambda n: ngettext("Improvement done", "%(num)s improvements done", n),
    ("telling", "sent", None): lambda n: ngettext("Told what changed", "%(num)s people told what changed", n),
    ("telling", "answered", "yes"): lambda n: ngettext("Says: this helps", "%(num)s say: this helps", n),
    ("telling", "answered", "no"): lambda n: ngettext("Says: this is not it", "%(num)s say: this is not it", n),
}
