"""Absolute links. Their base is PUBLIC_URL, never what a request says of itself."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from feedbackloop.config import Settings, settings
from feedbackloop.core import tokens

# A token that stands in an address as it is; and one that stands for any.
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_SOME = "0.some-token"
_MOST_KNOWN = 256


def public(endpoint: str, **values: Any) -> str:
    """The absolute address of an endpoint; works outside of a request."""
    base = urlsplit(settings().public_url)
    adapter = current_app.url_map.bind(base.netloc, url_scheme=base.scheme)
    return adapter.build(endpoint, values, force_external=True)


class _Known:
    """What signed links need, for as long as the settings are the same: a mail has five links, each of them 30 µs."""

    def __init__(self, found: Settings) -> None:
        self.settings = found
        self.key = found.secret_keys[0]
        self.around: dict[Any, tuple[str, str]] = {}


def signed(endpoint: str, purpose: str, value: int | str, **values: Any) -> str:
    """The absolute address of a page that is opened by a token in its path."""
    extensions = current_app.extensions
    found: Settings = extensions["feedbackloop.settings"]
    known: _Known | None = extensions.get("feedbackloop.signed_links")
    if known is None or known.settings is not found:
        known = extensions["feedbackloop.signed_links"] = _Known(found)
    token = tokens.signed(known.key, purpose, str(value))
    if not _PLAIN.fullmatch(token):
        return public(endpoint, token=token, **values)
    name = (endpoint, *values.items())
    around = known.around.get(name)
    if around is None:
        before, _, after = public(endpoint, token=_SOME, **values).partition(_SOME)
        around = before, after
        if len(known.around) < _MOST_KNOWN:
            known.around[name] = around
    return token.join(around)
