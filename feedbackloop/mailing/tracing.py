"""Jinja with holes: filters, tests and sentences that are put off until the values are known."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial, wraps
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup, escape

from feedbackloop.mailing.holes import Hole, NotTraceable, Source, Values, current, hole, is_marked, source_of

Find = Callable[[Values], Any]

# They only look at what they are given, which a hole answers by itself.
_LOOKING = {"count", "d", "default", "first", "last", "length", "list", "reject", "select"}
# Unescaped words of a person would have to go through the parser of the inliner.
_UNSAFE = {"safe"}


class Strange(Exception):
    """A value that a compiled mail does not know how to write; the slow way does."""


def environment(templates: Environment, translations: Any) -> Environment:
    """The same templates, for rendering with holes."""
    made = templates.overlay()
    made.globals = {**templates.globals, **_sentences(translations)}
    made.filters = {name: _put_off(name, filter_, made) for name, filter_ in templates.filters.items()}
    made.tests = {name: _guarded(name, test) for name, test in templates.tests.items()}  # type: ignore[arg-type]
    return made


# What a value looks like


def plain(value: Any) -> str:
    """A value as a template prints it into text."""
    if type(value) is str:
        return value
    if hasattr(value, "__html__"):
        raise Strange
    return str(value)


def written(text: str) -> str:
    """Plain text as the inliner writes it between tags."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    return text.replace("\u00a0", "&nbsp;")


def written_in_attribute(text: str) -> str:
    """Plain text as the inliner writes it in the value of an attribute."""
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("\u00a0", "&nbsp;")


def attribute_of(source: Source) -> Callable[[Values], str]:
    """How the value of a source stands in an attribute of finished HTML."""
    find = source.value

    def put(values: Values) -> str:
        value = find(values)
        if isinstance(value, Markup):
            if "<" in value:
                raise Strange
            return written_in_attribute(html.unescape(str(value)))
        return written_in_attribute(plain(value))

    return put


def html_of(source: Source) -> Callable[[Values], str]:
    """How the value of a source stands in the text of finished HTML."""
    if source.html is not None:
        return source.html
    find = source.value

    def put(values: Values) -> str:
        value = find(values)
        if type(value) is str:
            return written(value)
        return _of_markup(value) if isinstance(value, Markup) else written(plain(value))

    return put


def _of_markup(value: str) -> str:
    """Markup of ours, as the inliner writes it; only line breaks are known."""
    # As plain text: markup would escape whatever is put into it once more.
    lines = str(value).split("<br>")
    if any("<" in line for line in lines):
        raise Strange
    return "<br>".join(written(html.unescape(line)) for line in lines)


# Sentences


def _sentences(translations: Any) -> dict[str, Any]:
    @pass_context
    def gettext(context: Context, message: str, **values: Any) -> Any:
        return _sentence(context, translations.ugettext(message), values)

    @pass_context
    def ngettext(context: Context, one: str, many: str, num: Any, **values: Any) -> Any:
        if isinstance(num, Hole):
            find = source_of(num).value
            num = current().guard(("is", source_of(num).key), find)
        return _sentence(context, translations.ungettext(one, many, num), {"num": num, **values})

    return {"gettext": gettext, "ngettext": ngettext}


def _sentence(context: Context, said: str, values: Mapping[str, Any]) -> Any:
    escaped = bool(context.eval_ctx.autoescape)
    text = (Markup(said) if escaped else said) % values  # noqa: S704 - our own sentence
    return hole(printed(text)) if is_marked(text) else text


def printed(text: str) -> Source:
    """The source of text in which holes were printed."""
    escaped = isinstance(text, Markup)
    pieces = current().pieces(str(text), escaped=escaped)
    key = ("printed", escaped, *(one if isinstance(one, str) else one.key for one in pieces))
    if escaped:
        return Source(key, _joined_markup(pieces), _joined_html(pieces))
    return Source(key, _joined_text(pieces))


def _joined_text(pieces: Sequence[str | Source]) -> Callable[[Values], str]:
    join = _join([one if isinstance(one, str) else one.value for one in pieces])

    def joined(values: Values) -> str:
        found = join(values)
        try:
            return "".join(found)
        except TypeError:
            return "".join([plain(one) for one in found])

    return joined


def _joined_markup(pieces: Sequence[str | Source]) -> Callable[[Values], Markup]:
    join = _join([Markup(one) if isinstance(one, str) else one.value for one in pieces])  # noqa: S704 - ours
    return lambda values: Markup("".join([escape(one) for one in join(values)]))  # noqa: S704 - escaped here


def _joined_html(pieces: Sequence[str | Source]) -> Callable[[Values], str] | None:
    if any("<" in one for one in pieces if isinstance(one, str)):
        return None
    join = _join([_of_markup(one) if isinstance(one, str) else html_of(one) for one in pieces])
    return lambda values: "".join(join(values))


