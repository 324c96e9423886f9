"""Reports by mail: wanted by a colleague, made once for each period, ended at once."""

from __future__ import annotations

from feedbackloop.ambassadors.reports import queries, rules
from feedbackloop.ambassadors.reports.models import Subscription
from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.errors import NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.service import NewMail
from feedbackloop.setting_types import Mailbox

KIND = "numbers_report"
BATCH = 100


def subscribe(staff_id: int, every: str, locale: str, actor: str) -> None:
    """The colleague wants it from the next period on; asking again changes the language alone. Raises NotFound."""
    if every not in rules.EVERY:
        raise NotFound
    kept = queries.hold(staff_id, every)
    if kept is None:
        now = clock.now()
        due = rules.next_due(every, now, settings().timezone)
        kept = Subscription(staff_id=staff_id, every=every, locale=locale, next_at=due, created_at=now)
        db.session.add(kept)
        db.session.flush()
        history.record(Change(actor, "report_subscription", kept.id, "begun", to_state=every, reason=locale))
        return
    kept.locale = locale
    db.session.flush()


def unsubscribe(staff_id: int, every: str, actor: str) -> None:
    """Ends it, and what was planned. Doing it again changes nothing."""
    kept = queries.hold(staff_id, every)
    if kept is None:
        return
    mailing.cancel_unsent(KIND, queries.unsent_ids(staff_id, every), "unsubscribed")
    history.record(Change(actor, "report_subscription", kept.id, "ended", from_state=every))
    db.session.delete(kept)
    db.session.flush()


def plan(limit: int = BATCH) -> int:
    """Makes the reports whose moment has come, about the period that ended last; how many colleagues were looked at.

    Who may not have it any more gets none, and the report says why. After a stop of weeks nobody gets several at once.
    """
    now = clock.now()
    due = queries.hold_due(now, limit)
    for one in due:
        _plan(one)
        one.next_at = rules.next_due(one.every, now, settings().timezone)
    db.session.flush()
    return len(due)


def _plan(wanted: Subscription) -> None:
    now, who = clock.now(), wanted.staff
    days = rules.ended(wanted.every, now.astimezone(settings().timezone).date())
    decision = rules.may_have(who.role, who.disabled_at is None)
    row = {
        "staff_id": who.id,
        "every": wanted.every,
        "locale": wanted.locale,
        "first_day": days.first,
        "last_day": days.last,
        "reason": decision.reason,
        "planned_at": now,
    }
    report_id = queries.insert(row)
    if report_id is None:
        return
    said = "planned" if decision else "not_sent"
    history.record(Change("system", "report", report_id, said, to_state=wanted.every, reason=decision.reason))
    if decision:
        mailing.plan_mails([NewMail(KIND, report_id, now, to=Mailbox(who.name, who.email))])
