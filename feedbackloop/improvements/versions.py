"""The words as the public reads them, version by version: each dated, none changed afterwards. With its SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import select

from feedbackloop.core import clock, history
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.improvements.gate import texts_of
from feedbackloop.improvements.models import Improvement, ImprovementVersion


def add(improvement: Improvement, actor: str, notes: Mapping[str, str]) -> None:
    """Keeps the words that the public reads from now on. Other words than before are a correction, with its note."""
    before = latest(improvement.id)
    texts = _texts(improvement)
    corrects = before is not None and before.texts != texts
    db.session.add(
        ImprovementVersion(
            improvement_id=improvement.id,
            number=(before.number if before else 0) + 1,
            at=clock.now(),
            actor=actor,
            corrects=corrects,
            status=improvement.status,
            locale=improvement.locale,
            texts=texts,
            notes=dict(notes) or None,
        )
    )
    db.session.flush()
    if corrects:
        history.record(Change(actor, "improvement", improvement.id, "corrected"))


def changed_languages(improvement: Improvement) -> list[str]:
    """The languages in which the public read other words last; none where it never read any."""
    before = latest(improvement.id)
    if before is None:
        return []
    return [locale for locale, words in _texts(improvement).items() if before.texts.get(locale) != words]


def latest(improvement_id: int) -> ImprovementVersion | None:
    statement = select(ImprovementVersion).where(ImprovementVersion.improvement_id == improvement_id)
    return db.session.scalar(statement.order_by(ImprovementVersion.number.desc()).limit(1))


def all_of(improvement_ids: Sequence[int]) -> dict[int, list[ImprovementVersion]]:
    """The versions of each, in order."""
    found: dict[int, list[ImprovementVersion]] = {one: [] for one in improvement_ids}
    statement = select(ImprovementVersion).where(ImprovementVersion.improvement_id.in_(improvement_ids))
    for one in db.session.scalars(statement.order_by(ImprovementVersion.number)):
        found[one.improvement_id].append(one)
    return found


def _texts(improvement: Improvement) -> dict[str, dict[str, str | None]]:
    return {locale: asdict(words) for locale, words in texts_of(improvement).items()}
