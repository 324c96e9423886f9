"""A sender of our own on SMTP: kept and pipelined connections, checked certificates, a verdict for each message.

`opening` signs in (the standard library's smtplib), `dialogue` speaks on one open connection, `pool` on several at
once, `replies` says what a reply means. Nothing here knows of an outbox.
"""

from feedbackloop.mailing.smtp.opening import Server, ServerAway, check, is_encrypted
from feedbackloop.mailing.smtp.pool import Pool
from feedbackloop.mailing.smtp.replies import ACCEPTED, LATER, REFUSED, UNCERTAIN, Verdict

__all__ = [
    "ACCEPTED",
    "LATER",
    "REFUSED",
    "UNCERTAIN",
    "Pool",
    "Server",
    "ServerAway",
    "Verdict",
    "check",
    "is_encrypted",
]
