"""Holes: what a template is given in place of a person's values while it is traced.

A hole knows the real value of the mail that is being traced, and how to find that value in any other mail. Whatever a
template asks of it (is it there? what does it equal? how many are in it?) is answered by the real value and noted as a
guard; whatever is printed leaves a marker, and whatever a filter makes of it becomes a hole of its own.

One thing is not seen: a condition on text that was printed before (`{% if a ~ b == 'c' %}`, `{% if a_set_block %}`).
Ask the value, or put a filter between.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

Values = Mapping[str, Any]

# Letters in both cases: what changes case or cuts text damages a marker, and a damaged marker is found.
_MARKER = re.compile("\ue000([sH])q([0-9]+)Q\ue001")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_BARE, _ESCAPED = "s", "H"


class NotTraceable(Exception):
    """A template does with a hole what cannot be put off until its value is known; `args[0]` says what."""


@dataclass(frozen=True)
class Source:
    """Where a value comes from. `key` is equal for equal sources.

    `value` finds it in the values of a mail. `html` finds it as it stands in the text of finished HTML, where that
    is quicker than by way of `value`.
    """

    key: tuple[Any, ...]
    value: Callable[[Values], Any]
    html: Callable[[Values], str] | None = None


@dataclass(frozen=True)
class Guard:
    """A question that the template asked; a mail that answers it otherwise is another trace."""

    key: tuple[Any, ...]
    ask: Callable[[Values], Any]


class Tracer:
    """One rendering with holes: its guards in the order they were asked, and its markers."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.guards: list[tuple[Guard, Any]] = []
        self._answers: dict[tuple[Any, ...], Any] = {}
        self._sources: list[Source] = []
        self._numbers: dict[tuple[Any, ...], int] = {}

    def guard(self, key: tuple[Any, ...], ask: Callable[[Values], Any]) -> Any:
        """The answer of the mail that is traced; the question is noted once."""
        if key not in self._answers:
            answer = self._answers[key] = ask(self.values)
            self.guards.append((Guard(key, ask), answer))
        return self._answers[key]

    def marker(self, source: Source, escaped: bool) -> str:
        number = self._numbers.setdefault(source.key, len(self._sources))
        if number == len(self._sources):
            self._sources.append(source)
        return f"\ue000{_ESCAPED if escaped else _BARE}q{number}Q\ue001"

    def pieces(self, text: str, *, escaped: bool) -> list[str | Source]:
        """The text around its markers, and what they stand for. Raises NotTraceable for a damaged or foreign one."""
        found: list[str | Source] = []
        at = 0
        for match in _MARKER.finditer(text):
            if (match[1] == _ESCAPED) != escaped:
                raise NotTraceable("a value goes into HTML unescaped, or escaped into text")
            found += [text[at : match.start()], self._sources[int(match[2])]]
            at = match.end()
        found.append(text[at:])
        if any(isinstance(one, str) and _PRIVATE.search(one) for one in found):
            raise NotTraceable("a private-use character, or a marker that was cut")
        return [one for one in found if one != ""]


_current: ContextVar[Tracer] = ContextVar("feedbackloop.tracer")


def tracing(tracer: Tracer) -> Any:
    """Makes this the tracer of what runs now; give what it returns to `traced`."""
    return _current.set(tracer)


def traced(token: Any) -> None:
    _current.reset(token)


def current() -> Tracer:
    return _current.get()


def hole(source: Source) -> Any:
    """A hole for what this source finds. Raises what finding it raises."""
    actual = source.value(current().values)
    if isinstance(actual, Iterator) or callable(actual):
        raise NotTraceable("a generator or a function")
    return Hole(source, actual)


def root(name: str) -> Any:
    """The hole of a name in the context."""
    return _given(Source(("name", name), operator.itemgetter(name)))


def _given(source: Source) -> Any:
    """A hole for a value that we are given; markup, which may need its style inlined, is taken as it is and guarded."""
    if isinstance(source.value(current().values), Markup):
        return current().guard(("is", source.key), source.value)
    return hole(source)


