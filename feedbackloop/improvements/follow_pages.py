"""Following the log by mail, for everybody: ask for it, confirm it, end it. Looking at a page changes nothing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response

from feedbackloop.config import settings
from feedbackloop.core import db, tokens, web
from feedbackloop.core.errors import BadInput, Gone, NotFound
from feedbackloop.core.limits import mailed_link
from feedbackloop.extensions import csrf, limiter
from feedbackloop.improvements import follow, follow_queries, follow_rules
from feedbackloop.improvements.follow_forms import ConfirmForm, FollowForm
from feedbackloop.improvements.follow_models import Follower

pages = Blueprint("follow", __name__)
csrf.exempt(pages)
pages.before_request(web.bound_form)

# From one address of the network; several people may share one.
_ASKING = "10/minute;60/hour"


@pages.get("/follow/")
def page() -> str:
    """The ways to follow the log: by mail, or with a feed reader."""
    return _form_page(FollowForm(formdata=None))


@pages.post("/follow/")
@limiter.limit(_ASKING, methods=["POST"])
def asked() -> Any:
    """Asks the mailbox to confirm. What is answered never tells whether the address follows already."""
    form = FollowForm()
    if not form.validate():
        return _form_page(form), 400
    with db.transaction():
        follow.ask(str(form.address.data), _locale())
    return redirect(url_for("follow.sent", lang=_locale()), 303)


@pages.get("/follow/sent")
def sent() -> str:
    """What to do next; the same for everybody."""
    return render_template("public/improvements/follow_sent.html", days=follow_rules.CONFIRM_WITHIN.days)


@pages.get("/follow/<token>")
def confirmation(token: str) -> str:
    """The question, or how it stands."""
    return _confirmation_page(_opened("follow", token), ConfirmForm(formdata=None))


@pages.post("/follow/<token>")
@mailed_link
def confirmed(token: str) -> Any:
    """Begins it, or forgets the address; without a choice nothing happens."""
    follower_id = _opened("follow", token).id
    form = ConfirmForm()
    if not form.validate():
        return _confirmation_page(_opened("follow", token), form), 400
    with db.transaction():
        if form.answer.data == "yes":
            follow.confirm(follower_id)
        else:
            follow.decline(follower_id)
    return redirect(url_for("follow.confirmation", token=token, lang=request.args.get("lang")), 303)


@pages.get("/unsubscribe/follow/<token>")
def leave(token: str) -> str:
    """Offers the button, or says that it is stopped."""
    return _leave_page(_opened("unfollow", token))


@pages.post("/unsubscribe/follow/<token>")
def left(token: str) -> Response | str:
    """The page's own button, and RFC 8058: a mail program's single POST, answered at once and never redirected."""
    follower_id = _opened("unfollow", token).id
    one_click = request.form.get("List-Unsubscribe") == "One-Click"
    if not one_click and request.form.get("choice") != "stop":
        raise BadInput
    with db.transaction():
        follow.leave(follower_id)
    if one_click:
        return _leave_page(_opened("unfollow", token))
    return redirect(url_for("follow.leave", token=token, lang=request.args.get("lang")), 303)


def _opened(purpose: str, token: str) -> Follower:
    """The row stays when it is over, so that an old link still finds out that it is."""
    found = follow_queries.by_id(tokens.read_id(purpose, token))
    if found is None:
        raise NotFound
    g.locale = found.locale
    return found


def _form_page(form: FollowForm) -> str:
    return render_template("public/improvements/follow.html", form=form)


def _confirmation_page(found: Follower, form: ConfirmForm) -> str:
    if found.status == "forgotten":
        raise Gone
    if found.status in follow_rules.LIVE:
        follow.check_link(found)
    leave_token = tokens.make("unfollow", found.id)
    return render_template(
        "public/improvements/follow_confirm.html",
        form=form,
        following=found.status == follow_rules.FOLLOWING,
        ended=found.status in follow_rules.ENDS,
        address=found.address,
        leave_url=url_for("follow.leave", token=leave_token, lang=request.args.get("lang")),
    )


def _leave_page(found: Follower) -> str:
    return render_template("public/improvements/unfollow.html", ended=found.status in follow_rules.ENDS)


def _locale() -> str:
    return settings().pick_locale(str(get_locale()))
