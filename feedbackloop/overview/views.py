"""The home page of the people who work here, and where the bare address of the site leads."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from feedbackloop.core import access

public = Blueprint("overview", __name__)
staff = Blueprint("overview_staff", __name__, url_prefix="/staff")


@public.get("/")
def front() -> BaseResponse:
    """Visitors come for what changed."""
    return redirect("/improvements/", 302)


@staff.get("/")
@access.requires()
def home() -> str:
    return render_template("staff/overview/home.html")
