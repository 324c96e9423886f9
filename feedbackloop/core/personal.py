"""The personal-data gate: what in a text could tell who complained. Values in, findings out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from feedbackloop.core import copied, personal_names, personal_shapes
from feedbackloop.core.personal_shapes import Place, is_iban, without

KINDS = ("name", "colleague", "email", "phone", "iban", "bsn", "address", "number", "copied")
_FEWEST_DIGITS = 6
_USUAL_NUMBER = re.compile(r"\d{1,3}|(?:19|20)\d\d")

__all__ = [
    "Finding",
    "Known",
    "Marked",
    "findings",
    "folded",
    "is_iban",
    "marked",
    "patterns",
    "without_known",
    "without_person",
]


@dataclass(frozen=True)
class Finding:
    """`kind` is one of KINDS; `field` the text it stands in, as the API names it; `text` its words as they stand."""

    kind: str
    field: str
    text: str


@dataclass(frozen=True)
class Known:
    """What is known of those whose complaints are behind a text.

    `names` and `addresses` are theirs, `phones` in whatever way they are written, `colleagues` who dealt with them,
    `numbers` what the complaints go by, `texts` what they wrote. `own` is what may stand there: the organisation's own
    name and addresses.
    """

    names: Collection[str] = ()
    colleagues: Collection[str] = ()
    addresses: Collection[str] = ()
    phones: Collection[str] = ()
    numbers: Collection[str] = ()
    texts: Iterable[str] = ()
    own: Collection[str] = ()


@dataclass(frozen=True)
class Marked:
    """A piece of a text as it stands there, and of what kind is what it holds; none for a piece that tells nothing."""

    text: str
    kinds: tuple[str, ...] = field(default=())


NOBODY = Known()


def findings(texts: Mapping[str, str], known: Known = NOBODY) -> list[Finding]:
    """What stands in the texts (by field) that is personal, each once, in the order in which it stands there."""
    seen = {name: _Seen.of(text) for name, text in texts.items()}
    shared = copied.shared((one.text for one in seen.values()), known.texts)
    found: list[Finding] = []
    for name, one in seen.items():
        places = sorted(set(_places(one.text, known, shared)), key=lambda place: place[1:])
        found += dict.fromkeys(Finding(kind, name, one.words(begin, end)) for kind, begin, end in places)
    return found


def marked(text: str, found: Collection[Finding]) -> list[Marked]:
    """The text in pieces, with what was found in it marked wherever it stands."""
    places = [(one.kind, *span) for one in found for span in _everywhere(text, one.text)]
    pieces: list[Marked] = []
    at = 0
    for begin, end, kinds in _joined(places):
        if begin > at:
            pieces.append(Marked(text[at:begin]))
        pieces.append(Marked(text[begin:end], kinds))
        at = end
    return [*pieces, Marked(text[at:])] if at < len(text) else pieces


def without_known(text: str, known: Known) -> str:
    """The text with '[…]' where it holds what is known of these people: their names, addresses, numbers and words."""
    seen = _Seen.of(text)
    places = [(kind, begin, end) for kind, find in _KNOWN for begin, end in find(seen.text, known)]
    shared = copied.shared([seen.text], known.texts)
    places += [("copied", begin, end) for begin, end in copied.places(seen.text, shared)]
    for begin, end, _kinds in reversed(list(_joined(places))):
        text = f"{text[: seen.at[begin]]}[…]{text[seen.at[end - 1] + 1 :]}"
    return text


def without_person(text: str, name: str | None, email: str | None, phone: str | None) -> str:
    """The same of one person: quick with the many texts that hold nothing of theirs, as on a board of cards."""
    if not _may_hold(text, name, email, phone):
        return text
    known = Known(*([one] if one else [] for one in (name, None, email, phone)))
    return without_known(text, known)


def _may_hold(text: str, name: str | None, email: str | None, phone: str | None) -> bool:
    """False only where nothing of the person can be found."""
    if not text.isprintable() and not text.translate(_LINES).isprintable():
        return True  # marks that nobody sees may stand within a word
    if email and "@" in text and email.casefold() in text.casefold():
        return True
    if phone and _DIGITS.search(text):
        digits = re.sub(r"\D", "", phone)[-9:]
        if len(digits) >= _FEWEST_DIGITS and digits in re.sub(r"\D", "", text):
            return True
    said = text.casefold() if text.isascii() or not _ACCENTED.search(text) else copied.plain(text)
    telling = personal_names.telling(name or "")
    # A part that only begins a longer word names nobody, unless an s follows it.
    return any(part in said for part in telling) and not telling.isdisjoint(
        part for word in _LETTERS.findall(copied.plain(said)) for part in (word, word.removesuffix("s"))
    )


_LETTERS = re.compile(r"[^\W_]+")
_LINES = dict.fromkeys(map(ord, "\n\r\t\u00a0\u202f"), " ")
_DIGITS = re.compile(r"\d\D{0,3}\d\D{0,3}\d\D{0,3}\d")
_ACCENTED = re.compile(r"[^\W\d_a-zA-Z]|’")  # letters whose accent may be left out, and the apostrophe of a name


def patterns(text: str) -> Iterator[tuple[str, str]]:
    """(kind, words) of account numbers, e-mail addresses and telephone numbers."""
    wanted = ("iban", "email", "phone")
    return ((kind, text[begin:end]) for kind, begin, end in personal_shapes.places(text) if kind in wanted)


def folded(text: str) -> str:
    """The words as two findings are compared: without case, accents, marks that nobody sees and what stands between."""
    return " ".join(re.findall(r"[^\W_]+|[@.+]", copied.plain(_Seen.of(text).text)))


@dataclass(frozen=True)
class _Seen:
    """A text as people see it: without the characters that take no room, one of which inside a number would hide it."""

    text: str
    whole: str
    at: Sequence[int]

    @classmethod
    def of(cls, whole: str) -> _Seen:
        at = [place for place, one in enumerate(whole) if unicodedata.category(one) != "Cf"]
        return cls("".join(whole[place] for place in at), whole, at)

    def words(self, begin: int, end: int) -> str:
        return self.whole[self.at[begin] : self.at[end - 1] + 1]


def _places(text: str, known: Known, shared: Collection[copied.Run]) -> Iterator[Place]:
    # What is the organisation's own may stand there, and is not taken apart into something else.
    rest = without(text, personal_names.mentions(text, known.own))
    for kind, find in _KNOWN:
        found = list(find(rest, known))
        yield from ((kind, begin, end) for begin, end in found)
        rest = without(rest, found)
    shaped = list(personal_shapes.places(rest))
    yield from shaped
    rest = without(rest, ((begin, end) for _kind, begin, end in shaped))
    taken: list[tuple[int, int]] = []
    for begin, end in personal_names.looks_like(rest):
        if not any(begin < other_end and other < end for other, other_end in taken):
            taken.append((begin, end))
            yield "name", begin, end
    yield from (("copied", begin, end) for begin, end in copied.places(text, shared))


def _addresses(text: str, known: Known) -> Iterator[tuple[int, int]]:
    return personal_names.mentions(text, known.addresses)


def _numbers(text: str, known: Known) -> Iterator[tuple[int, int]]:
    """The sources' own numbers; three digits or a year are a number like any other."""
    return personal_names.mentions(text, (one for one in known.numbers if not _USUAL_NUMBER.fullmatch(one)))


