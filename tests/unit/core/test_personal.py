"""The gate finds what could tell who complained, and lets harmless words through; test_gate_set has the seeded set."""

from __future__ import annotations

import pytest

from feedbackloop.core.personal import (
    Finding,
    Known,
    Marked,
    findings,
    folded,
    is_iban,
    marked,
    without_known,
    without_person,
)


def _kinds(text: str, **known: list[str]) -> list[str]:
    return [one.kind for one in findings({"we_did": text}, Known(**known))]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Mail naar jan.de-vries+x@post.example voor meer.", "email"),
        ("Bel 06-12345678.", "phone"),
        ("Bel 06 12 34 56 78", "phone"),
        ("Bel (020) 123 45 67", "phone"),
        ("Call +31 6 1234 5678 now", "phone"),
        ("Call 0031612345678 now", "phone"),
        ("Call 020 7946 0958 now", "phone"),
        ("Op NL91 ABNA 0417 1643 00 dus", "iban"),
        ("Op nl91abna0417164300 dus", "iban"),
        ("Naar DE89370400440532013000", "iban"),
        ("Bestelling 2026-00012345 lag er nog.", "number"),
        ("Wij woonden op Prins Hendrikkade 23.", "address"),
        ("Bel 06\u200b1234\u20605678.", "phone"),
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
        "Artikel 8712345678906 is terug.",
        "Open van 08.30 tot 17.00 uur, postcode 1012 AB.",
        "Het gratis nummer is 0800-1234.",
        "Kijk op https://www.winkel.example/service/2026/11.",
        "Wij schreven @winkel op het bord.",
        "In NL12 wijken en BE34 straten",
        "",
    ],
)
def test_harmless_words_pass(text: str) -> None:
    assert _kinds(text) == []


def test_a_full_name_of_somebody_who_complained_is_found_in_any_case() -> None:
    assert _kinds("Wij spraken met  hendrik\nSLOOT.", names=["Hendrik Sloot"]) == ["name"]


@pytest.mark.parametrize("name", ["Sloot", "H. Sloot", "Hendrik van Sloot-Berg"])
def test_a_part_of_a_name_is_found_where_it_is_written_as_a_name(name: str) -> None:
    assert _kinds("Dankzij Sloot weten wij het.", names=[name]) == ["name"]
    assert _kinds("De sloot naast de winkel is gedempt.", names=[name]) == []


@pytest.mark.parametrize("name", ["Bakker", "Hendri Sloo", "endrik loot", "van de"])
def test_a_word_of_every_day_or_a_part_of_a_word_is_no_name(name: str) -> None:
    assert _kinds("De bakker sprak met onze Slootweg. Bakker en slager doen mee. Van ons.", names=[name]) == []


def test_an_address_of_somebody_who_complained_is_found_once() -> None:
    assert _kinds("Mail HENDRIK@post.example", addresses=["hendrik@post.example"]) == ["email"]


@pytest.mark.parametrize("written", ["0611223344", "06-11 22 33 44", "+31 6 11223344", "0031 (0)6 1122 3344"])
def test_a_telephone_number_is_found_however_it_is_written(written: str) -> None:
    assert _kinds(f"Bel {written}.", phones=["06-11223344"]) == ["phone"]


def test_a_number_of_a_source_is_found_whole_and_a_year_is_a_year() -> None:
    assert _kinds("Zie c-17 en C-178, in 2026, 12 keer.", numbers=["C-17", "2026", "12"]) == ["number"]


def test_seven_words_in_a_row_are_anybodys_and_eight_are_theirs() -> None:
    said = "niemand kon mij zeggen waar mijn fiets gebleven was"
    assert _kinds("U zei: niemand kon mij zeggen waar mijn fiets was zoek.", texts=[said]) == []
    assert _kinds("U zei: Niemand kon *mij* zeggen, waar mijn fiets gebleven bleek.", texts=[said]) == ["copied"]


def test_what_is_the_organisations_own_may_stand_there() -> None:
    text = "Mail info@sloot.example of kom bij Fietsen van Sloot."
    assert _kinds(text, names=["Hendrik Sloot"], own=["info@sloot.example", "Fietsen van Sloot"]) == []
    assert _kinds(text, names=["Hendrik Sloot"]) == ["email", "name"]


def test_a_finding_says_where_and_what() -> None:
    found = findings({"you_said": "Bel 06-12345678", "translations.en.we_did": "x@y.example"})
    assert found == [
        Finding("phone", "you_said", "06-12345678"),
        Finding("email", "translations.en.we_did", "x@y.example"),
    ]


def test_a_text_is_marked_wherever_it_holds_what_was_found() -> None:
    text = "Bel Sloot: 06-12345678, zei Sloot."
    found = findings({"we_did": text}, Known(names=["Hendrik Sloot"]))
    assert marked(text, found) == [
        Marked("Bel "),
        Marked("Sloot", ("name",)),
        Marked(": "),
        Marked("06-12345678", ("phone",)),
        Marked(", zei "),
        Marked("Sloot", ("name",)),
        Marked("."),
    ]
    assert marked("Niets.", found) == [Marked("Niets.")]


def test_what_overlaps_is_marked_as_one_piece() -> None:
    text = "x Hendrik Sloot belde y"
    found = [Finding("copied", "we_did", "x Hendrik Sloot belde"), Finding("name", "we_did", "Hendrik Sloot")]
    assert marked(text, found) == [Marked("x Hendrik Sloot belde", ("copied", "name")), Marked(" y")]


def test_findings_are_compared_without_what_nobody_sees() -> None:
    assert folded("Zoë  SLOOT\u200b") == folded("zoe sloot")
    assert folded("06-12345678") != folded("06-12345679")
    assert folded("a.b@c.example") != folded("ab@c.example")


def test_check_digits_decide() -> None:
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB82 WEST 1234 5698 7654 33")
    assert not is_iban("NL91")


def test_what_is_known_of_somebody_is_taken_out_and_all_else_stays() -> None:
    known = Known(
        names=["Hendrik Sloot"], phones=["0611223344"], texts=["een twee drie vier vijf zes zeven acht negen"]
    )
    text = "Dag Hendrik Sloot en mevrouw Bakelandt, 06 1122 3344: een twee drie vier vijf zes zeven acht. 020-1234567"
    assert without_known(text, known) == "Dag […] en mevrouw Bakelandt, […]: […]. 020-1234567"
    assert without_known("Niets.", known) == "Niets."


@pytest.mark.parametrize(
    "name", ["Marleen Osinga", "Bo Li", "Zoë van den Berg", "D’Angelo", "Jan-Willem de Vries", None]
)
@pytest.mark.parametrize(
    "text",
    [
        "U kreeg al uw geld terug.",
        "Mevrouw Osinga belde, en MARLEEN OSINGA ook.",
        "Bo Li kwam zelf langs in de boot.",
        "Zoe en Zoë van den Berg; de berg is hoog.",
        "Van D'Angelo en d’angelo.",
        "Jan-Willem en de heer Vries.",
        "Mail M.Osinga@Postvak.example of bel +31 6-1234 5678.",
        "Os\u200binga, met een teken dat niemand ziet.",
        "Regel één\nOsinga op regel twee.",
    ],
)
def test_one_person_goes_from_a_text_as_thoroughly_as_all_that_is_known(text: str, name: str | None) -> None:
    email, phone = "m.osinga@postvak.example", "0612345678"
    known = Known(names=[name] if name else [], addresses=[email], phones=[phone])
    assert without_person(text, name, email, phone) == without_known(text, known)
