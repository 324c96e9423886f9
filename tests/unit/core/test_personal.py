"""The gate finds what could tell who complained, and lets harmless words through."""

from __future__ import annotations

import pytest

from feedbackloop.core.personal import Finding, findings, is_iban


def _kinds(text: str, **known: list[str]) -> list[str]:
    return [one.kind for one in findings({"we_did": text}, **known)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Mail naar jan.de-vries+x@post.example voor meer.", "email"),
        ("Bel 06-12345678.", "phone"),
        ("Bel 06 12 34 56 78", "phone"),
        ("Bel (020) 123 45 67", "phone"),
        ("Call +31 6 1234 5678 now", "phone"),
        ("Call 0031612345678 now", "phone"),
        ("Op NL91 ABNA 0417 1643 00 dus", "iban"),
        ("Op nl91abna0417164300 dus", "iban"),
        ("Naar DE89370400440532013000", "iban"),
    ],
)
def test_personal_data_is_found(text: str, kind: str) -> None:
    assert _kinds(text) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "Wij bellen nu binnen 24 uur, op 03-11-2026 of 3 november 2026.",
        "U betaalt € 1.234,50 in plaats van € 2.000,00.",
        "61 van de 140 producten zijn klaar, de rest voor 31 januari.",
        "Bestelling 2026-00012345 en artikel 8712345678906.",
        "Open van 08.30 tot 17.00 uur, postcode 1012 AB.",
        "Het gratis nummer is 0800-1234.",
        "Kijk op https://www.winkel.example/service/2026/11.",
        "Wij schreven @winkel op het bord.",
        "In NL12 wijken en BE34 straten",
    ],
)
def test_harmless_words_pass(text: str) -> None:
    assert _kinds(text) == []


def test_a_full_name_of_somebody_who_complained_is_found_in_any_case() -> None:
    assert _kinds("Wij spraken met  hendrik\nSLOOT.", names=["Hendrik Sloot"]) == ["name"]


@pytest.mark.parametrize("name", ["Bakker", "Hendrik Sloo", "endrik Sloot"])
def test_one_word_or_a_part_of_a_word_is_no_name(name: str) -> None:
    assert _kinds("De bakker sprak met Hendrik Sloot.", names=[name]) == []


def test_an_address_of_somebody_who_complained_is_found_once() -> None:
    assert _kinds("Mail HENDRIK@post.example", addresses=["hendrik@post.example"])[0] == "email"


def test_a_finding_says_where_and_what() -> None:
    found = findings({"you_said": "Bel 06-12345678", "translations.en.we_did": "x@y.example"})
    assert found == [
        Finding("phone", "you_said", "06-12345678"),
        Finding("email", "translations.en.we_did", "x@y.example"),
    ]


def test_check_digits_decide() -> None:
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB82 WEST 1234 5698 7654 33")
    assert not is_iban("NL91")
