"""Entry points of the clock for what comes in."""

from __future__ import annotations

import logging

from feedbackloop.config import settings
from feedbackloop.core import clock, db, queue
from feedbackloop.extensions import db as database
from feedbackloop.mailing.incoming import imap, intake, queries, service

log = logging.getLogger(__name__)

_BATCHES = 20
_LOOKED_AT = 500
_FORGOTTEN = 1000


@queue.job
def fetch() -> None:
    """Takes what is unseen in the IMAP mailbox of the settings, where one is set. Safe to run twice at once."""
    account = intake.account(settings())
    if account is None:
        return
    try:
        for _ in range(_BATCHES):
            if intake.empty_mailbox(account) < intake.IMAP_BATCH or queue.stopping.is_set():
                return
    except imap.MailboxAway as away:
        log.error("mailbox_away", extra={"reason": str(away.args[0])})


@queue.job
def look_again() -> None:
    """Looks once more at what came before the mail that it is about, and forgets old word of deliveries."""
    waiting = queries.waiting(clock.now(), _LOOKED_AT)
    database.session.rollback()
    for received_id in waiting:
        with db.transaction():
            service.look_again(received_id)
    with db.transaction():
        service.forget_old(_FORGOTTEN)
