"""Fields of the JSON API that take a value as what it is: text is no number, and a truth value is no word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields

from feedbackloop.core import moments

_SENTENCES = {
    "required": "is required",
    "null": "must not be null",
    "invalid": "is not right",
    "type": "must be an object",
}


class Text(fields.String):
    """Text that `clean` makes fit to keep. What is empty after that is None, where the field allows null."""

    default_error_messages = {**_SENTENCES, "invalid": "must be text"}

    def __init__(self, clean: Callable[[str], str | None], *, limit: int | None = None, **more: Any) -> None:
        metadata = {**({"maxLength": limit} if limit else {}), **more.pop("metadata", {})}
        super().__init__(metadata=metadata, **more)
        self._clean = clean

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            found = self._clean(value)
        except ValueError as problem:
            raise ValidationError(str(problem)) from None
        if found is None and not self.allow_none:
            raise ValidationError("must not be empty")
        return found


class Flag(fields.Boolean):
    """true or false, nothing that resembles them."""

    default_error_messages = {**_SENTENCES, "invalid": "must be true or false"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Moment(fields.AwareDateTime):
    """A moment with its offset; shown in UTC."""

    default_error_messages = {**_SENTENCES, "invalid": "must be text"}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            return moments.read(value)
        except ValueError as problem:
            raise ValidationError(str(problem)) from None

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return moments.show(value) if isinstance(value, datetime) else value


class Part(fields.Nested):
    """An object inside of another one."""

    default_error_messages = {**_SENTENCES}
