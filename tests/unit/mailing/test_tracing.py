"""Templates with holes: what is asked of a hole is noted, what is made of it is put off, what cannot be is refused."""

from __future__ import annotations

import binascii
from typing import Any

import pytest
from jinja2 import Environment
from markupsafe import Markup

from feedbackloop.core import formats
from feedbackloop.mailing import filling, tracing
from feedbackloop.mailing.compiling import MOST_FORMS, Family, Words
from feedbackloop.mailing.holes import NotTraceable, Tracer, root, traced
from feedbackloop.mailing.holes import tracing as begin


class Plain:
    """Translations that change nothing."""

    def ugettext(self, message: str) -> str:
        return message

    def ungettext(self, one: str, many: str, num: int) -> str:
        return one if num == 1 else many


BASE = Environment(extensions=["jinja2.ext.i18n"], autoescape=False)  # noqa: S701 - text, as in the .txt of a mail
BASE.filters.update(formats.FILTERS)
HTML = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
HTML.filters.update(formats.FILTERS)


def render(templates: Environment, source: str, values: dict[str, Any]) -> str:
    made = templates.overlay()
    made.globals = {**templates.globals, "gettext": lambda said, **given: said % given}
    return made.from_string(source).render(values)


def trace(source: str, values: dict[str, Any], html: str = "<p>x</p>") -> tuple[filling.Form, Tracer]:
    """The form of this text (and HTML), made from a mail with these values."""
    tracer = Tracer(values)
    token = begin(tracer)
    try:
        holes = {name: root(name) for name in values}
        text = tracing.environment(BASE, Plain()).from_string(source).render(holes)
        page = tracing.environment(HTML, Plain()).from_string(html).render(holes)
        return filling.form(tracer, "", text.strip() + "\n", page), tracer
    finally:
        traced(token)


def filled(source: str, first: dict[str, Any], then: dict[str, Any]) -> str:
    form, tracer = trace(source, first)
    assert all(guard.ask(then) == answer for guard, answer in tracer.guards), "another form is needed"
    return binascii.a2b_qp(form.text(then)).replace(b"\r\n", b"\n").decode()


@pytest.mark.parametrize(
    "source",
    [
        "Dear {{ name }}.",
        "{{ gettext('Dear %(who)s,', who=name) }} and more",
        "{{ gettext('Dear %(who)s,', who=name)|upper|wrapped }} and more",
        "a {{ name|upper }} {{ name|replace('a', 'b') }} z",
        "a {{ [name, other]|select|join(' ') }} z",
        "a {{ people|join('; ') }} z",
        "a{% for one in people %} {{ loop.index }}{{ one.x }}{% endfor %} z",
        "a {{ deep.one.two }} {{ deep['one'].two|length }} z",
        "a {{ name ~ ' and ' ~ other }} z",
        "a {{ name if name == 'Ada' else other }} z",
        "a {% if nothing is none %}none{% endif %} {{ nothing|default('d', true) }} z",
        "a {% set both %}{{ name }}, {{ other }}{% endset %}{{ both|trim|truncate(9) }} z",
    ],
)
def test_a_form_says_what_its_template_says(source: str) -> None:
    first = {
        "name": "Ada",
        "other": "Bea",
        "people": [{"x": "one"}, {"x": "two"}],
        "deep": {"one": {"two": "twelve"}},
        "nothing": None,
    }
    then = {**first, "other": "Coen", "people": [{"x": "drie"}, {"x": "vier"}]}
    if "=='Ada'" not in source.replace(" ", ""):
        then["name"] = "Dirk"
    assert filled(source, first, then).strip() == render(BASE, source, then).strip()


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("{% if name %}a{% endif %}", {"name": ""}),
        ("{% if name == 'Ada' %}a{% endif %}", {"name": "Bea"}),
        ("{% if name != 'Ada' %}a{% endif %}", {"name": "Bea"}),
        ("{% if name is none %}a{% endif %}", {"name": None}),
        ("{% for one in people %}a{% endfor %}", {"people": []}),
        ("{% if people|length > 1 %}a{% endif %}", {"people": [1, 2]}),
        ("{% if name in ('Ada', 'Bea') %}a{% endif %}", {"name": "Coen"}),
        ("{{ words }}", {"words": Markup("<b>other</b>")}),
    ],
)
def test_another_answer_needs_another_form(source: str, asked: dict[str, Any]) -> None:
    values = {"name": "Ada", "people": [1], "words": Markup("<b>one</b>")}
    _, tracer = trace(source, values)
    assert tracer.guards
    assert any(guard.ask({**values, **asked}) != answer for guard, answer in tracer.guards)


@pytest.mark.parametrize(
    "source",
    [
        "{{ name.upper() }}",
        "{{ (name ~ '')[:3] }}",
        "{{ name + 'x' }}",
        "{{ 7 + number }}",
        "{{ '%5s'|format(name) ~ name.x }}",
        "{{ (name ~ '').upper() }}",
        "{{ name == (name ~ 'x') }}",
        "{% for one in name %}{{ one }}{% endfor %}",
        "{{ {'a': 1}[name] }}",
        "{{ people|map('upper')|join }}",
        "{{ name|safe }}",
    ],
)
def test_what_cannot_be_put_off_is_refused(source: str) -> None:
    with pytest.raises((NotTraceable, TypeError)):
        trace(source, {"name": "Ada", "people": ["x"], "number": 1})


@pytest.mark.parametrize(
    "html",
    [
        "<p class='{{ name }}'>x</p>",
        '<p style="color: {{ name }}">x</p>',
        "<style>p { color: {{ name }} }</style>",
        "<p {{ name }}>x</p>",
        "<p>\ue000</p>",
    ],
)
def test_no_hole_is_left_where_it_could_be_read_as_markup(html: str) -> None:
    with pytest.raises(NotTraceable):
        trace("x", {"name": "Ada"}, html)


def ours(number: int) -> Markup:
    return Markup(f"w{number}")  # noqa: S704 - a number


def _family_fills(family: Family, values: dict[str, Any]) -> Any:
    def slowly() -> Words:
        return Words("s", render(BASE, "{{ words }}\n", values) + "\n", "")

    def with_holes(holes: Any) -> Words:
        return Words("s", tracing.environment(BASE, Plain()).from_string("{{ words }}").render(holes) + "\n", "")

    return family.fill(values, slowly, with_holes)


def test_where_each_mail_needs_a_form_of_its_own_none_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    family = Family("varied")
    made = [_family_fills(family, {"words": ours(number)}) for number in range(2 * MOST_FORMS)]
    assert made[0] is not None
    assert made[-1] is None
    assert caplog.text.count("mail_kind_not_compiled") == 1


def test_forms_that_are_used_are_kept_within_their_bound() -> None:
    family = Family("useful")
    for number in range(3 * MOST_FORMS):
        for _ in range(10):
            assert _family_fills(family, {"words": ours(number)}) == ("s", f"w{number}\r\n".encode(), b"")
    assert family.forms <= MOST_FORMS


def test_a_value_that_no_form_can_write_goes_the_slow_way_and_stops_nothing() -> None:
    family = Family("strange")
    for words in ("fine", "a\0b", "\ud800", "edge ", "fine again"):
        made = _family_fills(family, {"words": words})
        assert (made is not None) == words.startswith("fine")
