"""What a kind of mail is: one rule that says whether it may go, one function that says what is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from feedbackloop.core.decisions import Decision


@dataclass(frozen=True)
class Row:
    """What a kind's functions are told of an outbox row."""

    id: int
    kind: str
    subject_id: int
    cycle: int
    complaint_id: int | None
    customer_id: int | None
    due_at: datetime


@dataclass(frozen=True)
class MailKind:
    """One kind of mail; its name is its folder under templates/mail/.

    `purpose` is what its opt-out link stops (check_in, review, news); None for a plain reply to a person or a mail to
    staff, which has no opt-out. `may_send` decides again just before sending, for many rows at once: an id that it
    leaves out may go. `content` gives the templates their words, by outbox id. `sensible_for` is how long after it was
    due the mail still makes sense. `in_window` is False for what answers a person or wakes a colleague.
    """

    name: str
    purpose: str | None
    may_send: Callable[[Sequence[Row], datetime], Mapping[int, Decision]]
    content: Callable[[Sequence[Row]], Mapping[int, Mapping[str, Any]]]
    sensible_for: timedelta
    in_window: bool = True


_kinds: dict[str, MailKind] = {}


def know(kinds: Sequence[MailKind]) -> None:
    """Sets the kinds; `create_app` does it once with loop.MAILS."""
    _kinds.clear()
    _kinds.update({kind.name: kind for kind in kinds})


def kind_named(name: str) -> MailKind:
    return _kinds[name]


def of_purpose(purpose: str) -> tuple[str, ...]:
    """The kinds that an opt-out for this purpose stops."""
    return tuple(name for name, kind in _kinds.items() if kind.purpose == purpose)


def names() -> tuple[str, ...]:
    return tuple(_kinds)
