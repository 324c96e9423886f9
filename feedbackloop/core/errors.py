"""Errors that know their HTTP status and have a sentence for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

log = logging.getLogger(__name__)

Fields = Mapping[str, Sequence[str]]


class AppError(Exception):
    """An expected refusal. `fields` names what was wrong with which input: {"rating": ["must be 1 to 5"]}."""

    status = 500
    title: Any = _l("Something went wrong")
    message: Any = _l("We could not do this just now. Try again in a moment.")

    def __init__(self, message: str | None = None, *, fields: Fields | None = None, code: str | None = None) -> None:
        super().__init__(message or self.__class__.__name__)
        if message is not None:
            self.message = message
        self.fields = {name: list(sentences) for name, sentences in (fields or {}).items()}
        # More members of problem+json, for machines.
        self.members: Mapping[str, Any] = {}
        self.code = code


class BadInput(AppError):
    status = 400
    title = _l("This cannot be read")
    message = _l("Something in what was sent is not right.")


class Unauthorised(AppError):
    status = 401
    title = _l("Sign in first")
    message = _l("This needs a valid sign-in or token.")


class Forbidden(AppError):
    status = 403
    title = _l("This is not for your role")
    message = _l("Your account may not see or do this.")


class NotFound(AppError):
    status = 404
    title = _l("This page does not exist")
    message = _l("Perhaps the link was cut off, or it is no longer in use.")


class Conflict(AppError):
    status = 409
    title = _l("This has changed in the meantime")
    message = _l("Somebody was ahead of you. Look at how it stands now, and try again.")


class Gone(AppError):
    status = 410
    title = _l("This link has expired")
    message = _l("The time to use this link has passed.")


class Unprocessable(AppError):
    status = 422
    title = _l("This does not fit")
    message = _l("Something in what was sent is not right.")


class TooMany(AppError):
    status = 429
    title = _l("Too many tries")
    message = _l("Wait a minute and try again.")


class Unavailable(AppError):
    status = 503
    title = _l("We are away for a moment")
    message = _l("Try again in a minute. Nothing of yours is lost.")


_BY_STATUS = {kind.status: kind for kind in AppError.__subclasses__()}


def wants_json() -> bool:
    return request.path.startswith(("/api/", "/hooks/")) or request.path.endswith(".json")


def problem(error: AppError) -> Response:
    """RFC 9457: `type`, `title`, `status`, `detail`, and `errors` by field."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": str(error.title),
        "status": error.status,
        "detail": str(error.message),
    }
    if error.fields:
        body["errors"] = error.fields
    body.update(error.members)
    response = jsonify(body)
    response.mimetype = "application/problem+json"
    return response


def render(error: AppError) -> Response:
    response = problem(error) if wants_json() else make_response(render_template("errors/error.html", error=error))
    response.status_code = error.status
    if error.status == 503:
        response.headers["Retry-After"] = "30"
    if error.status == 401 and wants_json():
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def from_http(found: HTTPException) -> AppError:
    """Werkzeug's own errors in our words."""
    status = found.code or 500
    error = _BY_STATUS.get(status, AppError)()
    error.status = status
    if isinstance(found, CSRFError):
        error.message = _("This page was open for too long. Go back, reload it and send it again.")
    elif status == 413:
        error.title, error.message = _("This is too large"), _("Send less at once, or a smaller file.")
    elif status == 405:
        error.title, error.message = _("This address does not take that"), _("The address does not take this method.")
    elif status == 415:
        error.title, error.message = _("This cannot be read"), _("Send it as application/json.")
    elif wants_json() and found.description and status < 500:
        error.message = found.description
    return error


def register(app: Flask) -> None:
    @app.errorhandler(AppError)
    def expected(error: AppError) -> Response:
        return render(error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if error.response is not None or error.code is None or error.code < 400:
            return make_response(error.get_response())
        rendered = render(from_http(error))
        retry_after = dict(error.get_headers()).get("Retry-After")
        if retry_after:
            rendered.headers["Retry-After"] = retry_after
        return rendered

    @app.errorhandler(OperationalError)
    @app.errorhandler(PoolTimeout)
    def database_away(error: Exception) -> Response:
        log.error("database_unavailable", extra={"kind": type(error).__name__})
        return render(Unavailable())

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        # The message may carry what a person wrote: only the kind and the place are logged.
        log.error("unhandled_error", exc_info=error, extra={"kind": type(error).__name__, "endpoint": request.endpoint})
        return render(AppError())
