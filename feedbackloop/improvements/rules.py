"""What an improvement may become, who is told of it, and what the public is shown. Values in, decision out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from feedbackloop.core.decisions import YES, Decision, no

STATUSES = ("planned", "in_progress", "done", "not_possible")

# From each status, where a public improvement may go. What was done is not taken back in one step: first it is taken
# up again. An improvement that nobody has seen yet promised nothing, and may become anything.
MOVES: Mapping[str, frozenset[str]] = {
    "planned": frozenset({"in_progress", "done", "not_possible"}),
    "in_progress": frozenset({"planned", "done", "not_possible"}),
    "done": frozenset({"in_progress"}),
    "not_possible": frozenset({"planned", "in_progress", "done"}),
}

PUBLISHED, DONE = "published", "done"
MILESTONES = (PUBLISHED, DONE)
HELPS = ("yes", "no")

# A telling that was taken back before it was sent, for a reason that may pass.
_TAKEN_BACK = frozenset({"unpublished", "unlinked"})

YOU_SAID_LIMIT, WE_DID_LIMIT, CATEGORY_LIMIT = 2000, 10_000, 100
FEWEST_PEOPLE = 5
_SLUG_LENGTH = 60
# Words of an address that are a page of their own, and no improvement.
_PAGES = ("how-we-handle-complaints",)


def may_move(before: str, after: str, public: bool) -> Decision:
    """Whether the status may become `after`. The reason is `not_from_here`."""
    if before == after or not public or after in MOVES[before]:
        return YES
    return no("not_from_here")


def reachable(before: str, public: bool) -> tuple[str, ...]:
    """The other statuses that may follow, in the order of STATUSES."""
    return tuple(one for one in STATUSES if one != before and may_move(before, one, public))


def milestone_reached(was_public: bool, was_status: str | None, public: bool, status: str) -> str | None:
    """What those who complained are told of, after a change; None where there is nothing new for them.

    Published as done is `done` alone, so that it is one mail.
    """
    if not public:
        return None
    if not was_public:
        return milestone(status)
    return DONE if status == "done" and was_status != "done" else None


def milestone(status: str) -> str:
    """The milestone that somebody who hears of a public improvement for the first time is told of."""
    return DONE if status == "done" else PUBLISHED


@dataclass(frozen=True)
class Complainant:
    """Who is behind a linked complaint, as they stand now. `told`: milestone → (status, reason) of their tellings."""

    customer_id: int
    complaint_id: int
    address: str | None
    erased: bool = False
    suppressed: str | None = None
    told: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)


def is_news(person: Complainant, reached: str) -> bool:
    """Whether this milestone is new to the person. Who heard that it is done is not told that it was published."""
    held = [person.told[one] for one in (reached, DONE) if one in person.told]
    return all(may_tell_again(status, reason) for status, reason in held)


def may_tell_again(status: str, reason: str | None) -> bool:
    """Whether a telling that did not go may be planned anew."""
    return status == "cancelled" and reason in _TAKEN_BACK


def may_tell(person: Complainant) -> Decision:
    """Whether the person may be mailed. Reasons: erased, no_address, or why the address gets no news."""
    if person.erased:
        return no("erased")
    if not person.address:
        return no("no_address")
    if person.suppressed:
        return no(person.suppressed)
    return YES


def may_send(status: str, public: bool, same_person: bool) -> Decision:
    """Whether a telling still belongs in the mail that carries it, just before sending.

    `same_person` is False where the complaint was given to somebody else meanwhile.
    """
    if status != "scheduled":
        return no(status)
    if not public:
        return no("unpublished")
    return YES if same_person else no("readdressed")


def slug_of(text: str) -> str:
    """The words of a text as a part of an address: ASCII letters, digits and single hyphens; never empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    found = ""
    for word in words:
        if found and len(found) + 1 + len(word) > _SLUG_LENGTH:
            break
        found = f"{found}-{word}" if found else word[:_SLUG_LENGTH]
    if found in _PAGES:
        return f"{found}-1"
    return found or "improvement"


def is_slug(text: str) -> bool:
    """Whether this can be what `slug_of` made, with or without a number behind it."""
    return re.fullmatch(r"[a-z0-9-]{1,120}", text) is not None


def shown_language(wanted: str, primary: str, present: Collection[str]) -> str:
    """The language to show a text in: the one that was asked for, else the one it was written in."""
    if wanted in present:
        return wanted
    return primary if primary in present else min(present)


def shown_people(people: int) -> int | None:
    """How many people raised it, for the public: None while they are so few that one might be recognised."""
    return people if people >= FEWEST_PEOPLE else None
