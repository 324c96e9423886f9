"""/api/v1/docs: the OpenAPI document as a page, made on the server: no script, no other host."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, render_template
from markupsafe import Markup, escape

from feedbackloop.config import settings
from feedbackloop.core.api import api

_METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 6
_SOME_ID = re.compile(r"\{[^}]*\}")
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Value:
    """A field or a parameter. `name` is dotted, `[]` stands for each item of a list; `kind` says what it takes."""

    name: str
    kind: str
    about: Markup
    required: bool = False


@dataclass(frozen=True)
class Answer:
    """What may come back: the status, in words, and the fields of the body."""

    status: str
    about: str
    fields: list[Value]


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    id: str
    method: str
    path: str
    summary: str
    about: Markup
    parameters: list[Value]
    fields: list[Value]
    answers: list[Answer]
    curl: str


@dataclass
class Group:
    """What belongs together, as one blueprint."""

    title: str
    about: str
    operations: list[Operation] = field(default_factory=list)


def register(app: Flask) -> None:
    app.add_url_rule("/api/v1/docs", "api_docs", page)


def page() -> str:
    """Every operation with its parameters, fields, answers and a call to try. Reading it needs no token."""
    return render_template("public/api_docs.html", groups=groups(api.spec.to_dict(), settings().public_url))


def groups(document: Mapping[str, Any], base: str) -> list[Group]:
    """The operations of an OpenAPI 3.1 document by tag; `base` is where the examples call."""
    found = {tag["name"]: Group(_title(tag["name"]), tag.get("description", "")) for tag in document.get("tags", [])}
    reader = _Reader(document)
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                tag = (item[method].get("tags") or ["other"])[0]
                group = found.setdefault(tag, Group(_title(tag), ""))
                group.operations.append(reader.operation(method, path, item, base))
    return [group for group in found.values() if group.operations]


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def operation(self, method: str, path: str, item: Mapping[str, Any], base: str) -> Operation:
        told = item[method]
        parameters = [self._resolve(one) for one in [*item.get("parameters", []), *told.get("parameters", [])]]
        body = self._body(told.get("requestBody", {}))
        return Operation(
            id=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
            method=method.upper(),
            path=path,
            summary=told.get("summary", path),
            about=_marked(told.get("description", "")),
            parameters=[
                Value(one["name"], self._kind(one["schema"]), _marked(one.get("description", "")), one["required"])
                for one in parameters
                if one["in"] in ("query", "path")
            ],
            fields=list(self._fields(body)) if body else [],
            answers=[
                Answer(str(status), answer.get("description", ""), list(self._fields(self._body(answer) or {})))
                for status, answer in sorted(
                    (str(status), self._resolve(answer)) for status, answer in told.get("responses", {}).items()
                )
                if status.startswith("2")
            ],
            curl=self._curl(method, base + _SOME_ID.sub("17", path), body),
        )

    def _body(self, holder: Mapping[str, Any]) -> Schema | None:
        for content in holder.get("content", {}).values():
            found: Schema = self._resolve(content.get("schema", {}))
            return found
        return None

    def _fields(self, schema: Schema, prefix: str = "", depth: int = 0) -> Iterator[Value]:
        schema = self._resolve(schema)
        if schema.get("type") == "array":
            yield from self._fields(schema.get("items", {}), f"{prefix[:-1]}[]." if prefix else "[].", depth + 1)
            return
        for name, told in schema.get("properties", {}).items():
            inner = self._resolve(told)
            about = _marked(told.get("description") or inner.get("description", ""))
            yield Value(f"{prefix}{name}", self._kind(inner), about, name in schema.get("required", []))
            if depth < _DEEPEST and ("properties" in inner or inner.get("type") == "array"):
                yield from self._fields(inner, f"{prefix}{name}.", depth + 1)

    def _kind(self, schema: Schema) -> str:
        schema = self._resolve(schema)
        told = schema.get("type", "object")
        kinds = [told] if isinstance(told, str) else list(told)
        parts = [" | ".join(kinds)]
        if schema.get("format"):
            parts.append(str(schema["format"]))
        if schema.get("enum"):
            parts.append(" | ".join(json.dumps(one) for one in schema["enum"]))
        if schema.get("maxLength"):
            parts.append(f"≤ {schema['maxLength']}")
        if "minimum" in schema and "maximum" in schema and schema["maximum"] < 2**31:
            parts.append(f"{schema['minimum']}–{schema['maximum']}")
        if "default" in schema:
            parts.append(f"= {json.dumps(schema['default'])}")
        return ", ".join(parts)

    def _curl(self, method: str, url: str, body: Schema | None) -> str:
        lines = [f"curl {url}" if method == "get" else f"curl -X {method.upper()} {url}"]
        lines.append('-H "Authorization: Bearer $TOKEN"')
        if body:
            lines.append('-H "Content-Type: application/json"')
            lines.append(f"-d '{json.dumps(self._example(body), ensure_ascii=False, indent=2)}'")
        return " \\\n  ".join(lines)

    def _example(self, schema: Schema, depth: int = 0) -> Any:
        """The schema's own examples where it gives some, else a value of every field that is required."""
        schema = self._resolve(schema)
        if "example" in schema:
            return schema["example"]
        if "properties" in schema:
            known = {name: self._resolve(told) for name, told in schema["properties"].items()}
            shown = {
                name: told
                for name, told in known.items()
                if name in schema.get("required", []) or _has_example(told, self._resolve)
            }
            return {name: self._example(told, depth + 1) for name, told in (shown or known).items() if depth < _DEEPEST}
        if schema.get("type") == "array":
            return [self._example(schema.get("items", {}), depth + 1)] if depth < _DEEPEST else []
        return (schema.get("enum") or ["…"])[0]

    def _resolve(self, schema: Mapping[str, Any]) -> Any:
        """What a reference leads to; of several that may stand there, the first that is not null."""
        while "$ref" in schema or "allOf" in schema or "anyOf" in schema:
            if "$ref" in schema:
                found: Any = self._document
                for name in schema["$ref"].removeprefix("#/").split("/"):
                    found = found[name]
                schema = found
            else:
                options = schema.get("allOf") or schema["anyOf"]
                schema = next((one for one in options if one.get("type") != "null"), {})
        return schema


def _has_example(schema: Schema, resolve: Callable[[Schema], Schema]) -> bool:
    inner = map(resolve, schema.get("properties", {}).values())
    return "example" in schema or any(_has_example(one, resolve) for one in inner)


def _marked(text: str) -> Markup:
    """Text with `code` in it, in one line, as HTML."""
    parts = [escape(part) for part in " ".join(text.split()).split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(one) if n % 2 else one for n, one in enumerate(parts))


def _title(tag: str) -> str:
    return tag.removesuffix("_api").replace("_", " ").capitalize()
