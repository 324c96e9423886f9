"""Where relays report to, and the pages on which staff see what came in."""

from __future__ import annotations

from flask import Blueprint, Flask, jsonify, request
from werkzeug.wrappers import Response

from feedbackloop.config import settings
from feedbackloop.extensions import csrf
from feedbackloop.mailing.incoming import hooks, staff_views

relays = Blueprint("mail_hooks", __name__, url_prefix="/hooks/mail")
# A relay has no cookie: its signature or password is what lets it in.
csrf.exempt(relays)


def register(app: Flask) -> None:
    app.register_blueprint(relays)
    app.register_blueprint(staff_views.staff)


@relays.post("/<provider>")
def receive(provider: str) -> Response:
    """Takes a relay's events; 200 once all of them are written down."""
    taken = hooks.receive(provider, request, settings())
    return jsonify({"taken": sum(one.new for one in taken), "known": sum(not one.new for one in taken)})
