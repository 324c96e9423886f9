"""/api/v1/complaints: other systems bring complaints in and read how they stand."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any

from feedbackloop.complaints import queries, schemas, service
from feedbackloop.complaints.description import describe
from feedbackloop.complaints.service import ComplaintInput, HandlerInput, PersonInput
from feedbackloop.core import access, db, moments
from feedbackloop.core.api import Blueprint
from feedbackloop.core.errors import BadInput, NotFound

blp = Blueprint(
    "complaints_api",
    __name__,
    url_prefix="/api/v1/complaints",
    description="What people complained about, how it was resolved, and what they said of that.",
)
_BEARER: list[dict[str, list[str]]] = [{"bearer": []}]


@blp.route("", methods=["POST"])
@access.requires_scope("intake")
@blp.doc(security=_BEARER)
@blp.arguments(schemas.ComplaintSchema)
@blp.response(200, schemas.ShownComplaintSchema, description="It was there already, and is now as it is shown.")
@blp.alt_response(201, schema=schemas.ShownComplaintSchema, description="It is new.")
def upsert(given: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Create or update a complaint

    Known by `source` and `external_id`. A field that is absent stays as it is, null clears it. `resolved_at` resolves
    an open complaint and plans its check-in; the same record again changes nothing. Needs the scope `intake`.
    """
    with db.transaction():
        outcome = service.upsert([_input(given)], access.actor())[0]
    return describe([outcome.id])[0], 201 if outcome.what == "created" else 200


@blp.route("/<int(max=9223372036854775807):complaint_id>", methods=["GET"])
@access.requires_scope("read")
@blp.doc(security=_BEARER)
@blp.response(200, schemas.ShownComplaintSchema)
def show(complaint_id: int) -> dict[str, Any]:
    """One complaint

    As it stands now, with its check-ins, what the person answered, and how far they are as an ambassador. Needs the
    scope `read`.
    """
    found = describe([complaint_id])
    if not found:
        raise NotFound("There is no complaint with this id.")
    return found[0]


@blp.route("", methods=["GET"])
@access.requires_scope("read")
@blp.doc(security=_BEARER)
@blp.arguments(schemas.ComplaintQuerySchema, location="query")
@blp.response(200, schemas.ComplaintListSchema)
def search(asked: dict[str, Any]) -> dict[str, Any]:
    """Find complaints

    Oldest first; with `updated_since` in the order of their last change, so that what changes while you page comes
    again at the end. Needs the scope `read`.
    """
    limit, since = asked.pop("limit"), asked.pop("updated_since", None)
    after = _read_cursor(asked.pop("cursor", None), since is not None)
    rows = queries.page(asked, since, after, limit + 1)
    shown = rows[:limit]
    return {
        "items": describe([row.id for row in shown]),
        "next": _cursor(shown[-1].updated_at if since else None, shown[-1].id) if len(rows) > limit else None,
    }


def _input(given: dict[str, Any]) -> ComplaintInput:
    customer, handler = given.pop("customer", ...), given.pop("handler", ...)
    if customer is not ...:
        given["customer"] = PersonInput(**customer) if customer is not None else None
    if handler is not ...:
        given["handler"] = HandlerInput(**handler) if handler is not None else None
    return ComplaintInput(**given)


def _cursor(updated_at: datetime | None, complaint_id: int) -> str:
    text = f"{moments.show(updated_at) or ''},{complaint_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(given: str | None, with_moment: bool) -> tuple[datetime | None, int] | None:
    if given is None:
        return None
    try:
        text = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True).decode()
        moment, _, number = text.partition(",")
        found = (moments.read(moment) if moment else None, int(number))
    except (ValueError, binascii.Error):
        found = None
    if found is None or (found[0] is not None) != with_moment or not 0 < found[1] < 2**63:
        raise BadInput(fields={"cursor": ["must be the `next` of a page with the same parameters"]})
    return found
