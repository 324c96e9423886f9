"""Names of people in a text: those that are known, and what looks like one. Values in, places out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from feedbackloop.core.copied import plain
from feedbackloop.core.name_lists import FIRST_NAMES, NO_SURNAMES, THINGS, WORDS_TOO

_NAME = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")  # of a double name each half by itself
_PARTICLES = frozenset(
    {
        "van",
        "von",
        "der",
        "den",
        "des",
        "del",
        "dela",
        "het",
        "ter",
        "ten",
        "tot",
        "aan",
        "bij",
        "uit",
        "voor",
        "op",
        "in",
    }
    | {"de", "la", "le", "el", "al", "di", "da", "du", "te", "and", "the", "les", "las", "los", "mevrouw", "meneer"}
    | {"heer", "dhr", "mevr", "mr", "mrs", "ms", "miss", "dr", "fam", "familie", "en", "of", "or", "bv", "b"}
)
_SHORTEST = 3
_PARTS = r"(?:(?:van|von|der|den|de|het|ten|ter|te|op|la|le|el|al|bin|ben|du|da|di|'t|’t|in)\s+){0,3}"
_CAPITAL = r"(?:[OD]['’])?[^\W\d_a-zß-öø-ÿ][^\W\d_]*[a-zà-ÿ][\w'’-]*"
_INITIALS = r"(?:[A-Z]\.\s?){0,4}"
# After these words a name follows, in whatever language. A full stop belongs to the short ones only.
_TITLED = re.compile(
    r"(?<!\w)(?:(?:[Hh]eer|[Mm]evrouw|[Mm]eneer|[Mm]ejuffrouw|[Ff]amilie|[Jj]uffrouw|Miss|Mister|Madam|Sir)\s+"
    r"|(?:[Dd]hr|[Mm]evr|[Mm]w|[Mm]ej|[Mm]rs?|Ms|[Dd]rs?|[Ff]am|[Pp]rof)\.?\s+)"
    rf"({_INITIALS}(?:{_PARTS}|[Vv]an\s+(?:[Dd]e[rn]?\s+)?){_CAPITAL}(?:\s+{_PARTS}{_CAPITAL}){{0,2}})"
)
# 'Onze klant Noor', 'our colleague Tom': a name may follow these, unless it is the name of a thing.
_ROLES = re.compile(
    r"(?<!\w)(?:[Kk]lant|[Kk]lante|[Cc]ollega|medewerker|medewerkster|bezorger|chauffeur|monteur|customer|client"
    r"|colleague|employee|driver|courier|mechanic|handler|neighbour|buurman|buurvrouw)\s+"
    rf"({_INITIALS}{_CAPITAL}(?:\s+{_PARTS}{_CAPITAL}){{0,2}})"
)
_FIRM = re.compile(r"[a-z][A-Z]{2}")  # PostNL
_INITIALLED = re.compile(
    r"(?<![\w.])(?<!optie )(?<!plan )(?<!punt )(?<!type )(?<!option )(?<!zone )(?<!class )"
    rf"(?!(?:B\.V|N\.V|V\.O\.F|C\.V|U\.S|U\.K|E\.U|P\.S|N\.B|P\.O)\.?)(?:[A-Z]\.\s?){{1,4}}{_PARTS}{_CAPITAL}"
)
_FIRST_AND_LAST = re.compile(
    rf"(?<!\w)([A-Z][\wà-ÿ'’-]+)\s+(?:[A-Z]\.\s?)?{_PARTS}{_CAPITAL}(?:\s+{_PARTS}{_CAPITAL})?"
)
_SENTENCE_BEGINS = re.compile(r"(?:^|[.!?:]\s+|\n\s*(?:[-*>]|\d+[.)])?\s*|[\"'‘“(]\s*)[*_]*$")


def whole(text: str, names: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where all of one of these names stands, in any case; a name of one word is a word like any other."""
    folded = text.casefold()
    for name in names:
        parts = _NAME.findall(name)
        if len(parts) > 1 and parts[-1].casefold() in folded:
            pattern = r"(?<!\w)" + r"[\s*_.,'’-]+".join(map(re.escape, parts)) + r"(?!\w)"
            yield from (match.span() for match in re.finditer(pattern, text, re.IGNORECASE))


def telling(name: str) -> frozenset[str]:
    """The parts of a name of which one stands in every text that names this person, without case and accents."""
    return frozenset(re.findall(r"[^\W_]+", plain(name))) - _PARTICLES


def known(text: str, names: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where one of these names stands: whole in any case, or a part of it where that is written as a name."""
    taken = list(whole(text, names))
    yield from taken
    telling = {plain(part) for name in names for part in _NAME.findall(name)} - _PARTICLES
    for match in _NAME.finditer(text):
        if any(begin <= match.start() < end for begin, end in taken):
            continue
        said = plain(match[0])
        bare = re.sub(r"['’]?s$", "", said)
        if len(said) < _SHORTEST or not ({said, bare} & telling) or not match[0][0].isupper():
            continue
        if said not in WORDS_TOO or not _SENTENCE_BEGINS.search(text[: match.start()]):
            yield match.span()


def looks_like(text: str) -> Iterator[tuple[int, int]]:
    """Where somebody seems to be named who is not known: by a title or a role, initials, a usual first name."""
    yield from (match.span() for match in _TITLED.finditer(text))
    for match in _ROLES.finditer(text):
        if plain(_NAME.findall(match[1])[-1]) not in THINGS and not _FIRM.search(match[1]):
            yield match.span(1)
    for match in _INITIALLED.finditer(text):
        if plain(_NAME.findall(match[0])[-1]) not in NO_SURNAMES:
            yield match.span()
    for match in _FIRST_AND_LAST.finditer(text):
        if plain(match[1]) in FIRST_NAMES:
            yield match.span()


def mentions(text: str, names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where exactly these stand, in any case. There may be thousands of them."""
    folded = text.casefold()
    for name in names:
        if name.strip() and name.casefold() in folded:
            pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
            yield from (match.span() for match in re.finditer(pattern, text, re.IGNORECASE))
