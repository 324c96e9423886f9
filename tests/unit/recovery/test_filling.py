"""Texts of staff are filled in by plain replacement, and never run."""

from __future__ import annotations

import pytest

from feedbackloop.recovery import filling

VALUES = {"name": "Zoë", "number": "K-1"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Dag {name}, over {number}.", "Dag Zoë, over K-1."),
        ("{name}{name}", "ZoëZoë"),
        ("{{7*7}} en {{name}} en {{ config }}", "{{7*7}} en {{name}} en {{ config }}"),
        ("{name.__class__} {0} {} { name } {name!r}", "{name.__class__} {0} {} { name } {name!r}"),
        ("{% for x in y %}%(name)s${name}#{name}", "{% for x in y %}%(name)s$Zoë#Zoë"),
        ("{greeting}", "{greeting}"),
    ],
)
def test_only_a_name_between_single_braces_is_a_hole(text: str, filled: str) -> None:
    assert filling.fill(text, VALUES) == filled


def test_a_value_is_not_looked_into_again() -> None:
    assert filling.fill("{name}", {"name": "{number} {{7*7}}", "number": "9"}) == "{number} {{7*7}}"


def test_what_nothing_is_put_into_is_named() -> None:
    assert filling.unknown("{name} {naam} {NAME} {{naam}} {naam}", filling.MAIL) == ["naam", "NAME"]
