"""Absolute links. Their base is PUBLIC_URL, never what a request says of itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from feedbackloop.config import settings
from feedbackloop.core import tokens


def public(endpoint: str, **values: Any) -> str:
    """The absolute address of an endpoint; works outside of a request."""
    base = urlsplit(settings().public_url)
    adapter = current_app.url_map.bind(base.netloc, url_scheme=base.scheme)
    return adapter.build(endpoint, values, force_external=True)


def signed(endpoint: str, purpose: str, value: int | str, **values: Any) -> str:
    """The absolute address of a page that is opened by a token in its path."""
    return public(endpoint, token=tokens.make(purpose, value), **values)
