"""How often a page that a mailed link opens takes a POST. GET and HEAD are never counted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import request

from feedbackloop.extensions import limiter

P = ParamSpec("P")
R = TypeVar("R")

_A_LINK = "10/minute"
# Mobile carriers put many people behind one address.
_AN_ADDRESS = "600/minute"


def _link() -> str:
    """The link that is used, as a hash: the counter's store never holds a token."""
    return hashlib.sha256(str((request.view_args or {}).get("token", "")).encode()).hexdigest()[:24]


def mailed_link(view: Callable[P, R]) -> Callable[P, R]:
    """Limits a POST view whose path holds a `token`: by the link, and by the address it comes from."""
    limited = limiter.limit(_A_LINK, key_func=_link, methods=["POST"])(view)
    return limiter.limit(_AN_ADDRESS, methods=["POST"])(limited)
