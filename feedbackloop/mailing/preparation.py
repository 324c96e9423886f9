"""What happens to claimed mails before a server is asked: decided once more, and made into messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import OperationalError

from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.core.db import transaction
from feedbackloop.core.decisions import YES
from feedbackloop.extensions import db
from feedbackloop.mailing import kinds, optouts, queries, rendering, rules, service, sharing
from feedbackloop.mailing.kinds import Known, MailKind
from feedbackloop.mailing.message import Letter, Unsendable
from feedbackloop.mailing.queries import Claimed, Recipient
from feedbackloop.mailing.settlement import Settlement, failed, given_back

V = TypeVar("V")


@dataclass(slots=True)
class Ready:
    """A mail that may go now: to which address, and the bytes. `letter` renders it for who wants to read it."""

    mail: Claimed
    address: str
    content: bytes
    letter: Callable[[], Letter]


def prepare(mails: Sequence[Claimed]) -> tuple[list[Ready], list[Settlement]]:
    """Those that may go, as messages and in the order given; and how all others end or go on.

    When this returns nothing more is read from the database: no transaction stays open while a server is waited for.
    """
    ready: list[Ready] = []
    ended: list[Settlement] = []
    try:
        recipients = queries.recipients(mails)
        groups: dict[tuple[str, str], list[Claimed]] = defaultdict(list)
        for mail in mails:
            groups[mail.kind, settings().pick_locale(recipients[mail.id].locale)].append(mail)
        for (name, locale), group in groups.items():
            try:
                kind = kinds.kind_named(name)
            except KeyError as problem:
                ended += [failed(mail, problem) for mail in group]
                continue
            known: Known = {}
            may_go, others = _decide(kind, group, recipients, known)
            made, broken = _make(kind, locale, may_go, recipients, known)
            ready += made
            ended += [*others, *broken]
    finally:
        db.session.rollback()
    order = {mail.id: place for place, mail in enumerate(mails)}
    return sorted(ready, key=lambda one: order[one.mail.id]), ended


def _decide(
    kind: MailKind, mails: Sequence[Claimed], recipients: Mapping[int, Recipient], known: Known
) -> tuple[list[Claimed], list[Settlement]]:
    now = clock.now()
    if kind.in_window:
        opens = service.first_moment(now)
        if opens > now:
            return [], [_wait_for(opens, mail, now) for mail in mails]
    allowed, ended = _judge(kind, mails, recipients, known, now)
    found = sharing.gather(kind, allowed, known, now)
    ended += found.ended
    gone: dict[int, Settlement] = {}
    if found.riders:
        gone = _without(kind, [one for group in found.riders.values() for one in group], known, now)
    return sharing.together(found, gone), ended


def _without(kind: MailKind, riders: Sequence[Claimed], known: Known, now: datetime) -> dict[int, Settlement]:
    """Takes those out of their mail that may not go any more; how they end, by id."""
    _staying, leaving = _judge(kind, riders, queries.recipients(riders), known, now)
    if leaving:
        with transaction():
            sharing.leave(leaving)
    return {one.mail.id: one for one in leaving}


def _judge(
    kind: MailKind, mails: Sequence[Claimed], recipients: Mapping[int, Recipient], known: Known, now: datetime
) -> tuple[list[Claimed], list[Settlement]]:
    """Those that may go, each by itself; and how the others end."""
    addresses = (recipients[mail.id].address for mail in mails)
    listed = optouts.reasons([address for address in addresses if address], kind.purpose, now)
    going: list[Claimed] = []
    ended: list[Settlement] = []
    for mail in mails:
        refused = rules.refusal(_facts(mail, recipients[mail.id], listed), now)
        if refused is None:
            going.append(mail)
        else:
            ended.append(Settlement(mail, *refused, counted=False))
    said, broken = _each(going, lambda rows: kind.decide(rows, now, known))
    ended += broken
    for mail in going:
        decision = said.get(mail.id, YES)
        if not decision.allowed:
            ended.append(Settlement(mail, "cancelled", decision.reason, counted=False))
    out = {one.mail.id for one in ended}
    return [mail for mail in going if mail.id not in out], ended


def _wait_for(opens: datetime, mail: Claimed, now: datetime) -> Settlement:
    if mail.expires_at is not None and mail.expires_at <= now:
        return Settlement(mail, "expired", "too_late", counted=False)
    return given_back(mail, opens)


def _facts(mail: Claimed, recipient: Recipient, listed: Mapping[str, str]) -> rules.Facts:
    return rules.Facts(
        expires_at=mail.expires_at,
        address=recipient.address,
        erased=recipient.erased,
        sample=recipient.sample,
        real_server=not settings().local_mail,
        suppressed=listed.get(recipient.address) if recipient.address else None,
    )


def _make(
    kind: MailKind, locale: str, mails: Sequence[Claimed], recipients: Mapping[int, Recipient], known: Known
) -> tuple[list[Ready], list[Settlement]]:
    ready: list[Ready] = []
    if not mails:
        return ready, []
    with rendering.speaking(locale):
        words, ended = _each(mails, lambda rows: kind.words(rows, known))
        out = {one.mail.id for one in ended}
        for mail in mails:
            if mail.id in out:
                continue
            try:
                given = kind, mail, recipients[mail.id], words[mail.id]
                made = rendering.compose(*given)
                ready.append(Ready(mail, made.address, made.content, partial(rendering.said, locale, *given)))
            except (BaseTimeoutException, OperationalError):
                raise
            except Unsendable as problem:
                ended.append(Settlement(mail, "parked", str(problem.args[0])))
            except Exception as problem:
                ended.append(failed(mail, problem))
    return ready, ended


def _each(
    mails: Sequence[Claimed], ask: Callable[[Sequence[Claimed]], Mapping[int, V]]
) -> tuple[Mapping[int, V], list[Settlement]]:
    """Asks for all at once; where that fails one by one, so that one broken row never stops the others."""
    if not mails:
        return {}, []
    try:
        return ask(mails), []
    except (BaseTimeoutException, OperationalError):
        raise
    except Exception as problem:
        db.session.rollback()
        if len(mails) == 1:
            return {}, [failed(mails[0], problem)]
    found: dict[int, Any] = {}
    ended: list[Settlement] = []
    for mail in mails:
        said, broken = _each([mail], ask)
        found.update(said)
        ended += broken
    return found, ended
