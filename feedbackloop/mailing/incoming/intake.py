"""Whole messages on their way in, from a pipe, a Maildir or an IMAP mailbox; each in a transaction of its own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from feedbackloop.config import Settings
from feedbackloop.core import db, queue
from feedbackloop.mailing.incoming import classify, imap, maildir, reading, service
from feedbackloop.mailing.incoming.rules import UNREADABLE
from feedbackloop.mailing.incoming.service import Taken

log = logging.getLogger(__name__)

IMAP_BATCH = 50
MAILDIR_BATCH = 1000


def take(raw: bytes, source: str, envelope: Sequence[str] = ()) -> Taken:
    """Takes one message; committed when this returns. What can't be read is written down as that."""
    try:
        letter = classify.letter(raw, envelope)
    except reading.Unreadable as problem:
        with db.transaction():
            return service.note_unreadable(source, classify.identify(raw), str(problem.args[0]))
    with db.transaction():
        return service.take(letter, source)


def empty_maildir(folder: Path, most: int = MAILDIR_BATCH) -> int:
    """Takes what is in new/ and moves each message to cur/ once it is written down; how many.

    Raises maildir.NoMaildir; what the database raises ends it, and the rest stays in new/.
    """
    taken = 0
    for path, raw in maildir.messages(folder, most):
        found = take(raw, "maildir")
        maildir.move(path, maildir.FLAGGED if found.verdict == UNREADABLE else maildir.SEEN)
        taken += 1
        if queue.stopping.is_set():
            break
    return taken


def empty_mailbox(account: imap.Account, most: int = IMAP_BATCH) -> int:
    """Takes unseen messages, each marked as seen once it is written down; how many. Raises imap.MailboxAway."""
    taken = 0
    with imap.Mailbox(account) as mailbox:
        for uid in mailbox.unseen(most):
            raw = mailbox.fetch(uid)
            if raw is None:
                continue
            found = take(raw, "imap")
            mailbox.mark_seen(uid, flagged=found.verdict == UNREADABLE)
            taken += 1
            if queue.stopping.is_set():
                break
    return taken


def account(found: Settings) -> imap.Account | None:
    """The mailbox of the settings; None where none is set."""
    if not (found.imap_host and found.imap_user and found.imap_password):
        return None
    return imap.Account(
        found.imap_host, found.imap_port, found.imap_user, found.imap_password, found.imap_folder, found.imap_ssl
    )
