"""How staff read what came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from feedbackloop.mailing import words

KINDS: Mapping[str, Any] = {
    "bounce": _l("Delivery report"),
    "complaint": _l("Complaint of spam"),
    "automatic": _l("Automatic answer"),
    "reply": _l("Reply of a person"),
    "opt_out": _l("Opt-out"),
    "delivered": _l("Word that it arrived"),
    "other": _l("Something else"),
}

VERDICTS: Mapping[str, Any] = {
    "suppressed": _l("The address gets no more mail"),
    "ended": _l("This mail counts as not arrived"),
    "attached": _l("On the case"),
    "opted_out": _l("Opted out"),
    "arrived": _l("This mail counts as sent"),
    "nothing": _l("Nothing follows"),
    "waiting": _l("Looked at again shortly"),
    "unreadable": _l("Could not be read"),
}

# Shapes and tones of macros/status.html.
LOOKS: Mapping[str, tuple[str, str]] = {
    "suppressed": ("slash", "bad"),
    "ended": ("slash", "not"),
    "attached": ("check", "done"),
    "opted_out": ("slash", "not"),
    "arrived": ("check", "done"),
    "nothing": ("ring", "plan"),
    "waiting": ("half", "busy"),
    "unreadable": ("slash", "bad"),
}

SOURCES: Mapping[str, Any] = {
    "pipe": _l("the mail server’s pipe"),
    "maildir": _l("the Maildir"),
    "imap": _l("the mailbox"),
    "smtp": _l("the mail server"),
    "postmark": "Postmark",
    "mailgun": "Mailgun",
    "sendgrid": "SendGrid",
    "ses": "Amazon SES",
    "brevo": "Brevo",
    "mailjet": "Mailjet",
    "sparkpost": "SparkPost",
    "resend": "Resend",
}

_REASONS: Mapping[str, Any] = {
    "answers_mail": _l("it answers a mail of ours"),
    "known_sender": _l("its sender is known; it names no mail of ours"),
    "by_staff": _l("a colleague put it there"),
    "no_case": _l("no case of ours was found for it"),
    "automatic": _l("a program wrote it, and nobody needs to act"),
    "arrived": _l("the relay says that it arrived"),
    "being_sent": _l("the mail is still being sent"),
    "unknown_mail": _l("the mail is not known yet"),
    "not_ours": _l("it names no mail that we sent"),
    "never_sent": _l("the mail that it names was never sent"),
    "ended_before": _l("the mail had ended otherwise"),
    "delayed": _l("it is only late, and is still being tried"),
    "no_status": _l("it gives no status, only words"),
    "no_complaint": _l("it reports a signature, not a person’s complaint"),
    "not_spam": _l("the person says that it is no spam"),
    "not_a_message": _l("it is no message"),
    "too_large": _l("it is too large"),
}


def reason(code: str | None) -> str:
    return str(_REASONS[code]) if code and code in _REASONS else words.reason(code)


def source(name: str) -> str:
    return str(SOURCES.get(name, name))
