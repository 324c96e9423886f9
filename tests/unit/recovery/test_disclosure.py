"""What in a public reply could tell whose complaint it answers; and what may stand there."""

from __future__ import annotations

import pytest

from feedbackloop.core.personal_shapes import is_bsn
from feedbackloop.recovery.disclosure import Disclosed, Known, disclosures

STORY = "De bestelling voor het feest van mijn moeder kwam een uur te laat en er misten zes broodjes."
KNOWN = Known(
    names=["Zoë van den Berg-Osinga"],
    colleagues=["Youssef Amrani"],
    numbers=["K-2468", "7"],
    texts=[STORY],
    organisation="Bakkerij Berg",
)


def found(text: str, known: Known = KNOWN) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in disclosures(text, known)]


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("Beste Zoë, het spijt ons.", "name", "Zoë"),
        ("Beste ZOE, het spijt ons.", "name", "ZOE"),
        ("Het spijt ons, mevrouw Osinga.", "name", "Osinga"),
        ("Zoë's klacht spijt ons.", "name", "Zoë's"),
        ("Het spijt ons, mevrouw berg.", "name", "berg"),
        ("Onze collega Youssef belt u.", "colleague", "Youssef"),
        ("Amrani belt u.", "colleague", "Amrani"),
        ("Mail naar zoe@post.example.", "email", "zoe@post.example"),
        ("Bel ons op 06-12345678.", "phone", "06-12345678"),
        ("Wij stortten het op NL91 ABNA 0417 1643 00.", "iban", "NL91 ABNA 0417 1643 00"),
        ("Uw nummer is 111222333.", "bsn", "111222333"),
        ("Wij kwamen naar 1012 AB.", "postcode", "1012 AB"),
        ("Wij kwamen naar 1012ab.", "postcode", "1012ab"),
        ("Wij stonden aan de Kerkstraat 12b.", "street", "Kerkstraat 12b"),
        ("We came to 12 High Street.", "street", "12 High Street"),
        ("Wij kwamen naar Lange Weg 5.", "street", "Lange Weg 5"),
        ("Wij zochten k-2468 op.", "number", "k-2468"),
        ("Wij zochten bestelling 20391 op.", "number", "bestelling 20391"),
        ("Wij zochten ordernummer: AB-17 op.", "number", "ordernummer: AB-17"),
        ("Wij zochten 2026-00012345 op.", "number", "2026-00012345"),
        ("Your case 7 is with us.", "number", "7"),
    ],
)
def test_what_only_we_know_is_found(text: str, kind: str, words: str) -> None:
    assert (kind, words) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dank u dat u dit vertelt. Wij stuurden u een bericht.",
        "Thank you for telling us. We sent you a message on 3 November 2026.",
        "Sinds 03-11-2026 en 2026-11-04 tellen 2 mensen alles na, van 2025/2026 tot 2027.",
        "Wij zijn open van 08.30 tot 17.00 uur.",
        "U betaalt € 1.234,50 in plaats van € 2.000,00.",
        "Onderweg 3 dagen wachten is te lang.",
        "Wij vinden dit in 2026 niet goed.",
        "Groet van Bakkerij Berg",  # the organisation's own name, though somebody is called so as well
        "De bestelling kwam een uur te laat.",  # five words in a row are nobody's
        "",
    ],
)
def test_what_everybody_may_read_passes(text: str) -> None:
    assert found(text) == []


def test_the_test_for_a_citizen_number_decides() -> None:
    assert is_bsn("111222333")
    assert is_bsn("123456782")
    assert not is_bsn("123456789")
    assert not is_bsn("000000000")
    assert not is_bsn("12345678")


def test_nine_digits_that_are_no_citizen_number_are_a_number_all_the_same() -> None:
    assert [kind for kind, _words in found("Wij zochten 123456789 op.")] == ["number"]


def test_copied_words_are_found_as_they_stand_there() -> None:
    reply = "Dat uw bestelling voor het FEEST van mijn\nmoeder kwam een uur te laat, spijt ons."
    assert found(reply) == [("copied", "bestelling voor het FEEST van mijn\nmoeder kwam een uur te laat")]


def test_seven_words_in_a_row_are_not_copied_and_eight_are() -> None:
    words = STORY.split()
    assert found(f"Dus {' '.join(words[1:8])} ja", Known(texts=[STORY])) == []
    assert found(f"Dus {' '.join(words[1:9])} ja", Known(texts=[STORY])) == [("copied", " ".join(words[1:9]))]


def test_two_copied_runs_are_two_findings() -> None:
    other = "Vandaag stond ik voor niets drie kwartier bij de balie in de kou."
    reply = f"{' '.join(STORY.split()[:9])}. Ja, nee. {' '.join(other.split()[:8])}."
    assert [kind for kind, _words in found(reply, Known(texts=[STORY, other]))] == ["copied", "copied"]


def test_a_finding_says_in_which_line_it_stands_and_comes_once() -> None:
    text = "Dank u.\nBeste Zoë, bel Youssef.\nZoë, dank u."
    assert disclosures(text, KNOWN) == [Disclosed("name", "Zoë", 2), Disclosed("colleague", "Youssef", 2)]


@pytest.mark.parametrize("name", ["Jan de Wit", "Bo Li"])
def test_short_and_common_parts_of_a_name(name: str) -> None:
    known = Known(names=[name])
    assert found("Wij bo eten en li lezen de krant, het is niet goed.", known) == []
    assert found(f"Dank u, {name}.", known) != []
