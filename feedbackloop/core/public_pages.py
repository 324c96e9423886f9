"""What pages for everybody have in common: no cookie, one language for all who ask alike, kept for a moment.

An answer follows from the database, the settings, the language and the query alone, never from who asks.
"""

from __future__ import annotations

from flask import Response, g, request
from flask_babel import get_locale

from feedbackloop.config import settings
from feedbackloop.core import web
from feedbackloop.core.kept import answers


def choose_language() -> None:
    """A `before_request`: what may be kept for everybody must not follow from who is asking."""
    g.locale = request.args.get("locale") or request.accept_languages.best_match(settings().locales)


def locale() -> str:
    return settings().pick_locale(str(get_locale()))


def asked_language() -> str:
    """The language that the address asks for; empty where the browser decided."""
    asked = request.args.get("lang") or request.args.get("locale", "")
    return asked if asked in settings().locales else ""


def kept(body: str | bytes, mimetype: str = "text/html") -> Response:
    """The answer that everybody may keep for a moment, and is asked for again only as 'is it still this?'."""
    return answers.for_everybody(body, mimetype)


def open_to_all(response: Response) -> Response:
    """Any page may read it: it is public, the same for everybody, and no cookie goes along."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def for_listed_origins(response: Response) -> Response:
    """Only pages of the origins that are listed, and our own, may read it."""
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin and origin in web.reading_origins(settings()):
        response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def may_be_framed() -> None:
    """This answer may stand in a frame on pages of the origins that are listed."""
    web.allow("frame-ancestors", "'self'", *settings().embed_origins)
