"""What staff see of the gate: every passage with what was found in it marked, and who may let it stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from feedbackloop.core import access, personal
from feedbackloop.core.personal import Marked
from feedbackloop.improvements import gate, rules, words
from feedbackloop.improvements.gate import Judged
from feedbackloop.improvements.models import Improvement
from feedbackloop.staff import queries as accounts

_SECOND = ("quality", "admin")


@dataclass(frozen=True)
class Passage:
    """A part of the words in which something was found, with what it is."""

    language: str | None
    locale: str | None
    part: Any
    pieces: Sequence[Marked]


@dataclass(frozen=True)
class Line:
    """One finding: what, in which words, and who let it stand. `counts` is False where that was who asks."""

    ref: str
    kind: Any
    text: str
    where: str
    by: str | None
    counts: bool


@dataclass(frozen=True)
class Stopped:
    """What the gate says of some words. `refusal` is why the reader may not overrule it; `alone`: nobody else may."""

    lines: Sequence[Line]
    passages: Sequence[Passage]
    unsolved: int
    refusal: Any | None
    alone: bool
    asked: bool = field(default=False)


def stopped(
    improvement: Improvement, found: Sequence[Judged], fields: Mapping[str, str], writers: Collection[str]
) -> Stopped:
    """`fields` are the words by place. The reader is who is signed in."""
    actor = access.actor()
    asker = improvement.asked_by or actor
    allowed = rules.may_overrule(actor, writers, improvement.asked_by)
    names = accounts.names([int(one.overruled_by.partition(":")[2]) for one in found if one.overruled_by])
    lines = [
        Line(
            one.ref,
            words.FOUND[one.finding.kind],
            one.finding.text,
            where(one.place),
            names.get(int(one.overruled_by.partition(":")[2])) if one.overruled_by else None,
            gate.stands(one, asker),
        )
        for one in found
    ]
    return Stopped(
        lines,
        [_passage(place, fields[place], found) for place in dict.fromkeys(one.place for one in found)],
        sum(not one.counts for one in lines),
        None if allowed else words.NOT_BY_YOU[allowed.reason or "not_staff"],
        not _others(writers, improvement.asked_by),
        improvement.asked_by is not None,
    )


def fields_of(texts: Mapping[str, rules.Words], notes: Mapping[str, str], category: str | None) -> dict[str, str]:
    """Words by place, as the gate names it."""
    found = {f"{locale}.{name}": text for locale, one in texts.items() for name, text in vars(one).items() if text}
    found.update({f"{locale}.note": text for locale, text in notes.items()})
    return {**found, gate.CATEGORY: category or ""}


def where(place: str) -> str:
    """A place in words: 'We did, Nederlands'."""
    locale, _dot, part = place.rpartition(".")
    return f"{words.PARTS[part]}, {words.LANGUAGES.get(locale, locale)}" if locale else str(words.PARTS[part])


def _passage(place: str, text: str, found: Sequence[Judged]) -> Passage:
    locale, _dot, part = place.rpartition(".")
    here = [one.finding for one in found if one.place == place]
    name = words.LANGUAGES.get(locale, locale) if locale else None
    return Passage(name, locale or None, words.PARTS[part], personal.marked(text, here))


def _others(writers: Collection[str], asked_by: str | None) -> bool:
    """Whether there is anybody with an account who may overrule this."""
    able = (one for one in accounts.accounts() if one.disabled_at is None and one.role in _SECOND)
    return any(rules.may_overrule(f"staff:{one.id}", writers, asked_by) for one in able)
