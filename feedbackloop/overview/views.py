"""The home page of the people who work here, what is in force, and where the bare address of the site leads."""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from feedbackloop.config import settings
from feedbackloop.core import access, clock, periods
from feedbackloop.listening import queries as listening
from feedbackloop.mailing import standing
from feedbackloop.overview import attention, day, in_force, navigation, queries, rules, today

SHOWN_TODAY = 8
CAUSES_READ = 500

public = Blueprint("overview", __name__)
staff = Blueprint("overview_staff", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.context_processor(lambda: {"nav": navigation.Navigation()})


@public.get("/")
def front() -> BaseResponse:
    """Visitors come for what changed."""
    return redirect("/improvements/", 302)


@staff.get("/")
@access.requires()
def home() -> str:
    period = periods.read(request.args.get("period"), clock.now(), settings().timezone)
    figures = queries.figures(period.start)
    comparable = listening.is_comparable(period)
    categories = listening.categories(period, comparable)
    rising = listening.rising(categories, listening.causes(period, comparable, CAUSES_READ)) if comparable else []
    return render_template(
        "staff/overview/home.html",
        period=period,
        now=navigation.standing(),
        f=figures,
        answered=rules.share(figures.answered, figures.asked),
        categories=sum(1 for one in categories if one.now and one.category),
        comparable=comparable,
        rising=len(rising),
        todos=attention.todos(navigation.standing(), rising),
        trouble=standing.trouble(),
        today=today.lines(day.today(), SHOWN_TODAY),
        link=access.link,
    )


@staff.get("/settings")
@access.requires("admin")
def settings_page() -> str:
    return render_template("staff/overview/settings.html", groups=in_force.groups(settings()))
