"""What people answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AnsweredSatisfied:
    """'Yes', for the first time or after another answer. The complaints are confirmed."""

    check_in_ids: tuple[int, ...]


@dataclass(frozen=True)
class AnsweredNotSatisfied:
    """'Partly' or 'no': for the first time, after another answer, or with other words.

    The complaints are open again, or stay resolved where everything that was named is marked so (`Answer.reopens`).
    """

    check_in_ids: tuple[int, ...]
    answer_ids: tuple[int, ...]  # of each of these the version that counts


@dataclass(frozen=True)
class AnsweredLater:
    """'Cannot say yet': for the first time, after another answer, or with other words."""

    check_in_ids: tuple[int, ...]


@dataclass(frozen=True)
class CheckInsExpired:
    """Their link lived its time, and nobody answered."""

    check_in_ids: tuple[int, ...]


@dataclass(frozen=True)
class AnswersChanged:
    """An answer is there, or another version of it, that neither confirms its complaint nor opens it again: with other
    marks or words, or another consent."""

    check_in_ids: tuple[int, ...]
