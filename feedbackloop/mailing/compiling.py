"""Mails compiled: what is the same in every mail of a kind is made once, and only its holes are filled for each.

The templates are rendered once with holes (holes.py, tracing.py); the result, with its styles inlined and its constant
parts encoded, is a form (filling.py). A form is kept under the answers to the questions that the templates asked, and
fills mails that give the same answers. It is only kept when what it makes of the mail that it came from equals what
was made of that mail the slow way.
"""

from __future__ import annotations

import binascii
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rq.timeouts import BaseTimeoutException

from feedbackloop.mailing import filling
from feedbackloop.mailing.filling import Form
from feedbackloop.mailing.holes import Guard, NotTraceable, Tracer, Values, root, traced, tracing

log = logging.getLogger(__name__)

# Forms of one kind in one language; each is some 20 KB. Where most mails need one of their own, none is kept.
MOST_FORMS = 64
_WORTH_IT = 4


@dataclass(frozen=True)
class Words:
    """What a mail says, rendered."""

    subject: str
    text: str
    html: str


Filled = tuple[str, bytes, bytes]
"""A form filled: the subject, and the text and the HTML in quoted-printable."""


class _Node:
    """A question and where each answer leads; at the end of a way a form, or None where the slow way is to be gone."""

    def __init__(self) -> None:
        self.guard: Guard | None = None
        self.children: dict[Any, _Node] = {}
        self.known = False
        self.form: Form | None = None


class Family:
    """All forms of one kind in one language with the same names in its context. Threads may share it."""

    def __init__(self, name: str, compiled: bool = True) -> None:
        self._name = name
        self._root = _Node()
        self._made = 0
        self._used = 0
        self._off = not compiled
        self._lock = threading.Lock()

    @property
    def forms(self) -> int:
        """How many were made since it last started anew."""
        return self._made

    def fill(
        self, values: Values, slowly: Callable[[], Words], render: Callable[[Mapping[str, Any]], Words]
    ) -> Filled | None:
        """The mail with these values; None where only the slow way makes it.

        `slowly` makes it the slow way, `render` renders the templates with holes instead of values.
        """
        if self._off:
            return None
        try:
            node = self._find(values)
            if node is None:
                node = self._trace(values, slowly, render)
            if node is None or node.form is None:
                return None
            self._used += 1
            form = node.form
            return form.subject(values), form.text(values), form.html(values)
        except BaseTimeoutException:
            raise
        except Exception:
            # A value that no form knows how to write, or that is broken: the slow way writes it, or says what is wrong.
            return None

    def _find(self, values: Values) -> _Node | None:
        node: _Node | None = self._root
        while node is not None and node.guard is not None:
            node = node.children.get(node.guard.ask(values))
        return node if node is not None and node.known else None

    def _trace(
        self, values: Values, slowly: Callable[[], Words], render: Callable[[Mapping[str, Any]], Words]
    ) -> _Node | None:
        wanted = slowly()
        tracer = Tracer(values)
        token = tracing(tracer)
        try:
            made = render({name: root(name) for name in values})
            form = filling.form(tracer, made.subject, made.text, made.html)
        except BaseTimeoutException:
            raise
        except Exception as problem:
            reason = str(problem) if isinstance(problem, NotTraceable) else type(problem).__name__
            return self._keep(tracer, None, reason)
        finally:
            traced(token)
        self._count()
        different = _difference((form.subject(values), form.text(values), form.html(values)), wanted)
        return self._keep(tracer, None if different else form, different)

    def _count(self) -> None:
        """Starts anew when there are many forms; goes the slow way for good where few mails had use of them."""
        with self._lock:
            self._made += 1
            if self._made <= MOST_FORMS:
                return
            if self._used < _WORTH_IT * self._made:
                self._off = True
                self._say("few mails are alike")
            self._root, self._made, self._used = _Node(), 1, 0

    def _keep(self, tracer: Tracer, form: Form | None, reason: str) -> _Node:
        with self._lock:
            node = self._root
            for guard, answer in tracer.guards:
                if node.guard is None:
                    node.guard = guard
                elif node.guard.key != guard.key:
                    raise NotTraceable("the same answers led to another question")
                node = node.children.setdefault(answer, _Node())
            node.form, node.known = form, True
        if form is None:
            self._say(reason)
        return node

    def _say(self, reason: str) -> None:
        log.warning("mail_kind_not_compiled", extra={"kind": self._name, "reason": reason})


def _difference(made: Filled, wanted: Words) -> str:
    """Which parts are not what the slow way makes; empty where all are."""
    subject, text, html = made
    parts = (
        ("subject", subject, wanted.subject),
        ("text", _read(text), _lines(wanted.text)),
        ("HTML", _read(html), _lines(wanted.html)),
    )
    return ", ".join(f"the {name} differs" for name, one, other in parts if one != other)


def _read(body: bytes) -> str:
    return binascii.a2b_qp(body).decode().replace("\r\n", "\n")


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
