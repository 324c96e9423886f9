"""`feedbackloop mail-in`: takes mail that comes back, from a mail server's pipe, a Maildir or an IMAP mailbox."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from feedbackloop.config import settings
from feedbackloop.core import schema
from feedbackloop.mailing.incoming import imap, intake, maildir
from feedbackloop.mailing.incoming.reading import LARGEST
from feedbackloop.mailing.incoming.rules import UNREADABLE

log = logging.getLogger(__name__)

# As sysexits.h has them: a mail server keeps a message for 75, and sends it back for another one.
TAKEN, WRONG_USE, UNFIT, NO_INPUT, LATER, NOT_SET = 0, 64, 65, 66, 75, 78
_RECIPIENTS = ("ORIGINAL_RECIPIENT", "RECIPIENT")


@click.command("mail-in")
@click.option("--maildir", "folder", type=click.Path(path_type=Path), help="Take what is in new/ of this Maildir.")
@click.option(
    "--imap", "by_imap", is_flag=True, help="Take what is unseen in the mailbox of the FEEDBACKLOOP_IMAP_* settings."
)
@click.option(
    "--recipient", "recipients", multiple=True, help="Whom the message on standard input was for. Repeatable."
)
@with_appcontext
def mail_in(folder: Path | None, by_imap: bool, recipients: tuple[str, ...]) -> None:
    """Takes bounces, complaints and replies. Without an option: one message from standard input.

    Exit status: 0 taken, 75 try again later, 65 it can't be read, 66 no such Maildir, 78 no mailbox is set.
    """
    if folder is not None and by_imap:
        _end(WRONG_USE, "--maildir and --imap exclude each other")
    try:
        if problem := schema.problem():
            _end(LATER, problem)
        if folder is not None:
            _from_maildir(folder)
        elif by_imap:
            _from_mailbox()
        else:
            _from_pipe(recipients)
    except SQLAlchemyError as away:
        _end(LATER, f"the database does not answer ({type(away).__name__})")
    except Exception as problem:
        # Nothing is lost by a fault of ours: the mail server keeps the message and comes again.
        log.error("mail_in_failed", exc_info=problem, extra={"kind": type(problem).__name__})
        _end(LATER, f"it could not be taken ({type(problem).__name__})")


def _from_pipe(recipients: tuple[str, ...]) -> None:
    raw = sys.stdin.buffer.read(LARGEST + 1)
    known = [os.environ[name] for name in _RECIPIENTS if os.environ.get(name)]
    found = intake.take(raw, "pipe", [*recipients, *known])
    if found.verdict == UNREADABLE:
        _end(UNFIT, "this is no message that can be read")


def _from_maildir(folder: Path) -> None:
    try:
        while intake.empty_maildir(folder) == intake.MAILDIR_BATCH:
            pass
    except maildir.NoMaildir as problem:
        _end(NO_INPUT, f"no Maildir that can be used ({problem.args[0]})")


def _from_mailbox() -> None:
    account = intake.account(settings())
    if account is None:
        _end(NOT_SET, "set FEEDBACKLOOP_IMAP_HOST, FEEDBACKLOOP_IMAP_USER and FEEDBACKLOOP_IMAP_PASSWORD first")
    try:
        while intake.empty_mailbox(account) == intake.IMAP_BATCH:
            pass
    except imap.MailboxAway as away:
        _end(LATER, f"the mailbox does not answer ({away.args[0]})")


def _end(status: int, sentence: str) -> NoReturn:
    click.echo(f"feedbackloop: {sentence}", err=True)
    sys.exit(status)


COMMANDS = [mail_in]
