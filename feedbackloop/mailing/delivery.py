"""From the outbox to the mail server: claim, decide, make, send, settle; in batches, over one kept connection."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from flask import current_app
from flask_mail import Message, email_dispatched
from sqlalchemy.exc import OperationalError

from feedbackloop.config import settings
from feedbackloop.core.queue import stopping
from feedbackloop.mailing import queries, settlement
from feedbackloop.mailing.lease import Lease
from feedbackloop.mailing.message import wire_address
from feedbackloop.mailing.preparation import Ready, prepare
from feedbackloop.mailing.settlement import Settlement
from feedbackloop.mailing.smtp import ACCEPTED, Connection, Server, ServerAway, Verdict
from feedbackloop.people.events import PeopleErased

log = logging.getLogger(__name__)

BATCH = 50
# One call of `drain` ends after this many mails or seconds, so that a job never nears its time-out.
MOST = 20_000
LONGEST_S = 120.0
# What was sent and not written down yet is what a killed sender doubles.
_SETTLE_AFTER = 20
_SETTLE_AFTER_S = 0.25
# What was decided longer ago is decided again: the complaint may have been reopened meanwhile.
_DECISION_LASTS = timedelta(seconds=15)
# A server that has just been started is worth a moment before the wait of a retry.
_CONNECT_WAITS_S = (0.5, 1.0, 2.0)
_DATABASE_WAIT_S = 0.5


def drain(ids: Sequence[int] = (), most: int = MOST, longest_s: float = LONGEST_S) -> int:
    """Sends these mails where they are due, then whatever else is due; how many it took up.

    Stops at the bounds, between two messages once this process is asked to end, and where the server is away.
    """
    until = time.monotonic() + longest_s
    named = queries.chunks(list(ids), BATCH)
    taken = 0
    with connection() as kept, Lease(kept.abort) as lease:
        while taken < most and time.monotonic() < until and not stopping.is_set():
            wanted = named.pop(0) if named else None
            mails = lease.claim(BATCH, wanted)
            if not mails and wanted is None:
                break
            taken += len(mails)
            if mails and not _Batch(lease, kept).work(mails):
                break
    return taken


def connection() -> Connection:
    """A connection to the mail server of the settings, not opened yet."""
    return Connection(_server())


def erase(event: PeopleErased) -> None:
    """Ends all mail to these people and forgets what servers said of them. Their stations keep their own books."""
    queries.cancel_unsent_of(event.ids, None, "erased")
    queries.forget_replies(event.ids)


class _Batch:
    """Mails claimed together; each gets its own verdict."""

    def __init__(self, lease: Lease, connection: Connection) -> None:
        self.lease = lease
        self.connection = connection
        self.sender = wire_address((settings().bounce_address or settings().sender).address)
        self._found: list[Settlement] = []
        self._settled = time.monotonic()

    def work(self, mails: Sequence[queries.Claimed]) -> bool:
        """False where the server is away: then it makes no sense to go on."""
        decided = time.monotonic()
        ready, self._found = prepare(mails)
        self._settle()
        for place, one in enumerate(ready):
            if not self.lease.is_good():
                log.warning("lease_lost", extra={"mails": [left.mail.id for left in ready[place:]]})
                break
            if stopping.is_set() or time.monotonic() - decided > settings().scaled(_DECISION_LASTS).total_seconds():
                self._found += [settlement.given_back(left.mail) for left in ready[place:]]
                break
            try:
                verdict = self._send(one)
            except ServerAway as away:
                self._put_off([left.mail for left in ready[place:]], away)
                return False
            self._found.append(settlement.of_verdict(one.mail, verdict, one.address))
            if len(self._found) >= _SETTLE_AFTER or time.monotonic() - self._settled > _SETTLE_AFTER_S:
                self._settle()
        self._settle()
        return True

    def _send(self, one: Ready) -> Verdict:
        if current_app.extensions["mail"].suppress:
            verdict = Verdict(ACCEPTED, "not handed over: MAIL_SUPPRESS_SEND")
        else:
            _open(self.connection)
            verdict = self.connection.send(self.sender, one.address, one.content)
        if verdict.outcome == ACCEPTED and email_dispatched.receivers:
            email_dispatched.send(current_app._get_current_object(), message=_flask_message(one))  # type: ignore[attr-defined]
        return verdict

    def _put_off(self, mails: Sequence[queries.Claimed], away: ServerAway) -> None:
        log.error("mail_server_away", extra={"reason": away.reason, "sign_in": away.sign_in, "mails": len(mails)})
        reason = "sign_in_refused" if away.sign_in else "server_away"
        # A wrong password is ours to mend: it is no try of these mails.
        self._found += [settlement.later(mail, reason, away.reason, counted=not away.sign_in) for mail in mails]
        self._settle()

    def _settle(self) -> None:
        """Writes down what is known. While the database is away it is tried again for as long as the rows are ours."""
        found, self._found = self._found, []
        while found:
            try:
                settlement.settle(self.lease.token, found)
                break
            except OperationalError:
                if not self.lease.is_good() or stopping.is_set():
                    raise
                time.sleep(_DATABASE_WAIT_S)
        self.lease.let_go(one.mail.id for one in found)
        self._settled = time.monotonic()


def _open(connection: Connection) -> None:
    for wait_s in _CONNECT_WAITS_S:
        try:
            connection.open()
        except ServerAway as away:
            if away.sign_in or stopping.wait(settings().scaled(timedelta(seconds=wait_s)).total_seconds()):
                raise
        else:
            return
    connection.open()


def _server() -> Server:
    found = settings()
    return Server(
        host=found.mail_server or "",
        port=found.mail_port,
        tls=found.mail_use_tls,
        ssl=found.mail_use_ssl,
        username=found.mail_username,
        password=found.mail_password,
        own_name=urlsplit(found.public_url).hostname or "localhost",
        command_s=found.scaled(timedelta(seconds=30)).total_seconds(),
        dot_s=found.scaled(timedelta(seconds=120)).total_seconds(),
    )


def _flask_message(one: Ready) -> Message:
    """The message as Flask-Mail's own, for who listens to its signal."""
    letter = one.letter
    message = Message(
        subject=letter.subject,
        recipients=[(letter.recipient.name, letter.recipient.address)],
        body=letter.text,
        html=letter.html,
        sender=(letter.sender.name, letter.sender.address),
        reply_to=(letter.reply_to.name, letter.reply_to.address) if letter.reply_to else None,
        extra_headers=dict(letter.headers),
    )
    message.msgId = f"<{letter.message_id}>"
    return message
