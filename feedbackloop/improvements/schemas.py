"""An improvement as the API reads and shows it."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import fields, validate

from feedbackloop.core import text
from feedbackloop.core.api import Schema
from feedbackloop.core.api_fields import Flag, Moment, Part, Text
from feedbackloop.improvements.rules import (
    CATEGORY_LIMIT,
    NOTE_LIMIT,
    OWNER_LIMIT,
    REASON_LIMIT,
    STAGES,
    WE_DID_LIMIT,
    YOU_SAID_LIMIT,
)
from feedbackloop.setting_types import LANGUAGES

LARGEST_PAGE = 200
_MOST_COMPLAINTS = 50_000


def _clean(limit: int, lines: bool, given: str) -> str | None:
    return text.clean(given, limit=limit, lines=lines) or None


def _text(limit: int, about: str, *, lines: bool = True, **more: Any) -> Text:
    return Text(partial(_clean, limit, lines), limit=limit, metadata={"description": about}, **more)


def _one_of(values: tuple[str, ...], about: str, **more: Any) -> fields.String:
    return fields.String(
        validate=validate.OneOf(values, error="must be one of {choices}"),
        error_messages={"invalid": "must be text", "null": "must not be null"},
        metadata={"description": about, "enum": list(values)},
        **more,
    )


class WordsSchema(Schema):
    you_said = _text(YOU_SAID_LIMIT, "What people said, in Markdown.", required=True)
    we_did = _text(WE_DID_LIMIT, "What was done with it, in Markdown.", required=True)
    reason = _text(
        REASON_LIMIT,
        "Why it is not possible, in Markdown. Required on becoming `not_possible` where `we_did` stays as it was;"
        " absent where there is none.",
        allow_none=True,
    )


class GivenWordsSchema(WordsSchema):
    note = _text(
        NOTE_LIMIT,
        "What a correction changes, in short: the public reads it beside the date. Not shown here but in `versions`.",
        lines=False,
        load_only=True,
    )


TranslationsSchema = Schema.from_dict(
    {locale: Part(GivenWordsSchema, allow_none=True) for locale in LANGUAGES}, name="TranslationsSchema"
)


class ImprovementSchema(GivenWordsSchema):
    """What is sent. On a PATCH a field that is absent stays as it is."""

    status = _one_of(STAGES, "How far it is; `planned` where it is absent. An `idea` cannot be published.")
    category = _text(CATEGORY_LIMIT, "What it is about, in your own words.", lines=False, allow_none=True)
    owner = _text(
        OWNER_LIMIT, "Who sees to it: the address of a staff account, or a name.", lines=False, allow_none=True
    )
    target_on = fields.Date(
        allow_none=True,
        error_messages={"invalid": "must be a date such as 2026-11-03"},
        metadata={"description": "By when it is to be done."},
    )
    locale = _one_of(LANGUAGES, "The language of `you_said` and `we_did`; the default one where it is absent.")
    translations = Part(
        TranslationsSchema,
        metadata={"description": "The same in other languages; null takes one out, one that is absent stays."},
    )
    complaints = fields.List(
        fields.String(error_messages={"invalid": "must be the id of a complaint, as text"}),
        validate=validate.Length(max=_MOST_COMPLAINTS, error=f"must be at most {_MOST_COMPLAINTS}"),
        error_messages={"invalid": "must be a list", "null": "must not be null"},
        metadata={"description": "The ids of the complaints behind it: all of them, in place of those before."},
    )


class ImprovementPatchSchema(ImprovementSchema):
    """The same with nothing required; loaded as partial."""


class ToldSchema(Schema):
    scheduled = fields.Integer(metadata={"description": "Will be mailed."})
    sent = fields.Integer(metadata={"description": "Were mailed."})
    not_sent = fields.Integer(metadata={"description": "Were not: no address, no wish for news, or taken back."})
    helps = fields.Integer(metadata={"description": "Said that it helps."})
    not_it = fields.Integer(metadata={"description": "Said that this is not it."})


class VersionSchema(Schema):
    number = fields.Integer(metadata={"description": "Counts from 1, the words that were published first."})
    at = Moment()
    correction = Flag(metadata={"description": "Whether its words differ from those of the version before."})
    notes = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "What a correction changed, by language; empty where nobody said it."},
    )
    url = fields.String(metadata={"description": "Where the public reads it."})


class ShownImprovementSchema(ImprovementSchema):
    """What is answered: the improvement as it stands now."""

    id = fields.String()
    slug = fields.String(metadata={"description": "Its part of the public address; never changes once published."})
    url = fields.String(metadata={"description": "Its public address."})
    public = Flag(metadata={"description": "Whether the public sees it."})
    published_at = Moment(allow_none=True)
    unpublished_at = Moment(allow_none=True)
    done_at = Moment(allow_none=True)
    version = fields.Integer(metadata={"description": "Counts what could be seen to change."})
    versions = fields.List(
        fields.Nested(VersionSchema), metadata={"description": "The words as the public read them, oldest first."}
    )
    raised_by = fields.Integer(metadata={"description": "How many people are behind its complaints."})
    told = fields.Nested(ToldSchema, metadata={"description": "How many tellings went how; by milestone."})
    created_at = Moment()
    updated_at = Moment()


class ImprovementListSchema(Schema):
    items = fields.List(fields.Nested(ShownImprovementSchema))
    next = fields.String(allow_none=True, metadata={"description": "The `cursor` of the next page; null on the last."})


class ImprovementQuerySchema(Schema):
    status = _one_of(STAGES, "Only those of this status.")
    category = _text(CATEGORY_LIMIT, "Only those about this.", lines=False)
    cursor = fields.Integer(
        validate=validate.Range(1, 2**63 - 1, error="must be the `next` of a page with the same parameters"),
        error_messages={"invalid": "must be the `next` of a page with the same parameters"},
        metadata={"description": "`next` of the page before, with the same parameters."},
    )
    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, LARGEST_PAGE, error=f"must be 1 to {LARGEST_PAGE}"),
        metadata={"description": f"How many a page holds, 1 to {LARGEST_PAGE}."},
    )
