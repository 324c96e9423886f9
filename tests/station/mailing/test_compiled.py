"""A compiled mail says what the same mail says that was rendered and built the slow way, whatever is in it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from itertools import cycle
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from feedbackloop.core import clock as product_clock
from feedbackloop.mailing import filling, rendering
from feedbackloop.mailing.holes import NotTraceable
from feedbackloop.mailing.message import build
from tests.support.clock import Clock
from tests.support.contents import Given, of_every_kind
from tests.support.improver import Improver
from tests.support.reviewer import Reviewer
from tests.support.smtp import Sink

pytestmark = pytest.mark.takes_turns

NASTY = [
    "Zoë Brouwer",
    "🚲 lek, alweer",
    '"Quoted" & <b>bold</b> &amp; O\'Neill; © &copy',
    "</title><script>alert(1)</script>",
    "https://example.org/?a=1&b=2#c",
    "word" * 60,
    "many words, one after another, and more than one line can hold of them",
    "a space at the end ",
    "\tsome  double  spaces",
    ".",
    ".\n..\nFrom here on\n.",
    "one\ntwo\n\nthree\n",
    "CR\r\nLF\rCR",
    "=?utf-8?q?=42?= = =20",
    "a\u00a0b",
    "שלום, \u202eabc",
    "%(name)s %s {{ 7 }} {% raw %}",
    "\ue000sq0Q\ue001",
    "a\u2028b\u0085c\u000bd",
    "half \ud800",
    "nul \0",
    "",
]
present = st.sampled_from(NASTY[:-1]) | st.text(st.characters(), min_size=1, max_size=300)
word = st.none() | st.just("") | present
# Every example is a mail of its own, so they are few; the words differ within each.
HOSTILE = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def mails(app: Flask, sink: Sink, clock: Clock) -> Iterator[list[Given]]:
    found = of_every_kind(Reviewer(app, sink, clock), Improver(app, sink, clock))
    with app.app_context():
        yield found


def _in_its_language(mail: Given, make: Callable[[], Any]) -> Any:
    with rendering.speaking(mail.recipient.locale or ""):
        return make()


def _slow(mail: Given) -> bytes:
    return build(mail.letter(), product_clock.now())


def _read(raw: bytes) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Every header, and the two bodies."""
    message = message_from_bytes(raw, policy=policy.default)
    assert not message.defects
    parts = [part for part in message.walk() if not part.is_multipart()]
    assert not any(part.defects for part in parts)
    bodies = {part.get_content_type(): part.get_payload(decode=True).decode() for part in parts}  # type: ignore[union-attr]
    return [(name, str(value)) for name, value in message.items()], bodies


def _check_lines(raw: bytes) -> None:
    assert raw.isascii()
    lines = raw.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 998
    body = raw.split(b"\r\n\r\n", 1)[1].split(b"\r\n")
    assert max(map(len, body)) <= 76
    assert not any(line.endswith((b" ", b"\t")) for line in body)


@pytest.mark.usefixtures("_no_slow_way")
def test_every_kind_is_compiled(mails: list[Given], caplog: pytest.LogCaptureFixture) -> None:
    for mail in mails:
        made = _in_its_language(mail, mail.compose)
        assert made.address == mail.recipient.address
    assert "mail_kind_not_compiled" not in caplog.text


@pytest.fixture
def _no_slow_way(monkeypatch: pytest.MonkeyPatch, mails: list[Given]) -> None:
    def refuse(*_: object) -> bytes:
        pytest.fail("a mail went the slow way")

    monkeypatch.setattr(rendering, "build", refuse)


def test_every_kind_reads_as_it_does_the_slow_way(mails: list[Given]) -> None:
    for mail in mails:
        raw = _in_its_language(mail, mail.compose).content
        letter = _in_its_language(mail, mail.letter)
        _check_lines(raw)
        assert _read(raw) == _read(build(letter, product_clock.now()))
        assert _read(raw)[1]["text/html"].replace("\r\n", "\n") == letter.html


