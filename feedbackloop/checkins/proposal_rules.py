"""Words of ours that a person is asked about: who may be asked and may answer, what then holds.

Values in, decision out.
"""

from __future__ import annotations

from dataclasses import dataclass

from feedbackloop.core.decisions import YES, Decision, no

SUMMARY, STEP = "summary", "step"
KINDS = (SUMMARY, STEP)
ANSWERS = {SUMMARY: ("accepted", "corrected"), STEP: ("fine", "not_fine", "other")}
# These need words of the person's own.
NEEDS_WORDS = frozenset({"corrected", "other"})
# What staff have to look at, and what they may decide then.
DECISIONS = {"not_fine": ("read",), "other": ("taken", "declined")}
# A summary fits where the summary of a complaint stands; a step is a few sentences.
LIMITS = {SUMMARY: 500, STEP: 1000}

# Its mail may have arrived although nobody said so.
_OPEN_TO_ANSWERS = frozenset({"scheduled", "sent", "answered", "bounced"})


@dataclass(frozen=True)
class Recipient:
    """Who would be asked. `suppressed`: why the address gets no such mail."""

    known: bool
    has_address: bool
    erased: bool = False
    suppressed: str | None = None


def may_put(who: Recipient) -> Decision:
    """Whether the person may be mailed. Reasons: erased, no_address, or why the address is suppressed."""
    if who.erased:
        return no("erased")
    if not who.known or not who.has_address:
        return no("no_address")
    return no(who.suppressed) if who.suppressed else YES


def may_send(status: str, erased: bool) -> Decision:
    """Whether the mail still makes sense just before it is sent."""
    if erased:
        return no("erased")
    return YES if status == "scheduled" else no(status)


def may_answer(status: str, newest: bool, erased: bool, decided: bool, expired: bool) -> Decision:
    """Whether a genuine link still takes an answer. Reasons: not_found, expired, newer, decided."""
    if erased or status not in _OPEN_TO_ANSWERS:
        return no("not_found")
    if expired:
        return no("expired")
    if not newest:
        return no("newer")
    return no("decided") if decided else YES


def agreed(text: str | None, answer: str, words: str | None) -> str | None:
    """The words that hold after an answer; None where there is no agreement (yet)."""
    if answer in ("accepted", "fine"):
        return text
    return words if answer == "corrected" else None


def may_decide(answer: str | None, decision: str | None, wanted: str) -> Decision:
    """Whether staff may decide this about an answer. Reasons: decided, not_to_decide."""
    if wanted not in DECISIONS.get(answer or "", ()):
        return no("not_to_decide")
    return no("decided") if decision is not None else YES
