"""For administrators: the accounts of the people who work here, and the API tokens of the systems they connect."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from feedbackloop.core import access, db
from feedbackloop.core.errors import AppError, BadInput
from feedbackloop.staff import keyring, queries, service
from feedbackloop.staff.forms import SCOPE_WORDS, AccountForm, PasswordForm, RoleForm, TokenForm

pages = Blueprint("staff_admin", __name__, url_prefix="/staff")


@pages.get("/people/")
@access.requires("admin")
def people() -> str:
    return render_template("staff/staff/people.html", accounts=queries.accounts())


@pages.get("/people/new")
@access.requires("admin")
def new_person() -> str:
    return render_template("staff/staff/new_person.html", form=AccountForm(formdata=None))


@pages.post("/people/new")
@access.requires("admin")
def create_person() -> Any:
    form = AccountForm()
    if form.validate():
        try:
            with db.transaction():
                created = service.create(
                    form.email.data or "",
                    form.name.data or "",
                    form.role.data or "",
                    form.password.data or "",
                    actor=access.actor(),
                )
                name = created.name
        except AppError as problem:
            _show(form, problem)
        else:
            flash(_("%(name)s can sign in now. Give the password in person, not by e-mail.", name=name))
            return redirect(url_for("staff_admin.people"), 303)
    return render_template("staff/staff/new_person.html", form=form), 400


@pages.get("/people/<int(max=9223372036854775807):staff_id>")
@access.requires("admin")
def person(staff_id: int) -> str:
    found = service.get(staff_id)
    return _person_page(staff_id, RoleForm(formdata=None, data={"role": found.role}), PasswordForm(formdata=None))


@pages.post("/people/<int(max=9223372036854775807):staff_id>/role")
@access.requires("admin")
def change_role(staff_id: int) -> Any:
    form = RoleForm()
    if not form.validate():
        return _person_page(staff_id, form, PasswordForm(formdata=None)), 400
    with db.transaction():
        service.change_role(staff_id, form.role.data or "", access.actor())
    flash(_("The role is changed, from the next page on."))
    return redirect(url_for("staff_admin.person", staff_id=staff_id), 303)


@pages.post("/people/<int(max=9223372036854775807):staff_id>/password")
@access.requires("admin")
def change_password(staff_id: int) -> Any:
    form = PasswordForm()
    if not form.validate():
        role = RoleForm(formdata=None, data={"role": service.get(staff_id).role})
        return _person_page(staff_id, role, form), 400
    with db.transaction():
        service.change_password(staff_id, form.password.data or "", access.actor())
    flash(_("The password is changed. The account is signed out everywhere."))
    return redirect(url_for("staff_admin.person", staff_id=staff_id), 303)


@pages.post("/people/<int(max=9223372036854775807):staff_id>/disable")
@access.requires("admin")
def disable(staff_id: int) -> BaseResponse:
    with db.transaction():
        service.disable(staff_id, access.actor())
    flash(_("The account is closed and signed out everywhere."))
    return redirect(url_for("staff_admin.person", staff_id=staff_id), 303)


@pages.post("/people/<int(max=9223372036854775807):staff_id>/enable")
@access.requires("admin")
def enable(staff_id: int) -> BaseResponse:
    with db.transaction():
        service.enable(staff_id, access.actor())
    flash(_("The account can sign in again."))
    return redirect(url_for("staff_admin.person", staff_id=staff_id), 303)


def _person_page(staff_id: int, role: RoleForm, password: PasswordForm) -> str:
    return render_template("staff/staff/person.html", person=service.get(staff_id), role=role, password=password)


@pages.get("/tokens/")
@access.requires("admin")
def tokens() -> str:
    return _tokens_page(TokenForm(formdata=None))


@pages.post("/tokens/")
@access.requires("admin")
def create_token() -> Any:
    """Answers with the page itself, not with a redirect: nothing but this one answer ever holds the token."""
    form = TokenForm()
    if not form.validate():
        return _tokens_page(form), 400
    try:
        with db.transaction():
            token = keyring.create(form.name.data or "", form.scopes.data or [], access.actor())
    except BadInput as problem:
        _show(form, problem)
        return _tokens_page(form), 400
    return _tokens_page(TokenForm(formdata=None), token), 201


@pages.post("/tokens/<int(max=9223372036854775807):token_id>/revoke")
@access.requires("admin")
def revoke_token(token_id: int) -> BaseResponse:
    with db.transaction():
        keyring.revoke(token_id, access.actor())
    flash(_("The token is taken back. It opens nothing any more."))
    return redirect(url_for("staff_admin.tokens"), 303)


def _tokens_page(form: TokenForm, token: str | None = None) -> str:
    return render_template(
        "staff/staff/tokens.html", tokens=queries.tokens(), form=form, token=token, words=SCOPE_WORDS
    )


def _show(form: Any, problem: AppError) -> None:
    """Puts a refusal beside the field it is about, and on top of the form where it is about none."""
    for name, sentences in problem.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, *sentences]
    if not problem.fields:
        form.form_errors.append(str(problem.message))
