"""Telling the other stations what became of their mails: one event for each kind and outcome."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from feedbackloop.core import events
from feedbackloop.mailing.events import MailsEnded, MailsSent


def emit_sent(mails: Iterable[tuple[str, int, int]]) -> None:
    """(kind, mail id, subject id) of mails that the server took, in the open transaction."""
    by_kind: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for kind, mail_id, subject_id in mails:
        by_kind[kind].append((mail_id, subject_id))
    for kind, pairs in by_kind.items():
        events.emit(MailsSent(kind, *_columns(pairs)))


def emit_ended(mails: Iterable[tuple[str, int, int, str, str]]) -> None:
    """(kind, mail id, subject id, status, reason) of mails that will not be sent, in the open transaction."""
    by_end: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for kind, mail_id, subject_id, status, reason in mails:
        by_end[kind, status, reason].append((mail_id, subject_id))
    for (kind, status, reason), pairs in by_end.items():
        events.emit(MailsEnded(kind, *_columns(pairs), status, reason))


def _columns(pairs: list[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(mail_id for mail_id, _ in pairs), tuple(subject_id for _, subject_id in pairs)
