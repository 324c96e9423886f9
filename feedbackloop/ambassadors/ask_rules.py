"""What may be asked of whom, and whether a link still takes an answer. Values in, decision out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from feedbackloop.core.decisions import YES, Decision, no

KINDS = ("quote", "name", "story", "reference", "picture")

# What each of them asks, every consent by itself; the last is the one that the ask is named after.
PURPOSES: Mapping[str, tuple[str, ...]] = {
    "quote": ("quote",),
    "name": ("quote", "name"),
    "story": ("story",),
    "reference": ("reference",),
    "picture": ("picture",),
}
# Besides, and only for who likes: whether we may ask something like this again.
CONTACT = "contact"
# What a picture may be used for.
USES = ("site", "social", "print")

ANSWERS = ("yes", "no")
LINE_LIMIT = 300

# A mail that came back may have come to somebody after all.
_OPEN_TO_ANSWERS = frozenset({"sent", "answered", "bounced"})
UNDER_WAY = ("scheduled", "sent")


@dataclass(frozen=True)
class Past:
    """An ask of before, as far as it counts for the next."""

    kind: str
    status: str
    answers: Mapping[str, str] = field(default_factory=dict)
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Person:
    """Who would be asked. `suppressed`: why their address gets no such mail; `held`: sample data, real mail server."""

    has_address: bool
    erased: bool = False
    held: bool = False
    suppressed: str | None = None
    on_board: bool = True
    case_open: bool = False
    put_off: bool = False
    wrote: bool = True
    holds: Collection[str] = ()
    taken_back: Collection[str] = ()
    past: Sequence[Past] = ()


def open_purposes(kind: str, holds: Collection[str]) -> tuple[str, ...]:
    """What this ask has to ask of somebody who allows that much already."""
    return tuple(one for one in PURPOSES[kind] if one not in holds)


def may_ask(kind: str, who: Person, now: datetime, cooldown: timedelta, told: bool = False) -> Decision:
    """Whether a person may be asked this now. `told`: they told us that we may ask again after they said no."""
    for reason in (_about_person(who), _about_ask(kind, who, told), _about_time(who, now, cooldown)):
        if reason is not None:
            return no(reason)
    return YES


def _about_person(who: Person) -> str | None:
    if who.erased:
        return "erased"
    if who.case_open:
        return "case_open"
    if not who.on_board:
        return "not_on_board"
    if not who.has_address:
        return "no_address"
    return "sample_data" if who.held else who.suppressed


def _about_ask(kind: str, who: Person, told: bool) -> str | None:
    if not open_purposes(kind, who.holds):
        return "agreed"
    if "quote" in PURPOSES[kind] and not who.wrote:
        return "no_words"
    return None if told else _about_wishes(kind, who)


def _about_wishes(kind: str, who: Person) -> str | None:
    """What the person alone may decide otherwise."""
    if said_no(kind, who.past):
        return "said_no"
    if set(open_purposes(kind, who.holds)) & set(who.taken_back):
        return "taken_back"
    no_more = CONTACT in who.taken_back or _last_said(CONTACT, who.past) == "no"
    return "no_more" if no_more and CONTACT not in who.holds else None


def _about_time(who: Person, now: datetime, cooldown: timedelta) -> str | None:
    if who.put_off:
        return "not_now"
    if any(one.status in UNDER_WAY for one in who.past):
        return "under_way"
    asked = max((one.sent_at for one in who.past if one.sent_at), default=None)
    return "asked_recently" if asked is not None and now < asked + cooldown else None


def said_no(kind: str, past: Sequence[Past]) -> bool:
    """Whether their last word on something that this ask asks was 'no'."""
    return any(_last_said(purpose, past) == "no" for purpose in PURPOSES[kind])


def _last_said(purpose: str, past: Sequence[Past]) -> str | None:
    """`past` is in the order in which it was asked."""
    return next((one.answers[purpose] for one in reversed(past) if purpose in one.answers), None)


def may_send(status: str, who: Person, kind: str) -> Decision:
    """Whether the mail still makes sense just before it is sent; opt-outs and addresses are the post office's."""
    if who.erased:
        return no("erased")
    if status != "scheduled":
        return no(status)
    if who.case_open or not who.on_board:
        return no("case_open" if who.case_open else "not_on_board")
    if who.suppressed:
        return no(who.suppressed)
    return YES if open_purposes(kind, who.holds) else no("agreed")


def may_answer(status: str, erased: bool, expired: bool, case_open: bool) -> Decision:
    """Whether a genuine link takes an answer. Reasons: not_found, expired, case_open."""
    if erased or status not in (*_OPEN_TO_ANSWERS, "scheduled", "expired"):
        return no("not_found")
    if expired or status == "expired":
        return no("expired")
    return no("case_open") if case_open else YES
