"""What becomes of a story and who decides that; what a quote may leave out. Values in, decision out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from feedbackloop.core.decisions import YES, Decision, no

QUOTE, STORY, EXCEPTION = "quote", "story", "exception"
KINDS = (QUOTE, STORY, EXCEPTION)
STATUSES = ("draft", "asked", "agreed", "published", "withdrawn")
NOBODY = "nobody"

STAFF, PERSON, SYSTEM = "staff", "person", "system"

# Who may lead a story from one status to another. What was agreed to is the very text: to change it is to go back to
# `draft`. Only the person makes it `agreed`, but for words that they allowed as they stand, and what names nobody.
MOVES: Mapping[tuple[str, str], frozenset[str]] = {
    ("draft", "asked"): frozenset({STAFF}),
    ("draft", "agreed"): frozenset({STAFF, PERSON}),
    ("draft", "withdrawn"): frozenset({STAFF, PERSON, SYSTEM}),
    ("asked", "draft"): frozenset({STAFF, PERSON, SYSTEM}),
    ("asked", "agreed"): frozenset({PERSON}),
    ("asked", "withdrawn"): frozenset({STAFF, PERSON, SYSTEM}),
    ("agreed", "draft"): frozenset({STAFF, PERSON}),
    ("agreed", "published"): frozenset({STAFF}),
    ("agreed", "withdrawn"): frozenset({STAFF, PERSON, SYSTEM}),
    ("published", "draft"): frozenset({STAFF, PERSON}),
    ("published", "agreed"): frozenset({STAFF, SYSTEM}),
    ("published", "withdrawn"): frozenset({STAFF, PERSON, SYSTEM}),
    ("withdrawn", "agreed"): frozenset({PERSON}),
    ("withdrawn", "draft"): frozenset({STAFF, PERSON}),
}
# A story that its person took back is not taken up again by anybody but them.
_THEIRS = frozenset({"said_no", "consent_ended", "erased"})

ANSWERS = ("yes", "changes", "no")
TITLE_LIMIT, TEXT_LIMIT, NAME_LIMIT = 120, 4000, 80
LEFT_OUT = "…"


def may_move(before: str, after: str, who: str, reason: str | None = None) -> Decision:
    """Whether this one may lead it there. Reasons: not_from_here, theirs (its person took it back)."""
    if who not in MOVES.get((before, after), frozenset()):
        return no("not_from_here")
    if before == "withdrawn" and who == STAFF and reason in _THEIRS:
        return no("theirs")
    return YES


def may_edit(status: str, reason: str | None) -> Decision:
    """Whether staff may change the words; they then stand as a draft."""
    return YES if status == "draft" else may_move(status, "draft", STAFF, reason)


@dataclass(frozen=True)
class Recipient:
    """Who would be asked. `suppressed`: why the address gets no such mail; `open_again`: they wait for us."""

    known: bool
    has_address: bool
    erased: bool = False
    open_again: bool = False
    suppressed: str | None = None


def may_ask(status: str, who: Recipient) -> Decision:
    """Whether the person may be shown the text by mail. Reasons: not_from_here, erased, no_customer, no_address,
    open_again, or why the address is suppressed."""
    if not may_move(status, "asked", STAFF):
        return no("not_from_here")
    if who.erased:
        return no("erased")
    if not who.known:
        return no("no_customer")
    if not who.has_address:
        return no("no_address")
    if who.open_again:
        return no("open_again")
    return no(who.suppressed) if who.suppressed else YES


def may_send(status: str, newest: bool, erased: bool, open_again: bool) -> Decision:
    """Whether the mail still makes sense just before it is sent."""
    if erased:
        return no("erased")
    if status != "asked" or not newest:
        return no("gone")
    return no("open_again") if open_again else YES


def may_answer(*, asked: bool, newest: bool, answered: bool, expired: bool, erased: bool) -> Decision:
    """Whether a genuine link takes a 'yes'. Reasons: not_found, expired, newer. A 'no' is taken even where a newer text
    stands there, and what was answered once can be taken back for good: that link never expires."""
    if erased or not asked:
        return no("not_found")
    if expired and not answered:
        return no("expired")
    return YES if newest else no("newer")


def may_publish(status: str, consented: bool, open_again: bool) -> Decision:
    """Whether the public may see it. Reasons: not_agreed, no_consent, open_again."""
    if not may_move(status, "published", STAFF):
        return no("not_agreed")
    if not consented:
        return no("no_consent")
    return no("open_again") if open_again else YES


def agreed_already(kind: str, names_somebody: bool, text: str, allowed: Collection[str]) -> str | None:
    """Why nobody need be asked: `quoted` for whole words that the person allowed as they stand, `names_nobody` for an
    exception without a person; None where the person has to agree."""
    if kind == EXCEPTION and not names_somebody:
        return "names_nobody"
    if kind == QUOTE and any(_flat(text) == _flat(one) for one in allowed):
        return "quoted"
    return None


def is_excerpt(text: str, source: str) -> bool:
    """Whether these are the words of the source, all of them or with '…' where some are left out, between words.

    Nothing else may differ but the white space: no letter, no mark, no order.
    """
    said, whole = _flat(text), _flat(source)
    if said == whole:
        return bool(said)
    pieces = [one.strip() for one in said.split(LEFT_OUT)]
    if len(pieces) == 1 or not any(pieces):
        return False
    at = 0
    for number, piece in enumerate(pieces):
        if not piece:
            continue
        last = number == len(pieces) - 1
        begin = _place(piece, whole, at, first=number == 0, last=last)
        if begin is None:
            return False
        at = begin + len(piece)
    return True


def _place(piece: str, whole: str, at: int, *, first: bool, last: bool) -> int | None:
    """Where the piece stands as whole words, from `at` on; the first one begins the source and the last one ends it."""
    if first:
        return 0 if whole.startswith(piece) and _is_border(whole, len(piece)) else None
    if last:
        begin = len(whole) - len(piece)
        return begin if begin >= at and whole.endswith(piece) and _is_border(whole, begin) else None
    begin = whole.find(piece, at)
    while begin >= 0:
        if _is_border(whole, begin) and _is_border(whole, begin + len(piece)):
            return begin
        begin = whole.find(piece, begin + 1)
    return None


def _is_border(text: str, at: int) -> bool:
    """Whether a word may end or begin here: not inside one."""
    if at in (0, len(text)):
        return True
    return not (re.match(r"[\w’'-]", text[at - 1]) and re.match(r"[\w’'-]", text[at]))


def _flat(text: str) -> str:
    return " ".join(text.split())