def source_of(one: Hole) -> Source:
    return one._hole_source


def actual_of(one: Hole) -> Any:
    return one._hole_actual


def _attribute(source: Source, name: str) -> Callable[[Values], Any]:
    """Finds an attribute of what this source finds; in one call for `a.name` and `a[0].name`, which most values are."""
    match source.key:
        case ("name", first):
            return lambda v: getattr(v[first], name)
        case ("item", ("name", first), str(index)) if index.isdecimal():
            place = int(index)
            return lambda v: getattr(v[first][place], name)
    find = source.value
    return lambda v: getattr(find(v), name)


class Hole:
    """A value that is not known yet. See the top of this file."""

    __slots__ = ("_hole_actual", "_hole_source")

    def __init__(self, source: Source, actual: Any) -> None:
        self._hole_source = source
        self._hole_actual = actual

    def __str__(self) -> str:
        return current().marker(self._hole_source, escaped=False)

    def __html__(self) -> Markup:
        return Markup(current().marker(self._hole_source, escaped=True))  # noqa: S704 - no text of anybody

    def __format__(self, spec: str) -> str:
        if spec:
            raise NotTraceable("a format")
        return str(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        source, actual = self._hole_source, self._hole_actual
        # As Jinja reads `a.b`: an attribute, else an item.
        if hasattr(actual, name):
            return self._hole_part(("attribute", source.key, name), _attribute(source, name))
        return self[name]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, Hole):
            raise NotTraceable("an index that is not known")
        find = self._hole_source.value
        return self._hole_part(("item", self._hole_source.key, repr(index)), lambda v: find(v)[index])

    def _hole_part(self, key: tuple[Any, ...], find: Callable[[Values], Any]) -> Any:
        try:
            return _given(Source(key, find))
        except (LookupError, TypeError):
            raise NotTraceable(f"{key[-1]} of what has none") from None

    def __bool__(self) -> bool:
        find = self._hole_source.value
        return bool(current().guard(("bool", self._hole_source.key), lambda v: bool(find(v))))

    def __len__(self) -> int:
        find = self._hole_source.value
        return int(current().guard(("len", self._hole_source.key), lambda v: len(find(v))))

    def __iter__(self) -> Iterator[Any]:
        if not isinstance(self._hole_actual, Sequence) or isinstance(self._hole_actual, str):
            raise NotTraceable("a loop over what is no list")
        return iter([self[place] for place in range(len(self))])

    def __contains__(self, other: Any) -> bool:
        return self._hole_compare(other, "contains", operator.contains)

    def __eq__(self, other: object) -> bool:
        return self._hole_compare(other, "eq", operator.eq)

    def __ne__(self, other: object) -> bool:
        return self._hole_compare(other, "ne", operator.ne)

    def __lt__(self, other: Any) -> bool:
        return self._hole_compare(other, "lt", operator.lt)

    def __le__(self, other: Any) -> bool:
        return self._hole_compare(other, "le", operator.le)

    def __gt__(self, other: Any) -> bool:
        return self._hole_compare(other, "gt", operator.gt)

    def __ge__(self, other: Any) -> bool:
        return self._hole_compare(other, "ge", operator.ge)

    def __hash__(self) -> int:
        raise NotTraceable("a key that is not known")

    def _hole_compare(self, other: Any, name: str, compare: Callable[[Any, Any], Any]) -> bool:
        find = self._hole_source.value
        if isinstance(other, Hole):
            theirs = other._hole_source.value
            key: tuple[Any, ...] = (name, self._hole_source.key, other._hole_source.key)
            return bool(current().guard(key, lambda v: bool(compare(find(v), theirs(v)))))
        if is_marked(other):
            raise NotTraceable("a comparison with printed text")
        key = (name, self._hole_source.key, repr(other))
        return bool(current().guard(key, lambda v: bool(compare(find(v), other))))


def is_marked(value: Any) -> bool:
    """Is this text in which a hole was printed?"""
    return isinstance(value, str) and "\ue000" in value