@HOSTILE
@given(number=st.integers(min_value=0), words=st.lists(word, min_size=1, max_size=12))
@example(number=2, words=["", None])
@example(number=2, words=["a\r"])
def test_any_words_read_as_they_do_the_slow_way(mails: list[Given], number: int, words: list[str | None]) -> None:
    chosen = cycle(words)
    mail = mails[number % len(mails)].other(lambda _old: next(chosen))
    _compare(mail)


@HOSTILE
@given(number=st.integers(min_value=0), words=st.lists(present, min_size=1, max_size=12))
def test_a_form_made_for_one_mail_fits_others(mails: list[Given], number: int, words: list[str]) -> None:
    """The words that are there change, those that are missing stay so: the same form is filled with other words."""
    chosen = cycle(words)
    mail = mails[number % len(mails)].other(lambda old: next(chosen) if old else old)
    _compare(mail)


def _compare(mail: Given) -> None:
    def tried(make: Callable[[], bytes]) -> tuple[bytes, BaseException | None]:
        try:
            return make(), None
        except Exception as problem:
            return b"", problem

    def both() -> tuple[bytes, bytes] | None:
        (slow, wrong), (made, also) = tried(lambda: _slow(mail)), tried(lambda: mail.compose().content)
        assert (type(also), also and also.args) == (type(wrong), wrong and wrong.args)
        return None if wrong else (made, slow)

    made = _in_its_language(mail, both)
    if made:
        _check_lines(made[0])
        assert _read(made[0]) == _read(made[1])


def test_nothing_but_the_date_differs_between_two_tries(mails: list[Given], clock: Clock) -> None:
    mail = mails[0]
    first = _in_its_language(mail, mail.compose).content
    clock.set(clock.now.replace(hour=14))
    second = _in_its_language(mail, mail.compose).content
    pairs = zip(first.split(b"\r\n"), second.split(b"\r\n"), strict=True)
    assert [one[:6] for one, other in pairs if one != other] == [b"Date: "]


def test_who_edits_templates_sees_every_change(app: Flask, mails: list[Given], monkeypatch: pytest.MonkeyPatch) -> None:
    app.jinja_env.auto_reload = True
    app.extensions.pop("feedbackloop.post", None)
    built: list[bool] = []
    real = build

    def noted(*given: Any) -> bytes:
        built.append(True)
        return real(*given)

    monkeypatch.setattr(rendering, "build", noted)
    _in_its_language(mails[0], mails[0].compose)
    assert built


@pytest.mark.own_app
def test_a_template_that_cannot_be_traced_goes_the_slow_way(
    app: Flask, mails: list[Given], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mail = mails[0]
    wanted = _in_its_language(mail, lambda: _slow(mail))

    def wrong(*_: object) -> None:
        raise NotTraceable("a wheel")

    monkeypatch.setattr("feedbackloop.mailing.filling.form", wrong)
    app.extensions.pop("feedbackloop.post", None)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert _in_its_language(mail, mail.compose).content == wanted
    logged = [one for one in caplog.records if one.message == "mail_kind_not_compiled"]
    assert [(one.kind, one.reason) for one in logged] == [(mail.kind.name, "a wheel")]  # type: ignore[attr-defined]


@pytest.mark.own_app
def test_a_form_that_says_something_else_is_never_used(
    app: Flask, mails: list[Given], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mail = mails[0]
    wanted = _in_its_language(mail, lambda: _slow(mail))
    real = filling.form
    monkeypatch.setattr(
        "feedbackloop.mailing.filling.form",
        lambda tracer, subject, text, html: real(tracer, subject, text + "!\n", html),
    )
    app.extensions.pop("feedbackloop.post", None)
    with caplog.at_level(logging.WARNING):
        assert _in_its_language(mail, mail.compose).content == wanted
    assert re.search("mail_kind_not_compiled", caplog.text)
