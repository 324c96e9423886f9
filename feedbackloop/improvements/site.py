"""What every public page of the log has in common: no cookie, one language for all who ask alike, kept for a moment.

An answer follows from the database, the settings, the language and the query alone, never from who asks.
"""

from __future__ import annotations

from flask import Blueprint, Response, g, request
from flask_babel import get_locale

from feedbackloop.config import settings
from feedbackloop.core.kept import answers
from feedbackloop.extensions import csrf

public = Blueprint("improvements", __name__)
csrf.exempt(public)


@public.before_request
def _choose_language() -> None:
    # What may be kept for everybody must not follow from who is asking.
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