def _join(pieces: Sequence[str | Find]) -> Callable[[Values], list[Any]]:
    """Finds what stands between the constants."""
    finds = [(place, one) for place, one in enumerate(pieces) if not isinstance(one, str)]

    def join(values: Values) -> list[Any]:
        found: list[Any] = list(pieces)
        for place, find in finds:
            found[place] = find(values)
        return found

    return join


def _always(value: Any) -> Find:
    return lambda _values: value


# Filters and tests


def _put_off(name: str, filter_: Callable[..., Any], made: Environment) -> Callable[..., Any]:
    """The filter; over a hole a hole."""
    passed = getattr(filter_, "jinja_pass_arg", None)
    first = 0 if passed is None else 1

    @wraps(filter_)
    def call(*args: Any, **options: Any) -> Any:
        given = list(args[first:])
        if isinstance(given[0], Iterator):
            given[0] = list(given[0])
        if not any(map(_holds_hole, [*given, *options.values()])):
            return filter_(*args[:first], *given, **options)
        if name in _LOOKING:
            if is_marked(given[0]):
                raise NotTraceable(f"{name} of printed text")
            return filter_(*args[:first], *given, **options)
        if options or name in _UNSAFE or (passed is not None and passed.name == "context"):
            raise NotTraceable(f"the filter {name}")
        bound = partial(filter_, *[_kept(one, made) for one in args[:first]]) if first else filter_
        return hole(_applied(name, bound, given))

    return call


def _kept(passed: Any, made: Environment) -> Any:
    """What a filter is told of where it stands, without the rendering itself."""
    if isinstance(passed, EvalContext):
        kept = EvalContext(made)
        kept.autoescape = passed.autoescape
        return kept
    return passed


def _applied(name: str, filter_: Callable[..., Any], given: Sequence[Any]) -> Source:
    sources = [_source(one) for one in given]
    key = ("filter", name, *(one.key for one in sources))
    finds = [one.value for one in sources]
    first = finds[0]
    constants = given[1:]
    if name == "join" and isinstance(given[0], list) and len(constants) == 1 and type(constants[0]) is str:
        return Source(key, _joined(filter_, [_source(one).value for one in given[0]], constants[0]))
    if name == "replace" and len(constants) == 2 and all(type(one) is str for one in constants):
        return Source(key, _replaced(filter_, first, *constants))
    if name == "with_breaks" and len(finds) == 1:
        return Source(key, lambda values: filter_(first(values)), _broken(sources[0]))
    if len(finds) == 1:
        return Source(key, lambda values: filter_(first(values)))
    return Source(key, lambda values: filter_(*[find(values) for find in finds]))


# Jinja's own take 2 µs to find out that all of it is plain text.


def _joined(filter_: Callable[..., Any], finds: Sequence[Find], between: str) -> Find:
    def join(values: Values) -> Any:
        found = [find(values) for find in finds]
        for one in found:
            if type(one) is not str:
                return filter_(found, between)
        return between.join(found)

    return join


def _replaced(filter_: Callable[..., Any], find: Find, old: str, new: str) -> Find:
    def replace(values: Values) -> Any:
        value = find(values)
        return value.replace(old, new) if type(value) is str else filter_(value, old, new)

    return replace


def _broken(given: Source) -> Callable[[Values], str]:
    """What `with_breaks` becomes in finished HTML."""
    find, put = given.value, html_of(given)
    if given.html is not None:
        return lambda values: "<br>".join(put(values).splitlines())
    return lambda values: "<br>".join(put(values).splitlines()) if find(values) else ""


def _guarded(name: str, test: Callable[..., Any]) -> Callable[..., Any]:
    """The test; of a hole a guard."""

    @wraps(test)
    def call(*args: Any) -> Any:
        if not any(map(_holds_hole, args)) or name in ("defined", "undefined"):
            return test(*args)
        if getattr(test, "jinja_pass_arg", None) is not None or any(map(is_marked, args)):
            raise NotTraceable(f"the test {name}")
        sources = [_source(one) for one in args]
        finds = [one.value for one in sources]
        key = ("test", name, *(one.key for one in sources))
        return current().guard(key, lambda values: bool(test(*[find(values) for find in finds])))

    return call


def _holds_hole(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_holds_hole, value))
    return isinstance(value, Hole) or is_marked(value)


def _source(value: Any) -> Source:
    """Where an argument comes from: a hole, text with holes in it, a list of such, or a constant."""
    if isinstance(value, Hole):
        return source_of(value)
    if is_marked(value):
        return printed(value)
    if isinstance(value, list | tuple) and _holds_hole(value):
        sources = [_source(one) for one in value]
        finds = [one.value for one in sources]
        key = ("list", *(one.key for one in sources))
        return Source(key, lambda values: [find(values) for find in finds])
    return Source(("constant", type(value).__name__, repr(value)), _always(value))
