"""Mapping files: which column of a file feeds which field of a complaint. docs/import.md tells how to write one."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("mappings")
# The fields a file may feed; the person and the handler are flat, as in the `plain` mapping.
FIELDS = (
    "source",
    "external_id",
    "subject",
    "summary",
    "description",
    "category",
    "channel",
    "opened_at",
    "resolved_at",
    "resolution",
    "root_cause",
    "fault",
    "apology_given",
    "prevention",
    "rule",
    "customer_name",
    "customer_email",
    "customer_phone",
    "customer_locale",
    "handler_name",
    "handler_email",
)
MOMENTS = ("opened_at", "resolved_at")
_KEYS = frozenset({"columns", "join", "separator", "value", "row_hash", "formats", "values", "unless", "required"})


class MappingError(Exception):
    """A mapping that is not there or not right, or a file that does not fit it. The message is a sentence."""


@dataclass(frozen=True)
class Unless:
    """The field is empty in a row whose column (the first of these that the file has) holds one of these values."""

    columns: tuple[str, ...]
    values: frozenset[str]


@dataclass(frozen=True)
class Rule:
    """How one field is fed. `columns` are other names of one column; `join` puts several columns into one text."""

    feeds: str
    columns: tuple[str, ...] = ()
    join: tuple[tuple[str, ...], ...] = ()
    separator: str = " "
    value: str | None = None
    row_hash: bool = False
    formats: tuple[str, ...] = ()
    values: Map[str, str] = field(default_factory=dict)
    unless: Unless | None = None
    required: bool = False


@dataclass(frozen=True)
class Mapping:
    """A whole mapping file. `empty` are the words that mean 'nothing' in a cell."""

    name: str
    rules: tuple[Rule, ...]
    empty: frozenset[str]

    def bind(self, header: Sequence[str]) -> Bound:
        """The mapping for a file with this header. Raises MappingError: a name twice, or a required column missing."""
        places: dict[str, int] = {}
        for place, name in enumerate(header):
            if name and name.casefold() in places:
                raise MappingError(f"its header names the column '{name}' twice")
            places[name.casefold()] = place
        places.pop("", None)
        fed = [_Fed(rule, places) for rule in self.rules]
        missing = [one.rule.columns[0] for one in fed if one.rule.required and not one.there]
        if missing:
            raise MappingError(f"it has no column {_listed(missing)}, which the mapping '{self.name}' needs")
        bound = Bound(self, {one.rule.feeds: one for one in fed if one.there})
        bound.unused = [name for name in header if name and places[name.casefold()] not in bound.used()]
        return bound


class _Fed:
    """A rule with the places of its columns in one file."""

    def __init__(self, rule: Rule, places: Map[str, int]) -> None:
        self.rule = rule
        self.place = _first(rule.columns, places)
        self.joined = [place for names in rule.join if (place := _first(names, places)) is not None]
        self.unless = _first(rule.unless.columns, places) if rule.unless else None
        self.hashed = rule.row_hash and self.place is None
        self.there = self.place is not None or bool(self.joined) or rule.value is not None or rule.row_hash

    def read(self, cells: Sequence[str], empty: frozenset[str]) -> str:
        """The text for the field, '' for nothing."""
        if self.rule.unless is not None:
            judged = cells[self.unless].strip() if self.unless is not None else ""
            if judged in self.rule.unless.values:
                return ""
        return self.read_always(cells, empty)

    def read_always(self, cells: Sequence[str], empty: frozenset[str]) -> str:
        """As `read`, whatever `unless` says."""
        rule = self.rule
        if self.hashed:
            return hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:32]
        if self.joined:
            parts = [text for place in self.joined if (text := cells[place].strip()) not in empty]
            return rule.separator.join(parts)
        text = cells[self.place].strip() if self.place is not None else rule.value or ""
        return "" if text in empty else rule.values.get(text, text)


@dataclass
class Bound:
    """A mapping that knows the places of the columns of one file."""

    mapping: Mapping
    fed: Map[str, _Fed]
    unused: list[str] = field(default_factory=list)

    def read(self, cells: Sequence[str]) -> dict[str, str]:
        """The text of each field that this file feeds."""
        return {name: one.read(cells, self.mapping.empty) for name, one in self.fed.items()}

    def moments(self, cells: Sequence[str]) -> list[tuple[Rule, str]]:
        """Every date that the row's columns hold, even one that the row's other columns rule out."""
        found = [(self.fed[name].rule, name) for name in MOMENTS if name in self.fed]
        texts = [(rule, self.fed[name].read_always(cells, self.mapping.empty)) for rule, name in found]
        return [(rule, text) for rule, text in texts if text]

    def used(self) -> set[int]:
        places = [place for one in self.fed.values() for place in (one.place, one.unless, *one.joined)]
        return {place for place in places if place is not None}


def names() -> list[str]:
    """The mappings that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Mapping:
    """The mapping that ships under this name, or the one in this .toml file. Raises MappingError."""
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if not name.endswith(".toml") and name not in names():
        raise MappingError(f"there is no mapping '{name}'; it takes {_listed(names())} or the path of a .toml file")
    try:
        return _parse(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as problem:
        raise MappingError(f"the mapping '{name}' cannot be read: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise MappingError(f"the mapping '{name}' is no TOML: {problem}") from None


def _parse(name: str, content: dict[str, Any]) -> Mapping:
    def wrong(what: str) -> MappingError:
        return MappingError(f"the mapping '{name}' is not right: {what}")

    fields = content.get("fields")
    if not isinstance(fields, dict) or set(content) - {"fields", "empty"}:
        raise wrong("it takes `empty` and the tables [fields.…]")
    empty = frozenset(_texts(content.get("empty", []), wrong, "empty")) | {""}
    rules = []
    for name_of_field, table in fields.items():
        if name_of_field not in FIELDS:
            raise wrong(f"there is no field '{name_of_field}'")
        if not isinstance(table, dict) or set(table) - _KEYS:
            raise wrong(f"[fields.{name_of_field}] takes {_listed(sorted(_KEYS))}")
        rules.append(_rule(name_of_field, table, wrong))
    for needed in ("source", "external_id"):
        if needed not in fields:
            raise wrong(f"it does not feed '{needed}'")
    return Mapping(name, tuple(rules), empty)


def _rule(name: str, table: dict[str, Any], wrong: Any) -> Rule:
    here = f"[fields.{name}]"
    unless = table.get("unless")
    if unless is not None:
        if not isinstance(unless, dict) or set(unless) != {"columns", "values"}:
            raise wrong(f"{here} unless takes columns and values")
        unless = Unless(_texts(unless["columns"], wrong, here), frozenset(_texts(unless["values"], wrong, here)))
    join = table.get("join", [])
    rule = Rule(
        feeds=name,
        columns=_texts(table.get("columns", []), wrong, here),
        join=tuple(_texts([one] if isinstance(one, str) else one, wrong, here) for one in join),
        separator=str(table.get("separator", " ")),
        value=str(table["value"]) if "value" in table else None,
        row_hash=table.get("row_hash") is True,
        formats=_texts(table.get("formats", []), wrong, here),
        values={str(old): str(new) for old, new in dict(table.get("values", {})).items()},
        unless=unless,
        required=table.get("required") is True,
    )
    if not (rule.columns or rule.join or rule.value is not None or rule.row_hash):
        raise wrong(f"{here} has neither columns nor join, value or row_hash")
    if rule.required and not rule.columns:
        raise wrong(f"{here} is required and names no columns")
    return rule


def _texts(given: Any, wrong: Any, where: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise wrong(f"{where} takes a list of texts")
    return tuple(given)


def _first(columns: Sequence[str], places: Map[str, int]) -> int | None:
    """The place of the first of these columns that the file has."""
    return next((places[name.casefold()] for name in columns if name.casefold() in places), None)


def _listed(found: Sequence[str]) -> str:
    return ", ".join(f"'{one}'" for one in found)
