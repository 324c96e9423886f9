"""All SQL of what was taken."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from feedbackloop.ambassadors.reports.models import Export
from feedbackloop.extensions import db


def newest(what: str, staff_id: int | None, limit: int) -> Sequence[Export]:
    """What was taken last; of one colleague, or of all."""
    found = select(Export).options(joinedload(Export.staff)).where(Export.what == what)
    if staff_id is not None:
        found = found.where(Export.staff_id == staff_id)
    return db.session.scalars(found.order_by(Export.id.desc()).limit(limit)).all()
