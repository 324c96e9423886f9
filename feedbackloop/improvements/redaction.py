"""What an erasure takes out of improvements: a name that was let stand, in what is public and in what is still a draft.

The words around it are ours, and stay. An evidence file is no text that could be looked through: staff take it away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from feedbackloop.complaints.models import Complaint
from feedbackloop.core import clock, history, personal
from feedbackloop.core.history import Change
from feedbackloop.core.personal import Known
from feedbackloop.extensions import db
from feedbackloop.improvements.models import Improvement, ImprovementComplaint, ImprovementVersion, WaitingCorrection
from feedbackloop.people.events import PeopleErased
from feedbackloop.people.models import Customer

_PARTS = ("you_said", "we_did", "reason")


def erase(event: PeopleErased) -> None:
    """Takes these people out of the words of the improvements that their complaints are behind. It reads who they are,
    so it comes before everything that forgets that."""
    for customer_id in event.ids:
        improvements = list(db.session.scalars(_behind(customer_id)))
        known = _known(customer_id) if improvements else None
        if known is None:
            continue
        for improvement in improvements:
            if any([_in_texts(improvement, known), _in_versions(improvement, known), _in_waiting(improvement, known)]):
                improvement.version += 1
                improvement.updated_at = clock.now()
                history.record(Change("system", "improvement", improvement.id, "redacted"))
    db.session.flush()


def _behind(customer_id: int) -> Any:
    mine = select(ImprovementComplaint.improvement_id).join(Complaint).where(Complaint.customer_id == customer_id)
    return select(Improvement).where(Improvement.id.in_(mine)).order_by(Improvement.id)


def _known(customer_id: int) -> Known | None:
    person = db.session.get(Customer, customer_id)
    if person is None:
        return None
    written = select(Complaint.subject, Complaint.description).where(Complaint.customer_id == customer_id)
    return Known(
        names=[person.name] if person.name else [],
        addresses=[person.email] if person.email else [],
        phones=[person.phone] if person.phone else [],
        texts=[text for row in db.session.execute(written) for text in row if text],
    )


def _in_texts(improvement: Improvement, known: Known) -> bool:
    changed = False
    for one in improvement.texts:
        for name in _PARTS:
            before = getattr(one, name)
            after = personal.without_known(before, known) if before else before
            changed |= before != after
            setattr(one, name, after)
    return changed


def _in_versions(improvement: Improvement, known: Known) -> bool:
    changed = False
    found = select(ImprovementVersion).where(ImprovementVersion.improvement_id == improvement.id)
    for one in db.session.scalars(found):
        texts, notes = _redacted(one.texts, known), _redacted(one.notes, known)
        changed |= (texts, notes) != (one.texts, one.notes)
        one.texts, one.notes = texts, notes
    return changed


def _in_waiting(improvement: Improvement, known: Known) -> bool:
    waits = db.session.get(WaitingCorrection, improvement.id)
    if waits is None:
        return False
    words = {name: _redacted(waits.changes[name], known) for name in ("texts", "notes")}
    after = {**waits.changes, **words}
    changed = after != waits.changes
    waits.changes = after
    return changed


def _redacted(found: Any, known: Known) -> Any:
    """The same, with every text in it looked through."""
    if isinstance(found, str):
        return personal.without_known(found, known)
    return dict(_items(found, known)) if isinstance(found, Mapping) else found


def _items(found: Mapping[str, Any], known: Known) -> Iterator[tuple[str, Any]]:
    return ((name, _redacted(value, known)) for name, value in found.items())
