"""A complaint as other systems see it, with what later stations know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from feedbackloop.complaints import queries
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.moments import show

# Takes complaint ids; gives, for those it knows something of, what stands under its name in the object.
Part = Callable[[Sequence[int]], Mapping[int, Any]]

_parts: dict[str, Part] = {}
_case_parts: dict[str, Part] = {}
_TEXTS = ("subject", "summary", "description", "category", "channel")
_OUTCOME = ("resolution", "root_cause", "fault", "apology_given", "prevention", "rule")


def know(parts: Mapping[str, Part], case_parts: Mapping[str, Part]) -> None:
    """Sets what later stations tell to everybody, and to the case page alone; `create_app` does it once."""
    for known, told in ((_parts, parts), (_case_parts, case_parts)):
        known.clear()
        known.update(told)


def case_parts(complaint_id: int) -> dict[str, Any]:
    """What later stations know of one complaint, by name; None where one knows nothing."""
    return {name: part([complaint_id]).get(complaint_id) for name, part in {**_parts, **_case_parts}.items()}


def describe(ids: Sequence[int]) -> list[dict[str, Any]]:
    """The whole object of each complaint, in the order of the ids; without those that do not exist."""
    complaints = queries.by_ids(ids)
    found = {complaint.id: _own(complaint) for complaint in complaints.values()}
    for name, part in _parts.items():
        for complaint_id, value in part(list(found)).items():
            found[complaint_id][name] = value
    return [found[complaint_id] for complaint_id in ids if complaint_id in found]


def _own(complaint: Complaint) -> dict[str, Any]:
    customer = complaint.customer
    return {
        "id": str(complaint.id),
        "source": complaint.source,
        "external_id": complaint.external_id,
        "status": complaint.status,
        "cycle": complaint.cycle,
        **{name: getattr(complaint, name) for name in _TEXTS},
        "opened_at": show(complaint.opened_at),
        "resolved_at": show(complaint.resolved_at),
        "reopened_at": show(complaint.reopened_at),
        "confirmed_at": show(complaint.confirmed_at),
        **{name: getattr(complaint, name) for name in _OUTCOME},
        "flag": complaint.flag,
        "customer": customer
        and {"name": customer.name, "email": customer.email, "phone": customer.phone, "locale": customer.locale},
        "handler": {"name": complaint.handler_name, "email": complaint.handler_email}
        if complaint.handler_name or complaint.handler_email
        else None,
        "created_at": show(complaint.created_at),
        "updated_at": show(complaint.updated_at),
        "check_ins": [],
        "ambassador": None,
    }
