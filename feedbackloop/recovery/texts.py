"""The texts that staff begin with: those of the product, and what staff made of them."""

from __future__ import annotations

import re
import secrets
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.recovery.models import ReplyText

PURPOSES = ("mail", "public")
TITLE_LIMIT, BODY_LIMIT = 100, 4000
# What a situation can be called; anything else is none, and is not asked of the database.
_NAME = re.compile(r"[a-z0-9_-]{1,40}")
_FILE = Path(__file__).with_name("texts.toml")


@dataclass(frozen=True)
class Text:
    """One text in one language. `version` is 0 while it is as the product has it; `own`: there is no such one."""

    purpose: str
    situation: str
    locale: str
    title: str
    body: str
    in_use: bool = True
    version: int = 0
    own: bool = False


@cache
def _of_the_product() -> dict[tuple[str, str, str], Text]:
    told: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {
        (purpose, situation, locale): Text(purpose, situation, locale, words["title"], words["body"].strip())
        for purpose, situations in told.items()
        for situation, languages in situations.items()
        for locale, words in languages.items()
    }


def library(purpose: str, locale: str, *, all_of_them: bool = False) -> list[Text]:
    """The texts for a purpose in a language, in the product's order, then what staff added; those in use, or all."""
    found = {key: text for key, text in _of_the_product().items() if key[0] == purpose and key[2] == locale}
    rows = db.session.scalars(
        select(ReplyText).where(ReplyText.purpose == purpose, ReplyText.locale == locale).order_by(ReplyText.id)
    )
    for row in rows:
        key = (row.purpose, row.situation, row.locale)
        found[key] = _text(row, own=key not in _of_the_product())
    return [text for text in found.values() if text.in_use or all_of_them]


def one(purpose: str, situation: str, locale: str) -> Text | None:
    """The text for this situation, as it stands now."""
    if not _NAME.fullmatch(situation):
        return None
    row = _row(purpose, situation, locale)
    known = _of_the_product().get((purpose, situation, locale))
    return _text(row, own=known is None) if row else known


def languages_of(purpose: str, situation: str) -> dict[str, Text]:
    """The text in each language that is offered and that it exists in."""
    found = {locale: one(purpose, situation, locale) for locale in settings().locales}
    return {locale: text for locale, text in found.items() if text}


def save(text: Text, actor: str) -> None:
    """Keeps what staff wrote. `text.version` is the one that they saw: Conflict where somebody was ahead of them."""
    if text.purpose not in PURPOSES or text.locale not in settings().locales:
        raise NotFound
    row = _row(text.purpose, text.situation, text.locale, held=True)
    if (row.version if row else 0) != text.version:
        raise Conflict
    if row is None:
        row = ReplyText(purpose=text.purpose, situation=text.situation, locale=text.locale, version=0)
        db.session.add(row)
    row.title, row.body, row.in_use = text.title, text.body, text.in_use
    row.version = (row.version or 0) + 1
    row.updated_at = clock.now()
    try:
        db.session.flush()
    except IntegrityError:  # two colleagues at once were the first to change it
        raise Conflict from None
    detail = {"situation": text.situation, "locale": text.locale, "in_use": text.in_use}
    history.record(Change(actor, "reply_text", row.id, "edited", detail=detail))


def new_situation() -> str:
    """A name for a situation that staff add."""
    return f"own-{secrets.token_hex(4)}"


def _row(purpose: str, situation: str, locale: str, *, held: bool = False) -> ReplyText | None:
    wanted = select(ReplyText).where(
        ReplyText.purpose == purpose, ReplyText.situation == situation, ReplyText.locale == locale
    )
    return db.session.scalar(wanted.with_for_update() if held else wanted)


def _text(row: ReplyText, own: bool) -> Text:
    return Text(row.purpose, row.situation, row.locale, row.title, row.body, row.in_use, row.version, own)
