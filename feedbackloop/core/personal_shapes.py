"""What is personal by its shape alone: addresses and numbers of every kind. Values in, places out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

Place = tuple[str, int, int]
"""A kind, and where in the text it begins and ends."""

_EMAIL = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_EMAIL_SPELT = re.compile(
    r"[\w.+-]+\s*(?:\[\s*(?:at|apenstaartje)\s*\]|\(\s*(?:at|apenstaartje)\s*\))\s*[\w-]+"
    r"(?:\s*(?:\.|\[\s*(?:dot|punt)\s*\]|\(\s*(?:dot|punt)\s*\))\s*[\w-]+)+"
    r"|[\w.+-]+ (?:at|apenstaartje) [\w-]+ (?:dot|punt) [\w-]+",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w+])(?!\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d)(?:(?:\+|00)[1-9][\d\s().\-/]{6,18}\d|\(?0[1-9][\d\s().\-/]{7,13}\d"
    r"|\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4})(?!\w)"
)
# What a company calls its own lines by, in the Netherlands and the United Kingdom: no person has one.
_SERVICE_LINE = re.compile(r"^(?:0800|0900|0906|0909|0808|03\d\d|0845|0844|088|085)")
_DIGITS_ABROAD, _DIGITS_AT_HOME = range(9, 16), (10, 11)
_NOT_DIGITS = re.compile(r"\D")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}\b")
_NINE_DIGITS = re.compile(
    r"(?<![\d.-])(?<![€$£])(?<![€$£] )"
    r"(?:\d{3}[ .-]?\d{2,3}[ .-]?\d{3,4}|\d{4}[ .-]?\d{2}[ .-]?\d{3}|\d{2}[ .]\d{2}[ .]\d{2}[ .]\d{3})(?![\d-])"
)

_STREET_END = (
    r"(?:straat|laan|weg|plein|gracht|kade|singel|dijk|steeg|hof|pad|dreef|plantsoen|markt"
    r"|straße|strasse|str\.|gasse|platz)"
)
_HOUSE = r"\d{1,4}(?:\s?-?\s?[A-Za-z]|-\d{1,3}|\s(?:bis|hs|huis))?(?!\w)"
# A number that counts what follows it is no house.
_COUNTS = (
    r"(?!\s*(?:%|uur|uren|dag|dagen|week|weken|maand|maanden|jaar|keer|maal|euro|procent|meter|minuten|producten|klanten"
    r"|mensen|winkels|stuks|plaatsen|hours?|days?|weeks?|months?|years?|times|people|per)(?!\w))(?![.,:]\d)"
)
_ENGLISH_END = r"(?:Street|Road|Lane|Avenue|Square|Drive|Close|Way|Court|Terrace|Crescent|Gardens|Grove|Hill)"
_STREET = re.compile(
    rf"(?<!\w)(?!Onderweg|Uitweg|Snelweg|Supermarkt|Arbeidsmarkt|Thuismarkt)[A-Z][\w'’.-]*{_STREET_END}\s+{_HOUSE}{_COUNTS}"
    rf"|(?<!\w)[a-z][\w'’-]*(?:straat|laan|gracht|singel|plantsoen)\s+{_HOUSE}{_COUNTS}(?!\s+[a-z]+(?:en|s)(?!\w))"
    rf"|(?<!\w)(?:Laan|Plein|Kade|Hof|Weg|Straat|Gracht|Markt|Plantsoen|Park)\s+(?:van|der|den|de|het|op|aan)\s+"
    rf"(?:[\w'’-]+\s+){{1,3}}{_HOUSE}{_COUNTS}"
    rf"|(?<!\w)(?:[A-Z][\w'’-]+\s+){{1,3}}(?:Straat|Laan|Weg|Plein|Gracht|Kade|Singel|Dijk|Hof|{_ENGLISH_END[3:-1]})"
    rf"\s+{_HOUSE}{_COUNTS}"
    rf"|(?<!\w)\d{{1,4}}[a-zA-Z]?,?\s+(?:[A-Z][\w'’-]+\s+){{1,3}}{_ENGLISH_END}(?!\w)"
)
_POSTCODE_WORDS = r"[1-9]\d{3}\s?(?!SA|SD|SS)(?:[A-Z]{2}|[a-z]{2}(?=[\s,]*(?:nr\.?|nummer|huisnummer)))"
_POSTCODE = re.compile(
    rf"(?<!\w){_POSTCODE_WORDS}(?!\w)(?:[\s,;-]*(?:(?:nr|no)\.?|nummer|huisnummer|number)?\s*\d{{1,4}}[a-zA-Z]?(?!\w)"
    rf"|,?\s+[A-Z][a-z]\w+)"
    rf"|(?<![\w.,:])\d{{1,4}}[a-zA-Z]?,?\s+{_POSTCODE_WORDS}(?!\w)"
    # a British postcode stands for about fifteen front doors
    r"|(?<!\w)(?!EN|ISO)[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}(?!\w)"
)

_CASE_WORD = (
    r"(?:klant|order|bestel(?:ling)?|dossier|zaak|klacht|factuur|polis|contract|lidmaatschap|abonnement|relatie|debiteur"
    r"|aansluiting|kenteken|customer|client|case|complaint|invoice|policy|ticket|booking|boeking|membership|referentie"
    r"|reference|account)"
)
_NUMBER_WORD = r"[ -]?(?:nummer|nr\.?|no\.?|number|num|id|code|ref)"
# 'Ordernummer 12', or 'order 20391': without the word 'number' a longer one that is no year and counts nothing.
_NAMED_NUMBER = re.compile(
    rf"(?<!\w){_CASE_WORD}(?:s?{_NUMBER_WORD}\s*(?:is|was|:|#)?\s*#?\s*[A-Za-z]{{0,5}}[-/]?\d[\w/-]*"
    r"|\s*[#:]?\s*(?:[A-Za-z]{1,5}[-/]?\d{2,}[\w/-]*|\d{4}[-/]\d{3,}[\w/-]*|(?!(?:19|20)\d\d(?!\d))\d{4,}(?![.,]\d)"
    rf"[\w/-]*{_COUNTS}))(?!\w)",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"\w*(?:nummer|number)\s*(?:is|:)?\s*#?(\d{5,})(?!\w)", re.IGNORECASE)
_CODE = re.compile(
    r"(?<![\w-])(?!(?:ISO|NEN|EN|DIN|BS|IEC|RFC|KVK|BTW|EAN|VAT)-?\d)[A-Z]{1,5}-?\d{5,}(?:-\d+)*(?![\w-])"
)
_BARE = re.compile(r"(?<![\w.,€$£/-])\d{7,}(?![\w/-]|[.,]\d)")
_OWN_NUMBER = re.compile(
    r"(?:kvk|btw|vat|ean|isbn|artikel|article|item|product|company|registration|model)[\w-]*[\s:.-]*"
    r"(?:nummer|nr\.?|number|no\.?)?"
    r"[\s:.#-]*(?:is)?\s*$",
    re.IGNORECASE,
)


def places(text: str) -> Iterator[Place]:
    """Everything that is personal by its shape. What was recognised as one thing is not taken for another as well."""
    rest = text
    for kind, find in _FINDERS:
        found = sorted({(begin, end) for begin, end in find(rest)})
        yield from ((kind, begin, end) for begin, end in found)
        rest = without(rest, found)


def without(text: str, found: Iterable[tuple[int, int]]) -> str:
    """The text with blanks in those places, so that all others stay where they are."""
    for begin, end in found:
        text = f"{text[:begin]}{' ' * (end - begin)}{text[end:]}"
    return text


def is_iban(text: str) -> bool:
    """Whether it is an account number with the right check digits (ISO 13616)."""
    number = text.replace(" ", "").upper()
    if not 15 <= len(number) <= 34:
        return False
    turned = number[4:] + number[:4]
    return int("".join(str(int(one, 36)) for one in turned)) % 97 == 1


def is_bsn(text: str) -> bool:
    """Whether the digits are a Dutch citizen service number: nine of them that pass the eleven-test."""
    digits = [int(one) for one in text if one.isdigit()]
    if len(digits) != 9 or not any(digits):
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * digit for weight, digit in zip(weights, digits, strict=True)) % 11 == 0


def emails(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_EMAIL, _EMAIL_SPELT):
        yield from (match.span() for match in pattern.finditer(text))


def ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        # Other words may follow the number without anything between.
        parts = match[0].split(" ")
        for end in range(len(parts), 0, -1):
            number = " ".join(parts[:end])
            if is_iban(number):
                yield match.start(), match.start() + len(number)
                break


def phones(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _PHONE.finditer(text) if _is_phone(match[0]))


def bsns(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _NINE_DIGITS.finditer(text) if is_bsn(match[0]))


def streets(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _STREET.finditer(text))


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    yield from streets(text)
    yield from (match.span() for match in _POSTCODE.finditer(text))


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    for match in _NAMED_NUMBER.finditer(text):
        yield match.span()
        text = without(text, [match.span()])
    for pattern in (_CODE, _BARE, _LONG_NUMBER):
        for match in pattern.finditer(text):
            if not _OWN_NUMBER.search(text[: match.start(match.lastindex or 0)]):
                yield match.span()


def _is_phone(text: str) -> bool:
    digits = _NOT_DIGITS.sub("", text)
    if text.startswith(("+", "00")):
        return len(digits) in _DIGITS_ABROAD
    return len(digits) in _DIGITS_AT_HOME and not _SERVICE_LINE.match(digits)


_FINDERS: tuple[tuple[str, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("iban", ibans),
    ("email", emails),
    ("phone", phones),
    ("bsn", bsns),
    ("address", _addresses),
    ("number", _numbers),
)
