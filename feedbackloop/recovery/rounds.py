"""The whole history of a complaint in rounds: what was done each time, and what its person said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feedbackloop.checkins import queries as checkins
from feedbackloop.checkins import reasons, words
from feedbackloop.complaints import queries as complaints
from feedbackloop.complaints.models import Complaint


@dataclass(frozen=True)
class Round:
    """One resolution, with the answer to it. What is not known is None; `satisfied` is a code, `answer` its words."""

    number: int
    resolved_at: datetime | None
    done: str | None
    promised: str | None
    satisfied: str | None
    answer: str | None
    reasons: str
    rating: int | None
    recommend: int | None
    comment: str | None


def of(complaint: Complaint) -> list[Round]:
    """Every round of a complaint that was resolved, the oldest first."""
    kept = complaints.rounds(complaint.id)
    asked = {one["cycle"]: one["answer"] or {} for one in checkins.for_complaints([complaint.id]).get(complaint.id, [])}
    found = []
    for number in range(1, complaint.cycle + 1):
        # A round that came back was put aside; the present one stands on the complaint itself.
        words_of = kept.get(number) if number in kept else complaint if number == complaint.cycle else None
        answer = asked.get(number, {})
        satisfied = answer.get("satisfied")
        found.append(
            Round(
                number=number,
                resolved_at=words_of.resolved_at if words_of else None,
                done=words_of.resolution if words_of else None,
                promised=words_of.prevention if words_of else None,
                satisfied=satisfied,
                answer=answer_words(satisfied) if satisfied else None,
                reasons=reason_words(answer.get("reasons") or ()),
                rating=answer.get("rating"),
                recommend=answer.get("recommend"),
                comment=answer.get("comment"),
            )
        )
    return found


def answer_words(satisfied: str) -> str:
    return str(words.SATISFIED_LONG.get(satisfied, satisfied))


def reason_words(codes: Sequence[str]) -> str:
    """What is not right yet, in words; one after another."""
    return "; ".join(reasons.texts(codes))
