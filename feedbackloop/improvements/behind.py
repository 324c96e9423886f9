"""The complaints behind an improvement: linked, taken away, replaced. What follows is up to `service`."""

from __future__ import annotations

from collections.abc import Collection

from feedbackloop.core import clock, history
from feedbackloop.core.errors import Unprocessable
from feedbackloop.core.history import Change
from feedbackloop.improvements import queries, tellings
from feedbackloop.improvements.models import Improvement

_NAMED = 20


def add(improvement: Improvement, complaint_ids: Collection[int], actor: str) -> list[int]:
    """Links what is not linked yet; the new ones. Raises Unprocessable for complaints that do not exist."""
    wanted = set(complaint_ids)
    if not wanted:
        return []
    unknown = sorted(wanted - queries.existing_complaints(wanted))
    if unknown:
        shown = ", ".join(map(str, unknown[:_NAMED]))
        raise Unprocessable(fields={"complaints": [f"there is no complaint with the id {shown}"]})
    linked = queries.link(improvement.id, wanted, clock.now())
    history.record_many(Change(actor, "improvement", improvement.id, "linked", complaint_id=one) for one in linked)
    return linked


def take(improvement: Improvement, complaint_ids: Collection[int], actor: str) -> bool:
    """Takes complaints away, and what their people were still to be told of them; whether there were any."""
    gone = set(complaint_ids) & set(queries.complaint_ids([improvement.id])[improvement.id])
    if not gone:
        return False
    queries.unlink(improvement.id, gone)
    changes = (Change(actor, "improvement", improvement.id, "unlinked", complaint_id=one) for one in sorted(gone))
    history.record_many(changes)
    tellings.take_back(improvement.id, "unlinked", gone)
    return True


def replace(improvement: Improvement, complaint_ids: Collection[int], actor: str) -> tuple[list[int], bool]:
    """Makes these the only ones: the new ones, and whether any was taken away."""
    before = set(queries.complaint_ids([improvement.id])[improvement.id])
    linked = add(improvement, set(complaint_ids) - before, actor)
    return linked, take(improvement, before - set(complaint_ids), actor)
