"""What every public page of the log has in common: no cookie, one language for all who ask alike, kept for a minute.

An answer follows from the database, the settings, the language and the query alone, never from who asks.
"""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, g, make_response, request
from flask_babel import get_locale

from feedbackloop.config import settings
from feedbackloop.extensions import csrf

_FRESH_S, _STALE_S = 60, 60

public = Blueprint("improvements", __name__)
csrf.exempt(public)


@public.before_request
def _choose_language() -> None:
    g.locale = request.args.get("locale") or request.accept_languages.best_match(settings().locales)


def locale() -> str:
    return settings().pick_locale(str(get_locale()))


def asked_language() -> str:
    """The language that the address asks for; empty where the browser decided."""
    asked = request.args.get("lang") or request.args.get("locale", "")
    return asked if asked in settings().locales else ""


def kept(body: str | bytes, mimetype: str = "text/html") -> Response:
    """The answer that everybody may keep for a minute, and is asked for again only as 'is it still this?'."""
    content = body.encode() if isinstance(body, str) else body
    response = make_response(content)
    response.mimetype = mimetype
    response.headers["Cache-Control"] = f"public, max-age={_FRESH_S}, stale-while-revalidate={_STALE_S}"
    response.vary.add("Accept-Language")
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    response.make_conditional(request)
    return response
