"""What follows from what came in. Values in, decision out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

# What a message or event is.
BOUNCE, COMPLAINT, AUTOMATIC, REPLY = "bounce", "complaint", "automatic", "reply"
OPT_OUT, DELIVERED, OTHER = "opt_out", "delivered", "other"
KINDS = (BOUNCE, COMPLAINT, AUTOMATIC, REPLY, OPT_OUT, DELIVERED, OTHER)

# What was made of it.
SUPPRESSED, ENDED, ATTACHED, OPTED_OUT = "suppressed", "ended", "attached", "opted_out"
ARRIVED, NOTHING, WAITING, UNREADABLE = "arrived", "nothing", "waiting", "unreadable"
VERDICTS = (SUPPRESSED, ENDED, ATTACHED, OPTED_OUT, ARRIVED, NOTHING, WAITING, UNREADABLE)

# How often a mail may be refused for another reason than its address, within this time, until the address rests.
REFUSALS, REFUSALS_WITHIN = 3, timedelta(days=30)
SOFT_LASTS = timedelta(days=30)
# An event may come before what it is about is written down.
UNKNOWN_FOR = timedelta(minutes=5)
LOOK_AGAIN_AFTER = timedelta(seconds=30)

NO_SUCH_ADDRESS, CAME_BACK, TOO_OFTEN, SPAM = "no_such_address", "came_back", "refused_too_often", "complained"

# Bad sender address: what is wrong is ours, however the code begins.
_OUR_SENDER = ("5.1.7", "5.1.8")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# The feedback types of RFC 5965 and 6430 that are a person's complaint.
_COMPLAINTS = ("abuse", "fraud", "virus", "other", "opt-out", "opt-out-list")


@dataclass(frozen=True)
class Finding:
    """What a message or event says of a mail of ours.

    `status` comes from a field made for it, never from prose. `given_up`: no further try follows. `informs`: a delay or
    a success, whatever the status. `feedback` is the type of a complaint.
    """

    kind: str
    status: str | None = None
    given_up: bool = True
    informs: bool = False
    feedback: str | None = None


@dataclass(frozen=True)
class Effect:
    """What is done: `verdict` and its `reason`. `ends` the mail as bounced; `counts` towards a rest of the address."""

    verdict: str
    reason: str
    ends: bool = False
    counts: bool = False


def status_in(field: str | None) -> str | None:
    """The enhanced status code (RFC 3463) in the value of a field: '5.1.1 (bad destination)' has 5.1.1."""
    found = _STATUS.search(field or "")
    return found[0] if found else None


def nearest_status(status: str | None, diagnostic: str | None) -> str | None:
    """The more telling of two fields: a bare 5.0.0 says less than the remote server's own 5.1.1 of the same class.

    Of several codes in the diagnostic the last counts: servers put a general one before what they were told.
    """
    said = status_in(status)
    closer = [match[0] for match in _STATUS.finditer(diagnostic or "")]
    if said is not None and said.endswith(".0.0") and closer and closer[-1][0] == said[0]:
        return closer[-1]
    return said


def of_bounce(found: Finding) -> Effect:
    """5.1.x and 5.2.1: the address does not exist. Another 5.x.x ends this mail. 4.x.x never says more than 'not now'.

    A report without a status in a field of its own may end its mail, and never touches the address.
    """
    if found.informs:
        return Effect(NOTHING, "delayed")
    if found.status is None:
        return Effect(ENDED, "undelivered", ends=True) if found.given_up else Effect(NOTHING, "no_status")
    if found.status.startswith("2"):
        return Effect(NOTHING, "delayed")
    if found.status.startswith("4"):
        return Effect(ENDED, "gave_up", ends=True) if found.given_up else Effect(NOTHING, "delayed")
    if found.status in _OUR_SENDER:
        return Effect(ENDED, "our_sender", ends=True)
    if found.status.startswith("5.1.") or found.status == "5.2.1":
        return Effect(SUPPRESSED, NO_SUCH_ADDRESS, ends=True)
    return Effect(ENDED, CAME_BACK, ends=True, counts=True)


def of_complaint(feedback: str | None) -> Effect:
    """A person's complaint of spam stops all mail at once; a report about signatures, or 'not spam', nothing."""
    kind = (feedback or "abuse").strip().lower()
    if kind in _COMPLAINTS:
        return Effect(SUPPRESSED, SPAM)
    return Effect(NOTHING, "not_spam" if kind == "not-spam" else "no_complaint")


def too_often(refusals: int) -> bool:
    """Whether so many refused mails within REFUSALS_WITHIN, this one included, let the address rest."""
    return refusals >= REFUSALS


def may_bounce(status: str, attempts: int) -> bool:
    """Whether a mail can have come back: one that was never tried cannot, whoever says so."""
    return attempts > 0 or status in ("sent", "bounced")


def may_end(status: str) -> bool:
    """Whether a mail in this status becomes `bounced`; what has ended otherwise stays as it is."""
    return status in ("sent", "uncertain", "retry", "parked")


def settles_as_sent(status: str, reason: str | None) -> bool:
    """Whether a relay's word that it arrived settles a mail of which no reply came."""
    return status == "uncertain" or (status == "parked" and reason == "no_reply")


def same_person(sender: str | None, recipient: str | None) -> bool:
    """Whether the reply comes from the address that the mail went to."""
    return bool(sender) and (sender or "").strip().lower() == (recipient or "").strip().lower()