def _phones(text: str, known: Known) -> Iterator[tuple[int, int]]:
    """Their telephone numbers, however they are spaced, with or without the country before them."""
    held = re.sub(r"\D", "", text)
    for one in known.phones:
        digits = re.sub(r"\D", "", one)[-9:]
        if len(digits) >= _FEWEST_DIGITS and digits in held:
            pattern = r"(?<!\d)(?:\+?\(?\d{0,4}\)?[\s().\-/]*)?" + r"[\s().\-/]*".join(digits) + r"(?!\d)"
            yield from (match.span() for match in re.finditer(pattern, text))


def _everywhere(text: str, words: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in re.finditer(re.escape(words), text))


def _joined(places: Sequence[Place]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Places that overlap as one, with all their kinds."""
    group: list[Place] = []
    for place in sorted(places, key=lambda one: one[1:]):
        if group and place[1] >= max(one[2] for one in group):
            yield _whole(group)
            group = []
        group.append(place)
    if group:
        yield _whole(group)


def _whole(group: Sequence[Place]) -> tuple[int, int, tuple[str, ...]]:
    kinds = tuple(dict.fromkeys(one[0] for one in group))
    return group[0][1], max(one[2] for one in group), kinds


_KNOWN: tuple[tuple[str, Callable[[str, Known], Iterator[tuple[int, int]]]], ...] = (
    ("email", _addresses),
    ("phone", _phones),
    ("number", _numbers),
    ("name", lambda text, known: personal_names.known(text, known.names)),
    ("colleague", lambda text, known: personal_names.known(text, known.colleagues)),
)
