"""What can be not right yet: the lists that staff keep, for every complaint and for single categories.

Until a colleague changes anything the built-in list holds; then its rows are made, and from there on they are the list.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from flask_babel import force_locale, get_locale

from feedbackloop.checkins import reason_queries, words
from feedbackloop.checkins.models import Reason
from feedbackloop.core import clock, history
from feedbackloop.core.errors import NotFound
from feedbackloop.core.history import Change

LANGUAGES = ("nl", "en")
_CODE_LENGTH = 24


@dataclass(frozen=True)
class ReasonInput:
    """A reason as staff describe it. `category` None: for every complaint."""

    text_nl: str | None
    text_en: str | None
    category: str | None = None
    reopens: bool = True
    position: int = 10
    active: bool = True


@dataclass(frozen=True)
class Listed:
    """A reason as it stands in its list. `text` is in the language of the page, or in the other where that has none."""

    code: str
    category: str | None
    text_nl: str | None
    text_en: str | None
    reopens: bool
    position: int
    active: bool

    @property
    def text(self) -> str:
        dutch, english = self.text_nl or self.text_en, self.text_en or self.text_nl
        return (dutch if str(get_locale()) == "nl" else english) or self.code


def every() -> list[Listed]:
    """All reasons, retired ones too: category by category, the general list last, each in its order."""
    rows = reason_queries.every()
    found = [Listed(*row) for row in rows] if rows else _built_in()
    return sorted(found, key=lambda one: (one.category is None, _key(one.category), one.position))


def of_category(category: str | None) -> list[Listed]:
    """What can be ticked about a complaint of this category: what is special to it, then the general list."""
    return [one for one in every() if one.category is None or (category and _key(one.category) == _key(category))]


def chosen(listed: Sequence[Listed], ticked: Collection[str]) -> list[Listed]:
    """Those of a list to show: what is offered now, and what was ticked before it was retired."""
    return [one for one in listed if one.active or one.code in ticked]


def marks(codes: Collection[str], listed: Sequence[Listed] | None = None) -> list[bool]:
    """Of each of these reasons whether it reopens; one that nobody knows does. `listed`: the lists, if read already."""
    if not codes:
        return []
    known = {one.code: one.reopens for one in (every() if listed is None else listed)}
    return [known.get(code, True) for code in codes]


def texts(codes: Iterable[str]) -> list[str]:
    """These reasons in the words of their lists, retired ones too."""
    wanted = list(codes)
    known = {one.code: one.text for one in every()} if wanted else {}
    return [known.get(code, code) for code in wanted]


def texts_by_code() -> dict[str, str]:
    """Every reason in words: for who shows many answers."""
    return {one.code: one.text for one in every()}


# What staff do with the lists


def add(given: ReasonInput, actor: str) -> str:
    """Adds a reason to its list; its code."""
    _make_rows()
    code = _new_code(given, {one.code for one in every()})
    row = Reason(code=code, created_at=clock.now())
    _set(row, given)
    reason_queries.add(row)
    _record(row, "created", actor)
    return code


def change(code: str, given: ReasonInput, actor: str) -> None:
    """Changes a reason, or retires it; answers that hold it keep it. Raises NotFound."""
    _make_rows()
    row = reason_queries.by_code(code)
    if row is None:
        raise NotFound
    _set(row, given)
    reason_queries.flush()
    _record(row, "changed", actor)


def find(code: str) -> Listed:
    """Raises NotFound."""
    for one in every():
        if one.code == code:
            return one
    raise NotFound


def _set(row: Reason, given: ReasonInput) -> None:
    for name, value in vars(given).items():
        setattr(row, name, value)


def _record(row: Reason, what: str, actor: str) -> None:
    state = "active" if row.active else "retired"
    history.record(Change(actor, "reason", row.id, what, to_state=state, detail={"reopens": row.reopens}))


def _make_rows() -> None:
    reason_queries.insert_missing([{**vars(one), "created_at": clock.now()} for one in _built_in()])


@cache
def _built_in() -> list[Listed]:
    found: list[Listed] = []
    for place, (code, text) in enumerate(words.REASONS.items(), 1):
        said: dict[str, str] = {}
        for language in LANGUAGES:
            with force_locale(language):
                said[language] = str(text)
        found.append(Listed(code, None, said["nl"], said["en"], True, 10 * place, True))
    return found


def _new_code(given: ReasonInput, taken: Collection[str]) -> str:
    """A code that says in ASCII what the reason is about, for who reads it in the API."""
    plain = unicodedata.normalize("NFKD", given.text_en or given.text_nl or "").encode("ascii", "ignore").decode()
    begin = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:_CODE_LENGTH].strip("_") or "reason"
    code = begin
    while code in taken:
        code = f"{begin}_{secrets.token_hex(2)}"
    return code


def _key(category: str | None) -> str:
    return " ".join((category or "").split()).casefold()
