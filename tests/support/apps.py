"""The product for each test: made once for each environment, because making it costs more than most tests do.

What a test left in it is taken away. One that a test changed in another way is thrown away, and so is one whose
counts of requests go on from test to test (rate limits).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from feedbackloop import create_app
from feedbackloop.core import logs
from feedbackloop.extensions import db, limiter, mail

# Of a handful of environments nearly every test has one.
_MOST = 8

# Made of the templates and the environment alone, and dear: a first mail costs as much as most tests do.
_COMPILED = ("feedbackloop.post",)

# What these objects hold is that of the app that was bound to them last.
_BOUND = (limiter, mail)


@dataclass(frozen=True)
class _Made:
    app: Flask
    extensions: Mapping[str, Any]
    bound: tuple[Mapping[str, Any], ...]
    form: tuple[Any, ...]


_kept: OrderedDict[frozenset[tuple[str, str]], _Made] = OrderedDict()


@contextmanager
def made(environ: Mapping[str, str], templates: Path, own: bool = False) -> Iterator[Flask]:
    """The app of this environment; `own`: one that nobody had before and nobody gets afterwards.

    Compiled templates are kept in the folder `templates`, for all apps of the run.
    """
    key = frozenset(environ.items())
    one = _kept.pop(key, None) if not own else None
    if one is None:
        one = _make(environ, templates)
    else:
        _bind_again(one)
    yield one.app
    with one.app.app_context():
        db.session.remove()
        db.engine.dispose()
    if not own and one.form == _form(one.app) and environ.get("FEEDBACKLOOP_RATE_LIMITS") == "off":
        _kept[key] = one
        if len(_kept) > _MOST:
            _kept.popitem(last=False)


def _make(environ: Mapping[str, str], templates: Path) -> _Made:
    app = create_app(environ)
    app.testing = True
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(templates))
    return _Made(app, dict(app.extensions), tuple(dict(vars(one)) for one in _BOUND), _form(app))


def _bind_again(one: _Made) -> None:
    """Makes of a used app what it was when it was new; only its templates of mails stay compiled, as pages do."""
    mails = {key: one.app.extensions[key] for key in _COMPILED if key in one.app.extensions}
    one.app.extensions.clear()
    one.app.extensions.update({**one.extensions, **mails})
    for extension, state in zip(_BOUND, one.bound, strict=True):
        vars(extension).clear()
        vars(extension).update(state)
    logs.set_up(one.extensions["feedbackloop.settings"])


def _form(app: Flask) -> tuple[Any, ...]:
    """What a test may not change if the next is to have the app."""
    return (
        dict(app.config),
        dict(app.view_functions),
        {name: list(found) for name, found in app.before_request_funcs.items()},
        app.jinja_env.loader,
        app.jinja_env.auto_reload,
    )
