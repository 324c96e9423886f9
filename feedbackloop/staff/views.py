"""Sign-in and sign-out, and what people decide about their own account."""

from __future__ import annotations

import math
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from feedbackloop.config import settings
from feedbackloop.core import access, clock, db
from feedbackloop.staff import administration, keyring, rules, service
from feedbackloop.staff.forms import OwnPasswordForm, ProfileForm, SignInForm

COOKIE = access.STAFF_COOKIE
_SAFE = ("GET", "HEAD", "OPTIONS")

staff = Blueprint("staff", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    """Says for staff pages who is signed in, and for the API what a token may do."""
    app.register_blueprint(administration.pages)
    app.before_request(_load_staff)
    app.extensions["feedbackloop.bearer"] = _read_bearer


def _load_staff() -> None:
    """Customers' pages, the API and files never look at the cookie; its path keeps it away from them as well."""
    if request.path != "/staff" and not request.path.startswith("/staff/"):
        return
    key = request.cookies.get(COOKIE)
    g.staff = service.read_session(key) if key else None
    if g.staff is None or request.method in _SAFE:
        return
    if rules.session_end(g.staff.started_at, clock.now()) - g.staff.expires_at >= rules.EXTEND_AFTER:
        with db.transaction():
            service.extend_session(g.staff)


def _read_bearer(token: str) -> keyring.Key | None:
    found = keyring.read(token)
    if found is not None and request.method not in _SAFE and keyring.is_use_to_note(found):
        with db.transaction():
            keyring.note_use(found.id)
    return found


@staff.get("/sign-in")
def sign_in() -> Any:
    wanted = rules.local_path(request.args.get("next"))
    if g.staff is not None:
        return redirect(wanted or url_for("overview_staff.home"), 303)
    return render_template(
        "staff/staff/sign_in.html", form=SignInForm(formdata=None, data={"next": wanted}), problem=None
    )


@staff.post("/sign-in")
def signed_in() -> Any:
    form = SignInForm()
    email, password = form.email.data or "", form.password.data or ""
    with db.transaction():
        wait = service.note_try(email, request.remote_addr)
    if wait:
        return _too_many(form, max(1, math.ceil(wait.total_seconds())))
    found = service.authenticate(email, password)
    if found is None:
        problem = _("This e-mail address and this password do not belong together. Try again.")
        return render_template("staff/staff/sign_in.html", form=form, problem=problem), 400
    staff_id = found.id
    with db.transaction():
        key = service.start_session(staff_id, password)
    # A form that was open before must not be sent under the new name.
    session.clear()
    wanted = rules.local_path(form.next.data) or url_for("overview_staff.home")
    return _with_key(redirect(wanted, 303), key)


def _too_many(form: SignInForm, seconds: int) -> Response:
    problem = _("Too many tries in a short time. Wait %(seconds)s seconds and try again.", seconds=seconds)
    response = make_response(render_template("staff/staff/sign_in.html", form=form, problem=problem), 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _with_key(response: BaseResponse, key: str) -> BaseResponse:
    response.set_cookie(
        COOKIE,
        key,
        max_age=int(rules.ABSOLUTE_END.total_seconds()),
        path="/staff",
        secure=settings().production,
        httponly=True,
        samesite="Lax",
    )
    return response


@staff.post("/sign-out")
def sign_out() -> BaseResponse:
    if g.staff is not None:
        with db.transaction():
            service.end_session(g.staff.session_id)
    session.clear()
    response = redirect(url_for("staff.sign_in"), 303)
    response.delete_cookie(COOKIE, path="/staff", secure=settings().production, httponly=True, samesite="Lax")
    return response


@staff.get("/account")
@access.requires()
def account() -> str:
    profile = ProfileForm(formdata=None, data={"name": g.staff.name, "locale": g.staff.locale or ""})
    return _account_page(profile, OwnPasswordForm(formdata=None))


@staff.post("/account/profile")
@access.requires()
def change_profile() -> Any:
    form = ProfileForm()
    if not form.validate():
        return _account_page(form, OwnPasswordForm(formdata=None)), 400
    with db.transaction():
        service.change_profile(g.staff.id, form.name.data or "", form.locale.data)
    flash(_("Your name and language are saved."))
    return redirect(url_for("staff.account"), 303)


@staff.post("/account/password")
@access.requires()
def change_own_password() -> Any:
    form = OwnPasswordForm()
    valid = form.validate()
    if valid:
        with db.transaction():
            wait = service.note_try(g.staff.email, request.remote_addr)
        if wait:
            form.current.errors = [_("Too many tries in a short time. Wait a minute and try again.")]
            valid = False
        elif service.authenticate(g.staff.email, form.current.data or "") is None:
            form.current.errors = [_("This is not your present password.")]
            valid = False
    if not valid:
        profile = ProfileForm(formdata=None, data={"name": g.staff.name, "locale": g.staff.locale or ""})
        return _account_page(profile, form), 400
    with db.transaction():
        service.change_password(g.staff.id, form.password.data or "", access.actor())
        key = service.start_session(g.staff.id)
    flash(_("Your password is changed. Everywhere else you are signed out."))
    return _with_key(redirect(url_for("staff.account"), 303), key)


def _account_page(profile: ProfileForm, password: OwnPasswordForm) -> str:
    return render_template("staff/staff/account.html", profile=profile, password=password)
