"""Whose review on another site it may be: a guess, made of who chose that site around that day. Values in, one out."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# Why it is guessed: the whole name is the same; the first name is, and of nobody else; no name, and nobody else chose
# this site around that moment.
REASONS = ("same_name", "first_name", "only_choice")

# A review is written after the choice; a site may keep only the day, in a time zone of its own.
BEFORE, AFTER = timedelta(days=1), timedelta(days=14)
CLOSE = timedelta(days=2)


@dataclass(frozen=True)
class Choice:
    """An invitation in which the person chose the site, and that no review was matched to yet."""

    invitation_id: int
    customer_id: int
    name: str | None
    clicked_at: datetime


@dataclass(frozen=True)
class Guess:
    choice: Choice
    reason: str


def guess(author: str | None, written_at: datetime, choices: Sequence[Choice]) -> Guess | None:
    """Whose review it is, as far as one person fits better than all others; None rather than a throw of the dice."""
    near = [one for one in choices if -BEFORE <= written_at - one.clicked_at <= AFTER]
    wanted = _words(author)
    if not wanted:
        close = [one for one in near if written_at - one.clicked_at <= CLOSE]
        return Guess(close[0], "only_choice") if len(close) == 1 and len(near) == 1 else None
    named = [one for one in near if _words(one.name) == wanted]
    if named:
        return Guess(named[0], "same_name") if len(_people(named)) == 1 else None
    first = [one for one in near if _fits(wanted, _words(one.name))]
    return Guess(first[0], "first_name") if len(_people(first)) == 1 else None


def _people(choices: Sequence[Choice]) -> set[int]:
    return {one.customer_id for one in choices}


def _fits(author: list[str], name: list[str]) -> bool:
    """'Marleen', 'Marleen O.' and 'M. Osinga' fit 'Marleen Osinga'; 'Marleen Bakker' does not."""
    if not name or len(author) > len(name):
        return False
    if len(author) == 1:
        return author[0] == name[0] and len(author[0]) > 1
    first, last = author[0], author[-1]
    whole = first == name[0] or last == name[-1]
    return whole and name[0].startswith(first) and name[-1].startswith(last)


def _words(name: str | None) -> list[str]:
    plain = unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode().casefold()
    return [word for word in plain.replace(".", " ").replace("-", " ").split() if word]
