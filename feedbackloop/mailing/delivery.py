"""From the outbox to the mail server: claim, decide, make, send, settle.

One thread, several connections. While replies are awaited the next mails are made; what was accepted is written down in
groups, and in the journal at once. No transaction is open while a server is waited for.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import current_app
from flask_mail import Message, email_dispatched

from feedbackloop.config import settings
from feedbackloop.core import db
from feedbackloop.core.queue import stopping
from feedbackloop.extensions import db as database
from feedbackloop.mailing import control, figures, queries, takeover
from feedbackloop.mailing.journal import Journal
from feedbackloop.mailing.lease import Lease
from feedbackloop.mailing.outgoing import Outgoing, Parcel
from feedbackloop.mailing.smtp import ACCEPTED, Pool, Server, ServerAway, Verdict
from feedbackloop.people.events import PeopleErased

log = logging.getLogger(__name__)

# One call of `drain` ends after this many seconds, so that a job never nears its time-out.
LONGEST_S = 240.0
# A stop must be over within 15 s, also while the server keeps us waiting for a reply.
STOP_GRACE_S = 8.0
# How often a sender looks whether it may still send: a stop holds within 5 s.
_LOOK_EVERY_S = 1.0
_PUMP_S = 0.25


def drain(ids: Sequence[int] = (), longest_s: float = LONGEST_S) -> int:
    """Sends these mails where they are due, then whatever else is due; how many it took up.

    Stops between two messages once this process is asked to end, once somebody or something holds the sending, and
    where the server is away.
    """
    takeover.after_the_dead()
    probing = False
    held = _hold()
    if held is not None:
        probing = _may_probe(held)
        if not probing:
            return 0
    with Lease() as lease:
        return _Drain(lease, ids, longest_s, probing).run()


def server() -> Server:
    """The mail server of the settings."""
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


def erase(event: PeopleErased) -> None:
    """Ends all mail to these people and forgets what servers said of them. Their stations keep their own books."""
    queries.cancel_unsent_of(event.ids, None, "erased")
    queries.forget_replies(event.ids)


def _hold() -> control.Hold | None:
    held = control.hold(db.now())
    database.session.rollback()
    return held


def _may_probe(held: control.Hold) -> bool:
    if held.probe_from is None or held.probe_from > db.now():
        return False
    with db.transaction():
        return control.may_probe(db.now())


class _Drain:
    """One job's work. It is the office that the connections get their messages from and report to."""

    def __init__(self, lease: Lease, ids: Sequence[int], longest_s: float, probing: bool) -> None:
        self._outgoing = Outgoing(lease, ids, one_only=probing)
        self._lease = lease
        self._probing = probing
        self._until = time.monotonic() + longest_s
        self._looked = time.monotonic()
        self._away: ServerAway | None = None
        self._unconnected = False
        self._ended = False

    def run(self) -> int:
        suppressed = bool(current_app.extensions["mail"].suppress)
        size = 1 if self._probing else settings().smtp_connections
        with Journal(self._lease.token) as journal:
            self._outgoing.journal = journal
            with Pool(server(), size, self, self._wanted) as pool:
                try:
                    self._work(pool, suppressed)
                except ServerAway as away:
                    self._away, self._unconnected = away, True
                finally:
                    self._end(pool)
        return self._outgoing.taken

    # What the connections ask and tell

    def next(self) -> Parcel | None:
        return None if self._ended else self._outgoing.next()

    def back(self, parcel: Parcel) -> None:
        self._outgoing.put_back(parcel)

    def done(self, parcel: Parcel, verdict: Verdict) -> None:
        self._outgoing.done(parcel, verdict)
        if verdict.outcome == ACCEPTED and email_dispatched.receivers:
            message = _flask_message(parcel)
            email_dispatched.send(current_app._get_current_object(), message=message)  # type: ignore[attr-defined]

    def closes(self, line: str) -> None:
        self._away = ServerAway(line, closing=True)

    def sign_in_wanted(self, line: str) -> None:
        self._away = ServerAway(line, sign_in=True)

    # The work

    def _wanted(self) -> int:
        return 0 if self._ended else self._outgoing.ready

    def _work(self, pool: Pool[Parcel], suppressed: bool) -> None:
        outgoing = self._outgoing
        while self._may_go_on():
            outgoing.fill()
            if suppressed:
                while (parcel := outgoing.next()) is not None:
                    self.done(parcel, Verdict(ACCEPTED, "not handed over: MAIL_SUPPRESS_SEND"))
            elif outgoing.ready or pool.busy:
                pool.pump(_PUMP_S)
            elif outgoing.exhausted:
                break
            outgoing.settle_in_time()
            if self._probing and outgoing.answered:
                self._recovered()
                break

    def _may_go_on(self) -> bool:
        now = time.monotonic()
        if stopping.is_set() or now > self._until or self._away is not None or self._outgoing.broken:
            return False
        if now - self._looked > _LOOK_EVERY_S and not self._probing:
            self._looked = now
            return _hold() is None
        return True

    def _end(self, pool: Pool[Parcel]) -> None:
        """Waits for the replies to what was handed over, gives back what was not, and writes it all down."""
        self._ended = True
        pool.finish(STOP_GRACE_S)
        self._outgoing.give_back()
        self._outgoing.settle()
        if self._away is not None:
            self._tell(self._away)

    def _tell(self, away: ServerAway) -> None:
        """Nobody talks to the server for a while; no mail is a try further by it."""
        with db.transaction():
            now = db.now()
            if self._unconnected and away.closing and _others_send(now):
                log.warning("no_connection_left", extra={"reason": away.reason})
            elif away.sign_in:
                control.sign_in_refused(away.reason, now)
            elif away.closing:
                control.pause(away.reason, now)
            else:
                control.away(away.reason, now)

    def _recovered(self) -> None:
        with db.transaction():
            control.server_worked()


def _others_send(now: datetime) -> bool:
    """Whether the server is taking mail from other senders: then it has no room for us, and a pause would be wrong."""
    last = figures.last_sent()
    return last is not None and now - last < settings().scaled(control.AWAY)


def _flask_message(parcel: Parcel) -> Message:
    """The message as Flask-Mail's own, for who listens to its signal."""
    letter = parcel.ready.letter()
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
