"""The pages of the log: their blueprint, which follows what all pages for everybody have in common."""

from __future__ import annotations

from flask import Blueprint

from feedbackloop.core import public_pages
from feedbackloop.core.public_pages import asked_language as asked_language
from feedbackloop.core.public_pages import kept as kept
from feedbackloop.core.public_pages import locale as locale
from feedbackloop.extensions import csrf

public = Blueprint("improvements", __name__)
csrf.exempt(public)
public.before_request(public_pages.choose_language)
