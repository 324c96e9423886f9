"""The JSON API's common part: OpenAPI 3.1, strict reading of JSON, problem+json, tokens with scopes."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from flask import Flask, Request
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Api
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import RAISE, ValidationError, fields
from marshmallow import Schema as MarshmallowSchema
from webargs.flaskparser import FlaskParser

from feedbackloop.core.errors import BadInput, Unprocessable

MAX_DEPTH = 32
MAX_BODY = 1024 * 1024
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]')


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def strict_loads(raw: str | bytes) -> Any:
    """JSON as RFC 8259 has it: UTF-8, no NaN, no key twice, at most MAX_DEPTH levels. Raises ValueError."""
    text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw
    depth = 0
    for match in _BRACKETS.finditer(text):
        if match[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError("nested too deep")
        elif match[0] in "]}":
            depth -= 1
    found = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
    if "\\u" in text and not _encodable(found):
        raise ValueError("half characters")
    return found


def _encodable(found: Any) -> bool:
    try:
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, ValueError):
        return False
    return True


class StrictJson(DefaultJSONProvider):
    sort_keys = False
    ensure_ascii = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return strict_loads(s)


def flat_fields(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    """Marshmallow's nested messages as `{"customer.email": ["…"]}`."""
    if isinstance(messages, list):
        return {prefix: [str(one) for one in messages]}
    if not isinstance(messages, dict):
        return {prefix: [str(messages)]}
    flat: dict[str, list[str]] = {}
    for name, inner in messages.items():
        if name == "_schema":  # about the object itself, not about one of its fields
            flat.update(flat_fields(inner, prefix or "body"))
        else:
            flat.update(flat_fields(inner, f"{prefix}.{name}" if prefix else str(name)))
    return flat


class Parser(FlaskParser):
    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "json": RAISE}

    def _raw_load_json(self, req: Request) -> Any:
        if not req.is_json:
            raise BadInput("Send it as application/json.")
        try:
            return strict_loads(req.get_data(cache=True))
        except (ValueError, RecursionError) as problem:
            raise BadInput(f"The body is no JSON that can be read: {problem}.") from None

    def handle_error(self, error: ValidationError, req: Request, schema: Any, **_kwargs: Any) -> NoReturn:
        messages: Any = error.messages
        location = next(iter(messages)) if isinstance(messages, dict) else "json"
        inner = messages.get(location, messages) if isinstance(messages, dict) else messages
        kind = Unprocessable if location == "json" else BadInput
        raise kind(fields=flat_fields(inner))


class Schema(MarshmallowSchema):
    """A misspelt field is an error, not a field that is silently left out."""

    error_messages = {"unknown": "is no field of this object", "type": "must be an object"}

    class Meta:
        unknown = RAISE


class Blueprint(SmorestBlueprint):
    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: Any, *, location: str = "json", **more: Any) -> Any:
        """As smorest has it, with the status that Parser answers with: 422 for the body, 400 for the address."""
        status = 422 if location == "json" else 400
        return super().arguments(schema, location=location, error_status_code=status, **more)


class ProblemSchema(Schema):
    """RFC 9457."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "What is wrong, by the dotted name of the field."},
    )


class ProblemApi(Api):
    """Errors are rendered by core.errors alone."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        return


api = ProblemApi()


def register(app: Flask) -> None:
    app.json = StrictJson(app)
    app.config.update(
        API_TITLE="feedbackloop",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api.init_app(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
