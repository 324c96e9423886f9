"""The outbox's verbs for the other stations: plan, cancel, move. Delivery itself is in `delivery.py`."""

from __future__ import annotations

import uuid
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from feedbackloop.config import settings
from feedbackloop.core import clock, queue
from feedbackloop.core.db import after_commit
from feedbackloop.mailing import kinds, queries, rules
from feedbackloop.setting_types import Mailbox, Region

# A job carries at most this many ids; a sender drains them over one connection.
JOB_SIZE = 500


@dataclass(frozen=True)
class NewMail:
    """A mail to be. Unique by (kind, subject_id, cycle). The recipient is the customer, or `to` for others."""

    kind: str
    subject_id: int
    due_at: datetime
    cycle: int = 1
    complaint_id: int | None = None
    customer_id: int | None = None
    to: Mailbox | None = None


def plan_mails(mails: Sequence[NewMail]) -> None:
    """Writes outbox rows, moved into the send window where their kind asks for it; wakes a sender for what is due now.

    A mail that was planned before stays as it is.
    """
    _wake_due(queries.insert_mails(_rows(mails)))


def plan_again(mails: Sequence[NewMail]) -> None:
    """As `plan_mails`, but one that was cancelled before a server was asked goes after all."""
    rows = _rows(mails)
    _wake_due(queries.take_up(rows) + queries.insert_mails(rows))


def _rows(mails: Sequence[NewMail]) -> list[dict[str, Any]]:
    now = clock.now()
    # Hundreds of mails that are planned at once mostly have one moment.
    opens = {moment: first_moment(moment) for moment in {mail.due_at for mail in mails if _in_window(mail)}}
    return [_row(mail, opens[mail.due_at] if _in_window(mail) else mail.due_at, now) for mail in mails]


def _wake_due(ids: Sequence[tuple[int, datetime]]) -> None:
    now = clock.now()
    due = [mail_id for mail_id, due_at in ids if due_at <= now]
    if due:
        after_commit(lambda: wake(due))


def wake(mail_ids: Sequence[int]) -> None:
    """Queues delivery of these rows now, in batches."""
    for start in range(0, len(mail_ids), JOB_SIZE):
        if not queue.push("mail", "feedbackloop.mailing.jobs.deliver", list(mail_ids[start : start + JOB_SIZE])):
            return  # the sweep finds them all


def cancel_unsent(kind: str, subject_ids: Sequence[int], reason: str, cycle: int | None = None) -> list[int]:
    """Cancels what was not handed to a server yet; the subject ids for which a mail was cancelled."""
    return queries.cancel_unsent(kind, subject_ids, reason, cycle)


def forget_addresses(kinds: Sequence[str], subject_ids: Sequence[int]) -> None:
    """Takes the addresses out of mails to people who are neither customers nor colleagues; they are nobody's then."""
    queries.forget_addresses(kinds, subject_ids)


def move_unsent(kind: str, due_by_subject: Mapping[int, datetime]) -> None:
    """Gives unsent mails another moment, inside the send window."""
    in_window = kinds.kind_named(kind).in_window
    queries.move_unsent(kind, {k: first_moment(v) if in_window else v for k, v in due_by_subject.items()})


def readdress_unsent(customer_by_complaint: Mapping[int, int | None]) -> None:
    """Gives the unsent mails of these complaints to another person: the address they had was not right.

    None takes the person away; such a mail has nobody to go to and ends as `no_address` when it comes up.
    """
    queries.readdress_unsent(customer_by_complaint)


def first_moment(moment: datetime) -> datetime:
    """The first moment at or after this one at which the settings allow mail to customers.

    A window of `always` opens on public holidays as well; quiet days are kept by whoever named them.
    """
    found = settings()
    closed = found.quiet_days.__contains__ if found.send_window is None else _is_closed
    return rules.next_open(moment, found.send_window, found.timezone, closed)


def is_holiday(day: date) -> bool:
    """Whether the day is a public holiday where the settings say."""
    region = settings().holidays
    return region is not None and day in _calendar(region)


def _is_closed(day: date) -> bool:
    return day in settings().quiet_days or is_holiday(day)


@cache
def _calendar(region: Region) -> Container[date]:
    import holidays  # takes a while to load, and most commands need no calendar

    calendar: Container[date] = holidays.country_holidays(region.country, subdiv=region.part)
    return calendar


def _in_window(mail: NewMail) -> bool:
    return kinds.kind_named(mail.kind).in_window


def _row(mail: NewMail, due_at: datetime, now: datetime) -> dict[str, object]:
    return {
        "uuid": str(uuid.uuid4()),
        "kind": mail.kind,
        "subject_id": mail.subject_id,
        "cycle": mail.cycle,
        "complaint_id": mail.complaint_id,
        "customer_id": mail.customer_id,
        "to_name": mail.to.name if mail.to else None,
        "to_address": mail.to.address if mail.to else None,
        "status": "queued",
        "due_at": due_at,
        "expires_at": due_at + kinds.kind_named(mail.kind).sensible_for,
        "created_at": now,
    }
