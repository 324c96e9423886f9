"""The personal-data gate: what in a text could tell who complained. Values in, findings out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

_EMAIL = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w+])(?:(?:\+|00)[1-9][\d\s().\-]{6,17}\d|\(?0[1-9][\d\s()\-]{7,12}\d)(?!\w)")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}\b")
_DIGITS_OF_PHONE = range(9, 16)
_DIGITS_AT_HOME = 10
_SEPARATORS = re.compile(r"[\s().\-]")


@dataclass(frozen=True)
class Finding:
    """`kind` is email, phone, iban or name; `field` the text it stands in, as the API names it; `text` its words."""

    kind: str
    field: str
    text: str


def findings(texts: Mapping[str, str], names: Collection[str] = (), addresses: Collection[str] = ()) -> list[Finding]:
    """What stands in the texts (by field) that is personal, each once. `names` and `addresses` are the complainants'.

    A name counts when all of it stands there and it has more than one word: 'Bakker' alone is a trade as well.
    """
    whole = [name for name in names if len(name.split()) > 1]
    wanted = {_folded(one) for one in (*whole, *addresses) if one.strip()}
    found: list[Finding] = []
    for field, text in texts.items():
        found += dict.fromkeys(Finding(kind, field, words) for kind, words in (*patterns(text), *_known(text, wanted)))
    return found


def patterns(text: str) -> Iterator[tuple[str, str]]:
    """(kind, words) of what is personal by its shape: account numbers, e-mail addresses, telephone numbers."""
    ibans = [number for match in _IBAN.finditer(text) for number in _numbers_at(match[0])]
    yield from (("iban", one) for one in ibans)
    yield from (("email", match[0]) for match in _EMAIL.finditer(text))
    for one in ibans:
        text = text.replace(one, " ")
    yield from (("phone", match[0]) for match in _PHONE.finditer(text) if _is_phone(match[0]))


def _numbers_at(words: str) -> Iterator[str]:
    """The account number at the beginning of these words, where there is one: other words may follow it."""
    parts = words.split(" ")
    for end in range(len(parts), 0, -1):
        number = " ".join(parts[:end])
        if is_iban(number):
            yield number
            return


def is_iban(text: str) -> bool:
    """Whether it is an account number with the right check digits (ISO 13616)."""
    number = text.replace(" ", "").upper()
    if not 15 <= len(number) <= 34:
        return False
    turned = number[4:] + number[:4]
    return int("".join(str(int(one, 36)) for one in turned)) % 97 == 1


def _is_phone(text: str) -> bool:
    digits = _SEPARATORS.sub("", text).lstrip("+")
    abroad = text.startswith(("+", "00"))
    return len(digits) in _DIGITS_OF_PHONE if abroad else len(digits) == _DIGITS_AT_HOME


def _known(text: str, wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    folded = f" {_folded(text)} "
    for one in wanted:
        if one in folded and re.search(rf"(?<!\w){re.escape(one)}(?!\w)", folded):
            yield ("email" if "@" in one else "name"), one


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
