"""Mapping files: what they may say, and what they make of a row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feedbackloop.complaints import mapping, schemas
from feedbackloop.complaints.mapping import MappingError

Write = Callable[[str], mapping.Mapping]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> mapping.Mapping:
        path = tmp_path / "ours.toml"
        path.write_text(text)
        return mapping.load(str(path))

    return written


KEY = '[fields.source]\nvalue = "ours"\n[fields.external_id]\ncolumns = ["Nr", "Number"]\n'


def test_what_ships_can_be_read() -> None:
    assert mapping.names() == ["cfpb", "plain"]
    for name in mapping.names():
        assert mapping.load(name).name == name


def test_the_plain_mapping_takes_every_field_of_the_api() -> None:
    fed = {rule.feeds for rule in mapping.load("plain").rules}
    own = set(schemas.ComplaintSchema().fields) - {"customer", "handler"}
    people = {f"customer_{name}" for name in schemas.CustomerSchema().fields}
    assert fed == own | people | {f"handler_{name}" for name in schemas.HandlerSchema().fields}
    assert fed == set(mapping.FIELDS)


def test_columns_are_found_in_any_order_and_spelling(write: Write) -> None:
    bound = write(KEY + '[fields.subject]\ncolumns = ["About"]').bind(["ABOUT", "", "number"])
    assert bound.read(["late", "9", "17"]) == {"source": "ours", "external_id": "17", "subject": "late"}


def test_a_field_without_its_column_is_not_given(write: Write) -> None:
    bound = write(KEY + '[fields.subject]\ncolumns = ["About"]').bind(["Nr", "Colour"])
    assert "subject" not in bound.read(["1", "red"])
    assert bound.unused == ["Colour"]


def test_columns_are_joined_without_the_empty_ones(write: Write) -> None:
    text = 'empty = ["-"]\n' + KEY + '[fields.subject]\njoin = ["A", ["B", "C"], "D"]\nseparator = " / "'
    bound = write(text).bind(["Nr", "D", "C", "A"])
    assert bound.read(["1", "d", "c", "a"])["subject"] == "a / c / d"
    assert bound.read(["1", "d", "-", " "])["subject"] == "d"


def test_words_are_translated_and_ruled_out(write: Write) -> None:
    bound = write(
        KEY
        + '[fields.fault]\ncolumns = ["Cause"]\nvalues = { "Wij" = "us" }\n'
        + 'unless = { columns = ["State"], values = ["new", ""] }'
    ).bind(["Nr", "Cause", "State"])
    assert bound.read(["1", "Wij", "done"])["fault"] == "us"
    assert bound.read(["1", "nobody", "done"])["fault"] == "nobody"
    assert bound.read(["1", "Wij", "new"])["fault"] == ""


def test_what_a_missing_column_decides_is_ruled_out(write: Write) -> None:
    text = KEY + '[fields.fault]\ncolumns = ["Cause"]\nunless = { columns = ["State"], values = [""] }'
    assert write(text).bind(["Nr", "Cause"]).read(["1", "us"])["fault"] == ""


def test_without_an_id_the_row_is_its_own_id() -> None:
    bound = mapping.load("cfpb").bind(["Date received", "Product", "Date sent to company"])
    one, other = (bound.read([date, "Mortgage", ""])["external_id"] for date in ("7/29/2013", "7/30/2013"))
    assert one != other
    assert one == bound.read(["7/29/2013", "Mortgage", ""])["external_id"]
    assert len(one) == 32


def test_a_name_that_stands_twice_is_named() -> None:
    with pytest.raises(MappingError, match="'External_ID' twice"):
        mapping.load("plain").bind(["source", "external_id", "External_ID"])


def test_columns_without_a_name_may_be_many() -> None:
    assert mapping.load("plain").bind(["", "source", "", "external_id"]).unused == []


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(MappingError, match="'source', 'external_id'"):
        mapping.load("plain").bind(["subject"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fields = 3", "takes `empty` and the tables"),
        ('[fields.source]\nvalue = "x"', "does not feed 'external_id'"),
        (KEY + "[fields.colour]\ncolumns = ['c']", "no field 'colour'"),
        (KEY + "[fields.rule]\ncolumn = ['c']", "takes 'columns'"),
        (KEY + "[fields.rule]\ncolumns = 'c'", "a list of texts"),
        (KEY + "[fields.rule]\nformats = ['%Y']", "neither columns"),
        (KEY + "[fields.rule]\nvalue = 'x'\nrequired = true", "names no columns"),
        (KEY + "[fields.rule]\ncolumns = ['c']\nunless = 3", "unless takes columns and values"),
        ("[fields", "is no TOML"),
    ],
)
def test_a_mapping_that_is_not_right_says_what(write: Write, text: str, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        write(text)


@pytest.mark.parametrize("name", ["zendesk", "../plain", "nowhere.toml", ""])
def test_a_mapping_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(MappingError, match="mapping"):
        mapping.load(name)
