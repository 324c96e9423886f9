"""The record of what colleagues take with them: written before the first row goes, and closed after the last."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import update

from feedbackloop.ambassadors.reports.models import Export
from feedbackloop.core import clock, history
from feedbackloop.core.history import Change
from feedbackloop.extensions import db


def begin(staff_id: int, what: str, kind: str, wanted: Mapping[str, str]) -> int:
    """Writes down who takes what, with which filter; the id of the record."""
    row = Export(
        staff_id=staff_id, what=what, format=kind, wanted=dict(wanted), rows=0, whole=False, started_at=clock.now()
    )
    db.session.add(row)
    db.session.flush()
    history.record(Change(f"staff:{staff_id}", "export", row.id, "begun", to_state=what, reason=kind))
    return row.id


def end(export_id: int, rows: int, whole: bool) -> None:
    """Writes down how many rows went, and whether that was all of them."""
    values = {"rows": rows, "whole": whole, "ended_at": clock.now()}
    db.session.execute(update(Export).where(Export.id == export_id).values(values))
    said = "whole" if whole else "broken_off"
    history.record(Change("system", "export", export_id, "ended", to_state=said, detail={"rows": rows}))
