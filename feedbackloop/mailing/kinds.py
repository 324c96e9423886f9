"""What a kind of mail is: one rule that says whether it may go, one function that says what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from feedbackloop.core.decisions import Decision


@dataclass
class Row:
    """What a kind's functions are told of an outbox row. `along`: the subjects of other rows that go in its mail."""

    id: int
    kind: str
    subject_id: int
    cycle: int
    complaint_id: int | None
    customer_id: int | None
    due_at: datetime
    along: tuple[int, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Sharing:
    """How a kind keeps mails to one person few. It holds for first cycles only: what came back is always asked again.

    `cap` is the time from one mail to the next, read each time; None where each goes by itself. Mails that come up
    together go as one, at most `most`. `capped` is False for a kind that goes as one and never waits. `last_moment`
    tells from what was read until when a mail makes sense, besides its own expiry.
    """

    cap: Callable[[], timedelta | None]
    capped: bool = True
    last_moment: Callable[[Any], datetime | None] = lambda _known: None
    most: int = 5


@dataclass(frozen=True)
class Reader:
    """What a kind knows of a recipient who is neither a customer nor a colleague."""

    locale: str | None
    sample: bool = False


# What a kind has read for a batch, by subject id.
Known = dict[int, Any]


@dataclass(frozen=True)
class MailKind:
    """One kind of mail; its name is its folder under templates/mail/.

    `purpose` is what its opt-out link stops (check_in, review, news, follow); None for a plain reply to a person or a
    mail to staff, which has no opt-out. `may_send` decides again just before sending, for many rows at once: an id
    that it leaves out may go. `content` gives the templates their words, by outbox id. `sensible_for` is how long after
    it was due the mail still makes sense. `in_window` is False for what answers a person or wakes a colleague. `read`
    gets once, by subject id, what both functions need; they are then called with it after their other arguments.
    `sharing` lets several of its mails to one person go as one. Where its recipients are neither customers nor
    colleagues, `readers` tells by subject id what is known of them, and `way_out` where one ends it.
    """

    name: str
    purpose: str | None
    may_send: Callable[..., Mapping[int, Decision]]
    content: Callable[..., Mapping[int, Mapping[str, Any]]]
    sensible_for: timedelta
    in_window: bool = True
    read: Callable[[Sequence[int]], Known] | None = None
    sharing: Sharing | None = None
    readers: Callable[[Sequence[int]], Mapping[int, Reader]] | None = None
    way_out: Callable[[int], str] | None = None

    def decide(self, rows: Sequence[Row], now: datetime, known: Known) -> Mapping[int, Decision]:
        """What `may_send` says; `known` then holds what was read for it."""
        if self.read is None:
            return self.may_send(rows, now)
        known.update(self.read([row.subject_id for row in rows]))
        return self.may_send(rows, now, known)

    def words(self, rows: Sequence[Row], known: Known) -> Mapping[int, Mapping[str, Any]]:
        """What `content` gives for rows that were decided on."""
        return self.content(rows) if self.read is None else self.content(rows, known)


_kinds: dict[str, MailKind] = {}


def know(kinds: Sequence[MailKind]) -> None:
    """Sets the kinds; `create_app` does it once with loop.MAILS."""
    _kinds.clear()
    _kinds.update({kind.name: kind for kind in kinds})


def kind_named(name: str) -> MailKind:
    return _kinds[name]


def readers(rows: Iterable[Row]) -> dict[int, Reader]:
    """What the kinds of these rows know of who gets them, by row id."""
    found: dict[int, Reader] = {}
    by_kind: dict[str, list[Row]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    for name, own in by_kind.items():
        kind = _kinds.get(name)
        if kind is not None and kind.readers is not None:
            known = kind.readers([row.subject_id for row in own])
            found.update({row.id: known[row.subject_id] for row in own if row.subject_id in known})
    return found


def of_purpose(purpose: str) -> tuple[str, ...]:
    """The kinds that an opt-out for this purpose stops."""
    return tuple(name for name, kind in _kinds.items() if kind.purpose == purpose)


def names() -> tuple[str, ...]:
    return tuple(_kinds)
