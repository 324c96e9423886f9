"""When to ask, who may answer, what an answer changes. Values in, decision out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feedbackloop.core.decisions import YES, Decision, no
from feedbackloop.core.filetypes import StoredFile

STATUSES = ("scheduled", "sent", "answered", "expired", "suppressed", "bounced", "cancelled")

# From each status, where it may go. A `scheduled` one can be answered: the server may have taken a mail of which no
# outcome came back. A `bounced` one too: whoever holds the link shows that the mail did arrive. A `suppressed` one is
# planned after all where a corrected date makes it young enough, and answered by telephone: no link leads to it.
MOVES: Mapping[str, frozenset[str]] = {
    "scheduled": frozenset({"sent", "answered", "expired", "suppressed", "bounced", "cancelled"}),
    "sent": frozenset({"answered", "expired", "bounced"}),
    "bounced": frozenset({"answered"}),
    "answered": frozenset(),
    "expired": frozenset(),
    "suppressed": frozenset({"scheduled", "answered"}),
    "cancelled": frozenset(),
}

ASKED_RECENTLY = "asked_recently"
SATISFIED = ("yes", "partly", "no", "later")
# What a mail has buttons for; who cannot say yet finds that on the page.
PRESSED = ("yes", "partly", "no")
COMMENT_LIMIT = 4000

# Who cannot say yet is asked once more, so long after that answer.
ASKED_AGAIN_AFTER = timedelta(days=7)

# What an answer means for the complaint: it is solved, cannot be told yet, must be opened again; or the person is not
# satisfied and everything they named is marked as not reopening, so that it stays resolved.
STANCES = ("yes", "later", "reopens", "stays")

# What an answer sets going, in this order, by what the one before it (None: there was none) and the new one mean.
# `unconfirm`: the complaint stands as resolved again, if it was confirmed; `tell`: recovery takes over, or hears of
# other words; `wait`: asked again, if they may be, and whoever works on the complaint hears of the doubt. What is open
# already stays open: somebody works on it, and only the person's 'yes' or a new solution ends that.
EFFECTS: Mapping[tuple[str | None, str], tuple[str, ...]] = {
    (None, "yes"): ("confirm",),
    (None, "later"): ("wait",),
    (None, "reopens"): ("reopen", "tell"),
    (None, "stays"): ("tell",),
    ("yes", "yes"): (),
    ("yes", "later"): ("unconfirm", "wait"),
    ("yes", "reopens"): ("reopen", "tell"),
    ("yes", "stays"): ("unconfirm", "tell"),
    ("later", "yes"): ("confirm",),
    ("later", "later"): ("wait",),
    ("later", "reopens"): ("reopen", "tell"),
    ("later", "stays"): ("tell",),
    ("reopens", "yes"): ("confirm",),
    ("reopens", "later"): ("wait",),
    ("reopens", "reopens"): ("tell",),
    ("reopens", "stays"): ("tell",),
    ("stays", "yes"): ("confirm",),
    ("stays", "later"): ("wait",),
    ("stays", "reopens"): ("reopen", "tell"),
    ("stays", "stays"): ("tell",),
}

# Files with an answer.
MOST_FILES = 3
# One link takes no more than this, over all versions of its answer.
MOST_FILES_IN_ALL = 12


@dataclass(frozen=True)
class AnswerInput:
    """What a person answers, as it was read and checked. `rating` is 1 to 5, `recommend` 0 to 10, `reasons` are codes.

    `files` are those that came along; what came with an earlier version stays with that one. `locale` is the language
    of the page, and so of the words beside a box that was ticked.
    """

    satisfied: str
    rating: int | None = None
    recommend: int | None = None
    reasons: tuple[str, ...] = ()
    comment: str | None = None
    quote_consent: bool = False
    call_me: bool = False
    meet: bool = False
    locale: str | None = None
    files: tuple[StoredFile, ...] = ()


def with_marks_of(answer: AnswerInput, before: AnswerInput) -> AnswerInput:
    """The answer with the marks that were given before where it gives none: a choice once made cannot be unmade."""
    return replace(
        answer,
        rating=before.rating if answer.rating is None else answer.rating,
        recommend=before.recommend if answer.recommend is None else answer.recommend,
    )


@dataclass(frozen=True)
class Candidate:
    """What `may_plan` needs to know of a complaint that was resolved at `resolved_at`."""

    has_address: bool
    resolved_at: datetime
    erased: bool = False
    suppressed: str | None = None
    refused_call: bool = False
    crisis: bool = False


@dataclass(frozen=True)
class Standing:
    """How a check-in and its complaint stand now. `current`: the complaint is still in the cycle of the check-in."""

    status: str
    complaint_status: str
    current: bool
    has_address: bool = True
    erased: bool = False
    crisis: bool = False


def may_move(before: str, after: str) -> bool:
    return after in MOVES[before]


def may_plan(who: Candidate, now: datetime, max_age: timedelta) -> Decision:
    """Whether the person may be asked by mail. Reasons: erased, no_address, too_old, why the address is suppressed,
    refused_call, or crisis: such a person is called."""
    if who.erased:
        return no("erased")
    if not who.has_address:
        return no("no_address")
    if now - who.resolved_at > max_age:
        return no("too_old")
    if who.suppressed:
        return no(who.suppressed)
    if who.refused_call:
        return no("refused_call")
    return no("crisis") if who.crisis else YES


def same(one: AnswerInput, other: AnswerInput) -> bool:
    """Whether two answers say the same, in whatever language the page was; files are compared by their content."""
    return _said(one) == _said(other)


def _said(answer: AnswerInput) -> AnswerInput:
    return replace(answer, locale=None, files=(), reasons=tuple(sorted(answer.reasons)))


def reopens(satisfied: str, marks: Sequence[bool]) -> bool:
    """Whether an answer opens the complaint again; `marks` says so of each reason that was ticked."""
    return satisfied in ("partly", "no") and (not marks or any(marks))


def stance(satisfied: str, reopens: bool) -> str:
    """Which of STANCES an answer is."""
    if satisfied in ("yes", "later"):
        return satisfied
    return "reopens" if reopens else "stays"


def may_send(stands: Standing, reminder: bool) -> Decision:
    """Whether the question, or the one reminder of it, still makes sense just before it is sent."""
    if stands.erased:
        return no("erased")
    if not stands.has_address:
        return no("no_address")
    if stands.status == "answered":
        return no("answered")
    if stands.status != ("sent" if reminder else "scheduled"):
        return no(stands.status)
    if not stands.current:
        return no("resolved_again")
    if stands.complaint_status != "resolved":
        return no(stands.complaint_status)
    return no("crisis") if stands.crisis else YES


def may_record(stands: Standing) -> Decision:
    """Whether staff may write down what a person says by telephone. Reasons: not_found, expired, resolved_again.

    No link is needed for it, so a question that could not be mailed takes an answer as well.
    """
    if stands.erased or stands.status == "cancelled":
        return no("not_found")
    if stands.status == "expired":
        return no("expired")
    return YES if stands.current else no("resolved_again")


def may_plan_again(stands: Standing, asked_before: bool, due_at: datetime, ends_at: datetime) -> Decision:
    """Whether who cannot say yet is asked once more. Reasons: those of `may_ask_again`, and once."""
    if asked_before:
        return no("once")
    return may_ask_again(stands, "later", due_at, ends_at)


def may_ask_again(stands: Standing, said: str | None, now: datetime, ends_at: datetime) -> Decision:
    """Whether the second question still makes sense: they still cannot say, and what they can say is still taken."""
    if stands.erased:
        return no("erased")
    if not stands.has_address:
        return no("no_address")
    if said != "later":
        return no("answered")
    if not stands.current:
        return no("resolved_again")
    if stands.complaint_status != "resolved":
        return no(stands.complaint_status)
    return no("expired") if now >= ends_at else YES


def may_answer(stands: Standing, expired: bool) -> Decision:
    """Whether a genuine link still takes an answer. Reasons: not_found, expired, resolved_again."""
    if stands.erased or stands.status in ("suppressed", "cancelled"):
        return no("not_found")
    if expired or stands.status == "expired":
        return no("expired")
    if not stands.current:
        return no("resolved_again")
    return YES


def effect(before: str | None, after: str) -> tuple[str, ...]:
    """What follows from an answer of this stance after an earlier one (None: the first); see EFFECTS."""
    return EFFECTS[before, after]


def link_ends_at(sent_at: datetime | None, due_at: datetime, life: timedelta) -> datetime:
    """Until when a mailed link works: its life counts from sending, or from when that was due."""
    return (sent_at or due_at) + life


def shown_status(
    status: str,
    reason: str | None,
    mail_status: str | None,
    mail_due_at: datetime | None,
    now: datetime,
    mail_reason: str | None = None,
) -> tuple[str, str | None]:
    """What the world is told of a check-in: `scheduled` splits into that and `queued`, by the state of its mail.

    A queued one has a reason where its mail waits for something else than its turn: retry, uncertain, parked, shared.
    One that the frequency cap stopped says so while it waits.
    """
    if status != "scheduled" or mail_status is None or mail_due_at is None:
        return status, reason
    if mail_reason == ASKED_RECENTLY and mail_status in ("queued", "retry"):
        return "scheduled" if mail_due_at > now else "queued", ASKED_RECENTLY
    if mail_status == "queued" and mail_due_at > now:
        return "scheduled", reason
    return "queued", mail_status if mail_status in ("retry", "uncertain", "parked", "shared") else reason


def shown_due(due_at: datetime, shown_reason: str | None, mail_due_at: datetime | None) -> datetime:
    """When it is asked: the moment it was planned for, or the one until which the frequency cap holds it."""
    return mail_due_at if shown_reason == ASKED_RECENTLY and mail_due_at is not None else due_at
