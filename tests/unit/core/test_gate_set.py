"""The seeded set: every leak is found as what it is, and few harmless texts are stopped."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from feedbackloop.core.personal import findings
from tests.support.gate_set import HARMLESS, KNOWN, LEAKS

WRONG_STOPS = 0


def test_the_set_is_whole() -> None:
    assert (len(LEAKS), len(set(LEAKS)), len(set(HARMLESS))) == (40, 40, 40)
    assert {kind for kind, _text in LEAKS} == {
        "name", "colleague", "email", "phone", "iban", "bsn", "address", "number", "copied",
    }  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), LEAKS, ids=range(len(LEAKS)))
def test_a_leak_is_found_as_what_it_is(kind: str, text: str) -> None:
    found = findings({"we_did": text}, KNOWN)
    assert kind in {one.kind for one in found}, found
    assert all(one.text in text for one in found)


def test_few_harmless_texts_are_stopped(record_property: Callable[[str, object], None]) -> None:
    stopped = {text: found for text in HARMLESS if (found := findings({"we_did": text}, KNOWN))}
    record_property("wrong stops", len(stopped))
    assert len(stopped) == WRONG_STOPS, stopped
