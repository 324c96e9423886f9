"""What in a public reply could tell whose complaint it answers. Values in, findings out.

A public reply stands below somebody's own words, with their own name for themselves: anything in it that only we could
know gives them away to everybody. So more is stopped here than in an improvement, and nobody can overrule it: a
sentence can always be said without the thing that was found.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from feedbackloop.core import copied, personal
from feedbackloop.core.copied import plain
from feedbackloop.core.personal_shapes import bsns

_PARTICLES = frozenset(
    {"van", "von", "der", "den", "des", "del", "dela", "het", "ter", "ten", "tot", "aan", "bij", "uit", "voor"}
    | {"de", "la", "le", "el", "al", "di", "da", "du", "te", "and", "the", "les", "las", "los", "mevrouw", "meneer"}
)
_SHORTEST_NAME = 3

_POSTCODE = re.compile(r"(?<!\w)[1-9]\d{3}(?: ?[A-Z]{2}|[a-z]{2})(?!\w)")
_STREET = re.compile(
    r"(?<!\w)(?!Onderweg)[A-Z][\w'’.-]*(?:straat|laan|weg|plein|gracht|kade|singel|dijk|steeg|hof|pad|dreef|lei|plantsoen|markt|wal"
    r"|straße|strasse|str\.|gasse|platz)\s+\d{1,4}(?:[ -]?[A-Za-z])?(?!\w)"
    r"|(?<!\w)\d{1,4}[a-zA-Z]?\s+(?:[A-Z][\w'’-]+\s+){1,3}(?:Street|Road|Lane|Avenue|Square|Drive|Close|Way|Court)(?!\w)"
    r"|(?<!\w)(?:[A-Z][\w'’-]+\s+){1,3}(?:Straat|Laan|Weg|Plein|Street|Road|Lane|Avenue)\s+\d{1,4}(?!\w)"
)
# Digits in a row, or after letters as sources number their cases: K-2468, ORD20391.
_NUMBER = re.compile(r"(?<![\w-])[A-Za-z]{0,5}[-/#]?\d[\d/-]*\d{2,}(?![\w-])")
_DATE = re.compile(r"\d{1,2}[-/]\d{1,2}[-/]\d{2,4}|\d{4}-\d{2}-\d{2}|(?:19|20)\d{2}(?:[-/](?:19|20)?\d{2})?")
_NAMED_NUMBER = re.compile(
    r"(?<!\w)(?:klant|order|bestel|dossier|zaak|klacht|factuur|polis|contract|customer|case|complaint|invoice|ticket"
    r"|reference|referentie|account)\w*[\s:#.-]*(?:nummer|nr|number|no)?[\s:#.-]*[A-Za-z]{0,5}[-/]?\d{2,}[\w/-]*",
    re.IGNORECASE,
)
_FEWEST_DIGITS = 4
_NAME = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")  # of a double name each half by itself


@dataclass(frozen=True)
class Known:
    """What is known of the complaint: `names` of its person, `colleagues` who handle it, `numbers` it goes by,
    `texts` that its person wrote, and `organisation`, whose own name may stand there."""

    names: Sequence[str] = ()
    colleagues: Sequence[str] = ()
    numbers: Sequence[str] = ()
    texts: Sequence[str] = ()
    organisation: str = ""


@dataclass(frozen=True)
class Disclosed:
    """One finding: its kind (words.DISCLOSED), the words as they stand there, and the line they stand in."""

    kind: str
    text: str
    line: int


def disclosures(text: str, known: Known) -> list[Disclosed]:
    """What a public reply must not hold, each once, in the order of the text."""
    found: dict[tuple[str, str], int] = {}
    taken = text
    for kind, words in _all(text, known):
        at = taken.find(words)
        found.setdefault((kind, words), max(at, 0))
    ordered = sorted(found.items(), key=lambda one: one[1])
    return [Disclosed(kind, words, text.count("\n", 0, at) + 1) for (kind, words), at in ordered]


def _all(text: str, known: Known) -> Iterator[tuple[str, str]]:
    rest = text
    for kind, words in personal.patterns(text):
        yield kind, words
        rest = rest.replace(words, " ")
    for kind, found in (("postcode", _POSTCODE), ("street", _STREET)):
        for match in found.finditer(rest):
            yield kind, match[0]
        rest = found.sub(" ", rest)
    citizens = [rest[begin:end] for begin, end in bsns(rest)]
    for words in citizens:
        yield "bsn", words
        rest = rest.replace(words, " ")
    yield from (("number", words) for words in _numbers(rest, known.numbers))
    unnamed = _without(rest, known.organisation)
    yield from (("name", words) for words in _names(unnamed, known.names))
    yield from (("colleague", words) for words in _names(unnamed, known.colleagues))
    shared = copied.shared([text], known.texts)
    yield from (("copied", text[begin:end]) for begin, end in copied.places(text, shared))


def _numbers(text: str, known: Collection[str]) -> Iterator[str]:
    for one in known:
        for match in re.finditer(rf"(?<!\w){re.escape(one)}(?!\w)", text, re.IGNORECASE) if one.strip() else ():
            yield match[0]
            text = text.replace(match[0], " ")
    for match in _NAMED_NUMBER.finditer(text):
        yield match[0]
    text = _NAMED_NUMBER.sub(" ", text)
    for match in _NUMBER.finditer(text):
        digits = sum(one.isdigit() for one in match[0])
        if digits >= _FEWEST_DIGITS and not _DATE.fullmatch(match[0]):
            yield match[0]


def _names(text: str, names: Collection[str]) -> Iterator[str]:
    """Every word that is a part of one of these names, in whatever case and with whatever accents."""
    parts = {plain(part) for name in names for part in _NAME.findall(name)}
    long = {part for part in parts if len(part) >= _SHORTEST_NAME and part not in _PARTICLES}
    short = {part for part in parts if len(part) == _SHORTEST_NAME - 1 and part not in _PARTICLES}
    for match in _NAME.finditer(text):
        said = plain(match[0])
        bare = re.sub(r"['’]?s$", "", said)
        if said in long or bare in long or (said in short and match[0][0].isupper()):
            yield match[0]


def _without(text: str, organisation: str) -> str:
    return re.sub(re.escape(organisation), " ", text, flags=re.IGNORECASE) if organisation.strip() else text
