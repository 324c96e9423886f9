"""What an improvement may become, who is told of it, and what the public is shown. Values in, decision out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from feedbackloop.core.decisions import YES, Decision, no
from feedbackloop.core.text import slug

# What the public can see; staff begin with an idea, which promises nothing and is not published.
STATUSES = ("planned", "in_progress", "done", "not_possible")
IDEA, NOT_POSSIBLE = "idea", "not_possible"
STAGES = (IDEA, *STATUSES)

# From each status, where a public improvement may go. What was done is not taken back in one step: first it is taken
# up again. An improvement that nobody has seen yet promised nothing, and may become anything.
MOVES: Mapping[str, frozenset[str]] = {
    "idea": frozenset({"planned", "in_progress", "done", "not_possible"}),
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

COMMENT_LIMIT = 2000
YOU_SAID_LIMIT, WE_DID_LIMIT, CATEGORY_LIMIT = 2000, 10_000, 100
REASON_LIMIT, NOTE_LIMIT, OWNER_LIMIT = 2000, 300, 200
_WRITES, _SETTLES = frozenset({"created", "edited"}), frozenset({"published", "corrected"})
FEWEST_PEOPLE = 5
_SLUG_LENGTH = 60
# Words of an address that are a page of their own, and no improvement.
_PAGES = ("how-we-handle-complaints",)


@dataclass(frozen=True)
class Words:
    """One language of an improvement, in Markdown, cleaned; `reason` is why something is not possible."""

    you_said: str
    we_did: str
    reason: str | None = None


def may_move(before: str, after: str, public: bool) -> Decision:
    """Whether the status may become `after`. The reason is `not_from_here`."""
    if before == after or not public or after in MOVES[before]:
        return YES
    return no("not_from_here")


def reachable(before: str, public: bool) -> tuple[str, ...]:
    """The other statuses that may follow, in the order of STAGES."""
    return tuple(one for one in STAGES if one != before and may_move(before, one, public))


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


def may_publish(status: str) -> Decision:
    """Whether the public may see it. The reason is `idea`."""
    return no(IDEA) if status == IDEA else YES


def without_reason(status: str, before: str | None, texts: Mapping[str, Words], given: Collection[str]) -> list[str]:
    """The languages in which it is not said why it is not possible.

    What becomes impossible needs a reason of its own, unless all its words are new: then 'we did' says why.
    """
    if status != NOT_POSSIBLE or before == NOT_POSSIBLE:
        return []
    return sorted(locale for locale, words in texts.items() if not words.reason and locale not in given)


def may_overrule(actor: str, writers: Collection[str], asked_by: str | None) -> Decision:
    """Whether this is a second person. Reasons: not_staff, own_words, own_request."""
    if not actor.startswith("staff:"):
        return no("not_staff")
    if actor in writers:
        return no("own_words")
    return no("own_request") if actor == asked_by else YES


def writers(story: Iterable[tuple[str, str]]) -> set[str]:
    """Who wrote the words as they stand now, from (what, actor) in order: everybody since they were last made public.

    What was read and published once has been looked at: whoever wrote before that is free to judge what comes after.
    """
    found: set[str] = set()
    settled = False
    for what, actor in story:
        if what in _WRITES:
            found = {actor} if settled else found | {actor}
            settled = False
        elif what in _SETTLES:
            settled = True
    return found


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
    found = slug(text, _SLUG_LENGTH)
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
