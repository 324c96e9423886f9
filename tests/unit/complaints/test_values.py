"""What intake lets through, value by value."""

from __future__ import annotations

import pytest
from sqlalchemy import String

from feedbackloop.complaints import values
from feedbackloop.complaints.models import Complaint
from feedbackloop.people.models import Customer


@pytest.mark.parametrize("field", ["source", "external_id", "subject", "summary", "category", "channel", "root_cause"])
def test_no_limit_is_longer_than_its_column(field: str) -> None:
    column = Complaint.__table__.c[field].type
    assert isinstance(column, String)
    assert values.LIMITS[field] <= (column.length or 0)


@pytest.mark.parametrize("field", ["name", "phone"])
def test_no_limit_of_a_person_is_longer_than_its_column(field: str) -> None:
    column = Customer.__table__.c[field].type
    assert isinstance(column, String)
    assert values.LIMITS[field] <= (column.length or 0)


def test_the_longest_text_is_taken_and_one_more_is_not() -> None:
    assert values.clean_text("subject", "x" * 300) == "x" * 300
    with pytest.raises(ValueError, match="at most 300"):
        values.clean_text("subject", "x" * 301)


def test_lines_stay_in_a_description_and_not_in_a_subject() -> None:
    assert values.clean_text("description", "one\r\ntwo") == "one\ntwo"
    with pytest.raises(ValueError, match="control"):
        values.clean_text("subject", "one\ntwo")


@pytest.mark.parametrize("bad", ["a\x00b", "a\x1bb", "\ud800"])
def test_what_cannot_be_kept_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="must not hold"):
        values.clean_text("description", bad)


@pytest.mark.parametrize("empty", ["", "  ", "\u200e"])
def test_nothing_is_nothing(empty: str) -> None:
    assert values.clean_text("subject", empty) is None
    assert values.clean_address(empty) is None
    assert values.clean_locale(empty) is None
    assert values.clean_fault(empty) is None


def test_an_address_is_kept_as_it_is_mailed() -> None:
    assert values.clean_address(" Jan@Shop.Example ") == "Jan@shop.example"


@pytest.mark.parametrize("bad", ["jan", "jan@", "jan@shop", "a b@shop.example", "jan@shop.example\nBcc: x", "j@x..nl"])
def test_what_is_no_address_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="must"):
        values.clean_address(bad)


@pytest.mark.parametrize(("text", "kept"), [("nl", "nl"), ("en_GB", "en-GB"), ("zh-Hant-TW", "zh-Hant-TW")])
def test_a_language_tag_is_taken(text: str, kept: str) -> None:
    assert values.clean_locale(text) == kept


@pytest.mark.parametrize("bad", ["n", "dutch language", "nl-", "../nl", "x" * 17])
def test_what_is_no_language_tag_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="must"):
        values.clean_locale(bad)


def test_a_fault_is_one_of_four() -> None:
    assert values.clean_fault("Supplier") == "supplier"
    with pytest.raises(ValueError, match="us, supplier, customer, nobody"):
        values.clean_fault("them")
