"""A complaint as the API reads and shows it. What the fields mean is told in docs/import.md and on /api/v1/docs."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import fields, validate

from feedbackloop.complaints import values
from feedbackloop.complaints.rules import FAULTS, STATUSES
from feedbackloop.core.api import Schema
from feedbackloop.core.api_fields import Flag, Moment, Part, Text

LARGEST_PAGE = 200


def _text(field: str, about: str, **more: Any) -> Text:
    metadata = _about(about, more)
    more.setdefault("allow_none", not more.get("required"))
    return Text(partial(values.clean_text, field), limit=values.LIMITS[field], metadata=metadata, **more)


def _address(about: str, example: str) -> Text:
    metadata = {"description": about, "format": "email", "example": example}
    return Text(values.clean_address, limit=320, allow_none=True, metadata=metadata)


def _moment(about: str, **more: Any) -> Moment:
    return Moment(metadata=_about(about, more), **more)


def _about(about: str, more: dict[str, Any]) -> dict[str, Any]:
    """What the OpenAPI document says of a field; takes its `example` out of the field's own arguments."""
    example = more.pop("example", None)
    return {"description": about, **({"example": example} if example is not None else {})}


class HandlerSchema(Schema):
    name = _text("name", "Who takes care of it.", example="Lieke Boersma")
    email = _address("Where a complaint that comes back is mailed to.", "lieke@shop.example")


class CustomerSchema(Schema):
    name = _text("name", "How the person is called in mail.", example="Jan de Vries")
    email = _address(
        "Where the check-in goes. Without it nobody is asked, and the check-in says `no_address`.", "jan@mail.example"
    )
    phone = _text("phone", "A telephone number, as it is dialled.")
    locale = Text(
        values.clean_locale,
        limit=16,
        allow_none=True,
        metadata={"description": "The language to write in, such as `nl` or `en-GB`.", "example": "nl"},
    )


class ComplaintSchema(Schema):
    """What is sent. A field that is absent stays as it is, null clears it."""

    source = _text(
        "source",
        "The system that knows the complaint; with `external_id` it is the key.",
        example="shop",
        required=True,
    )
    external_id = _text("external_id", "What that system calls the complaint.", example="C-17", required=True)
    subject = _text("subject", "What it is about, in a few words.", example="Parcel came too late")
    summary = _text(
        "summary",
        "What the person said, in one sentence; the check-in mail opens with it.",
        example="My parcel came three days late.",
    )
    description = _text("description", "What the person said, in full.")
    category = _text("category", "The kind of complaint, in your own words.", example="delivery")
    channel = _text("channel", "How it came in: phone, mail, shop.", example="phone")
    opened_at = _moment(
        "When the person complained; the moment of arrival where it is absent.", example="2026-11-02T09:30:00+01:00"
    )
    resolved_at = _moment(
        "When it was resolved. null on a resolved complaint reopens it.",
        example="2026-11-05T16:00:00+01:00",
        allow_none=True,
    )
    resolution = _text(
        "resolution",
        "What was done; the check-in mail tells it to the person.",
        example="You got the delivery costs back.",
    )
    root_cause = _text("root_cause", "Why it happened.")
    fault = Text(
        values.clean_fault,
        allow_none=True,
        metadata={"description": "Whose fault it was.", "enum": [*FAULTS, None]},
    )
    apology_given = Flag(allow_none=True, metadata={"description": "Whether somebody said sorry."})
    prevention = _text("prevention", "What was promised so that it does not happen again.")
    rule = _text("rule", "The rule of your own that was in the way.")
    customer = Part(CustomerSchema, allow_none=True, metadata={"description": "The person who complained."})
    handler = Part(HandlerSchema, allow_none=True, metadata={"description": "Who takes care of it."})


class AnswerSchema(Schema):
    satisfied = fields.String(
        metadata={
            "description": "yes, partly, no, or later (cannot say yet).",
            "enum": ["yes", "partly", "no", "later"],
        }
    )
    rating = fields.Integer(allow_none=True, metadata={"description": "1 to 5."})
    recommend = fields.Integer(allow_none=True, metadata={"description": "0 to 10."})
    reasons = fields.List(fields.String(), metadata={"description": "What was not right, as codes."})
    comment = fields.String(allow_none=True, metadata={"description": "In the person's own words."})
    quote_consent = fields.Boolean(metadata={"description": "Whether these words may be quoted."})
    call_me = fields.Boolean(metadata={"description": "Whether the person wants to be called."})
    meet = fields.Boolean(metadata={"description": "Whether the person would like to meet."})


class CheckInSchema(Schema):
    id = fields.String()
    cycle = fields.Integer(metadata={"description": "The resolution it asks about, counted from 1."})
    status = fields.String(
        metadata={
            "description": "scheduled, queued, sent, answered, expired, suppressed, bounced or cancelled.",
        }
    )
    reason = fields.String(allow_none=True, metadata={"description": "Why it was not sent, such as `no_address`."})
    due_at = Moment(allow_none=True)
    sent_at = Moment(allow_none=True)
    answered_at = Moment(allow_none=True)
    answer = fields.Nested(AnswerSchema, allow_none=True)


class AmbassadorSchema(Schema):
    stage = fields.String(metadata={"description": "satisfied, invited, clicked, reviewed or ambassador."})


class ShownComplaintSchema(ComplaintSchema):
    """What is answered: the complaint as it stands now, with everything that followed from it."""

    id = fields.String()
    status = fields.String(validate=validate.OneOf(STATUSES))
    cycle = fields.Integer(metadata={"description": "How often it was resolved."})
    reopened_at = _moment("When it was reopened last.", allow_none=True)
    confirmed_at = _moment("When the person said that it is solved.", allow_none=True)
    flag = fields.String(allow_none=True, metadata={"description": "`resolved_before_opened`, or null."})
    created_at = _moment("When we first heard of it.")
    updated_at = _moment("When anything of the complaint itself changed last.")
    check_ins = fields.List(fields.Nested(CheckInSchema))
    ambassador = fields.Nested(AmbassadorSchema, allow_none=True)


class ComplaintListSchema(Schema):
    items = fields.List(fields.Nested(ShownComplaintSchema))
    next = fields.String(allow_none=True, metadata={"description": "The `cursor` of the next page; null on the last."})


class ComplaintQuerySchema(Schema):
    source = _text("source", "Only from this system.", allow_none=False)
    external_id = _text("external_id", "Only the complaint that this system calls so.", allow_none=False)
    status = fields.String(
        validate=validate.OneOf(STATUSES, error="must be one of {choices}"),
        metadata={"description": "Only those of this status."},
    )
    updated_since = _moment("Only what changed at or after this moment, the oldest change first.")
    cursor = fields.String(metadata={"description": "`next` of the page before, with the same parameters."})
    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, LARGEST_PAGE, error=f"must be 1 to {LARGEST_PAGE}"),
        metadata={"description": f"How many a page holds, 1 to {LARGEST_PAGE}."},
    )
