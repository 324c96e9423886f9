"""Corrections of what is public that the gate stopped: kept as they were written until a second person looked at them,
and then made public, or withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from feedbackloop.core import clock, history
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.core.unset import Unset
from feedbackloop.extensions import db
from feedbackloop.improvements import gate, queries, service
from feedbackloop.improvements.gate import Judged
from feedbackloop.improvements.models import Improvement, WaitingCorrection
from feedbackloop.improvements.rules import Words
from feedbackloop.improvements.service import Changes

_PLAIN = ("status", "category", "owner_id", "owner_name", "target_on", "locale")


def of(improvement_id: int) -> WaitingCorrection | None:
    return db.session.get(WaitingCorrection, improvement_id)


def propose(improvement_id: int, changes: Changes, actor: str) -> None:
    """Keeps a change, in place of one that waits already, and asks for a second person."""
    improvement = _held(improvement_id)
    before = of(improvement_id)
    if before is None:
        before = WaitingCorrection(improvement_id=improvement_id, writers=[])
        db.session.add(before)
    before.changes, before.at = _plain(changes), clock.now()
    before.writers = sorted({*before.writers, actor})
    improvement.asked_by, improvement.asked_at = actor, clock.now()
    db.session.flush()
    history.record(Change(actor, "improvement", improvement_id, "proposed"))


def make_public(improvement_id: int, actor: str) -> None:
    """Makes the waiting change now. Raises PersonalDataFound as long as something in it was not let stand."""
    improvement = _held(improvement_id)
    waits = _existing(improvement_id)
    service.update(improvement_id, changes_of(waits), actor, asker=improvement.asked_by)
    _end(improvement, waits)


def withdraw(improvement_id: int, actor: str) -> None:
    """Forgets the waiting change; the public words stay as they are."""
    improvement = _held(improvement_id)
    _end(improvement, _existing(improvement_id))
    history.record(Change(actor, "improvement", improvement_id, "proposal_withdrawn"))


def settle(improvement_id: int) -> None:
    """Forgets what waits, because the words were changed in another way since."""
    waits = of(improvement_id)
    if waits is not None:
        _end(_held(improvement_id), waits)


def overrule(improvement_id: int, ref: str, actor: str) -> None:
    """Lets one thing in the waiting change stand, as a second person. Raises gate.NotByYou, Conflict."""
    improvement = _held(improvement_id)
    waits = _existing(improvement_id)
    gate.overrule(improvement, judged(improvement, waits), ref, waits.writers, actor)


def judged(improvement: Improvement, waits: WaitingCorrection) -> list[Judged]:
    """What the gate finds in the words as they would become."""
    return gate.judged(improvement, texts_of(improvement, waits), changes_of(waits).notes)


def texts_of(improvement: Improvement, waits: WaitingCorrection) -> dict[str, Words]:
    """The words as they would become."""
    wanted = {**gate.texts_of(improvement), **changes_of(waits).texts}
    return {locale: words for locale, words in wanted.items() if words is not None}


def changes_of(waits: WaitingCorrection) -> Changes:
    kept = dict(waits.changes)
    if kept.get("target_on"):
        kept["target_on"] = date.fromisoformat(kept["target_on"])
    texts = {locale: Words(**words) if words else None for locale, words in kept.pop("texts").items()}
    return Changes(texts=texts, **kept)


def _plain(changes: Changes) -> Mapping[str, Any]:
    given = {name: getattr(changes, name) for name in _PLAIN}
    found: dict[str, Any] = {name: value for name, value in given.items() if not isinstance(value, Unset)}
    if found.get("target_on"):
        found["target_on"] = found["target_on"].isoformat()
    texts = {locale: asdict(words) if words else None for locale, words in changes.texts.items()}
    return {**found, "texts": texts, "notes": dict(changes.notes)}


def _held(improvement_id: int) -> Improvement:
    found = queries.lock(improvement_id)
    if found is None:
        raise NotFound
    return found


def _existing(improvement_id: int) -> WaitingCorrection:
    waits = of(improvement_id)
    if waits is None:
        raise Conflict(code="nothing_waits")
    return waits


def _end(improvement: Improvement, waits: WaitingCorrection) -> None:
    db.session.delete(waits)
    improvement.asked_by = improvement.asked_at = None
    db.session.flush()
