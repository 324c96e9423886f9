"""What complaints have in common, and the way from there to an improvement."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from feedbackloop.config import settings
from feedbackloop.core import access, clock, periods
from feedbackloop.listening import queries

SHOWN = 100

staff = Blueprint("listening_staff", __name__, url_prefix="/staff/listening")


@staff.get("/")
@access.requires("quality", "handler")
def patterns() -> str:
    period = periods.read(request.args.get("period"), clock.now(), settings().timezone)
    comparable = queries.is_comparable(period)
    categories, causes = queries.categories(period, comparable), queries.causes(period, comparable, SHOWN + 1)
    return render_template(
        "staff/listening/patterns.html",
        period=period,
        categories=categories,
        causes=causes[:SHOWN],
        more=len(causes) > SHOWN,
        comparable=comparable,
        link=access.link,
    )
