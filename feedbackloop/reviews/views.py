"""The pages of a review invitation, opened by the link in its mail, and the organisation's own review page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import db, links, tokens, web
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.core.limits import mailed_link
from feedbackloop.extensions import csrf
from feedbackloop.reviews import queries, writing
from feedbackloop.reviews.desk import staff
from feedbackloop.reviews.forms import InvitationForm
from feedbackloop.reviews.models import Destination, Invitation, Review

PAGE_SIZE = 20
_CACHED_S = 60

__all__ = ["public", "staff"]

public = Blueprint("reviews", __name__)
csrf.exempt(public)


@public.get("/review/<token>")
def invitation(token: str) -> str:
    """Where to write something, and what was recorded before."""
    found = _opened(token)
    review = queries.review_of(found.id)
    form = InvitationForm(formdata=None)
    if review is not None:
        form.show(review)
    return _page(form, token, found, review)


@public.post("/review/<token>")
@mailed_link
def invitation_used(token: str) -> Any:
    """A choice of place; for our own page with the review itself. Without a choice nothing is counted."""
    found = _opened(token)
    review = queries.review_of(found.id)
    form, lang = InvitationForm(), request.args.get("lang")
    _offer(form, found, review)
    if form.destination.data == "own" and _decided(review):
        raise Conflict(_("Your review was looked at already and cannot be changed any more."))
    if not form.validate():
        return _page(form, token, found, review), 400
    if form.destination.data == "own":
        written = form.review(locale=settings().pick_locale(str(get_locale())))
        with db.transaction():
            writing.write_review(found.id, written)
        return redirect(url_for("reviews.thanks", token=token, lang=lang), 303)
    with db.transaction():
        link = writing.choose(found.id, int(form.destination.data))
    return redirect(link, 303)


@public.get("/review/<token>/thanks")
def thanks(token: str) -> str:
    """What was recorded, and what happens with it."""
    found = _opened(token)
    review = queries.review_of(found.id)
    if review is None:
        raise NotFound
    return render_template(
        "public/reviews/thanks.html",
        review=review,
        again=url_for("reviews.invitation", token=token, lang=request.args.get("lang")),
        decided=_decided(review),
        languages=_languages("reviews.thanks", token=token),
    )


def _opened(token: str) -> Invitation:
    found = queries.invitation(tokens.read_id("review", token))
    if found is None:
        raise NotFound
    g.locale = found.customer.locale
    writing.open_invitation(found)
    return found


def _decided(review: Review | None) -> bool:
    return review is not None and review.status != "pending"


def _offer(form: InvitationForm, found: Invitation, review: Review | None) -> Sequence[Destination]:
    offered = queries.offered(settings().pick_locale(found.customer.locale))
    if _decided(review):
        offered = [one for one in offered if one.kind != "own"]
    names = [_("On our own website") if one.kind == "own" else _("On %(name)s", name=one.name) for one in offered]
    form.offer(offered, names)
    return offered


def _page(form: InvitationForm, token: str, found: Invitation, review: Review | None) -> str:
    offered = _offer(form, found, review)
    # The browser holds the policy against every address of the redirect that follows, and review sites have short
    # links that redirect further: naming only the first one would stop it there.
    web.allow("form-action", "https:")
    notes = {
        writing.destination_key(one): _("You write it below. Next to it stands: ‘from a resolved complaint’.")
        if one.kind == "own"
        else _("You go to another website.")
        for one in offered
    }
    return render_template(
        "public/reviews/invitation.html",
        form=form,
        invitation=found,
        review=review,
        decided=_decided(review),
        notes=notes,
        languages=_languages("reviews.invitation", token=token),
        opt_out=links.signed("mailing.unsubscribe", "unsubscribe", f"{found.customer_id}-review"),
    )


def _languages(endpoint: str, **values: Any) -> list[tuple[str, str]]:
    return [(one, url_for(endpoint, lang=one, **values)) for one in settings().locales]


@public.get("/reviews/")
def own_page() -> Any:
    """The reviews on our own page: from resolved complaints, so without an average."""
    after = row_id(request.args.get("after"))
    rows = queries.review_page("published", after, PAGE_SIZE)
    shown, more = rows[:PAGE_SIZE], len(rows) > PAGE_SIZE
    page = render_template(
        "public/reviews/own_page.html",
        reviews=shown,
        older=url_for("reviews.own_page", after=shown[-1].id, lang=request.args.get("lang")) if more else None,
        first=after is None,
        refused=queries.refused_counts(),
        languages=_languages("reviews.own_page"),
    )
    response = make_response(page)
    response.cache_control.public = True
    response.cache_control.max_age = _CACHED_S
    response.vary.add("Accept-Language")
    response.add_etag()
    return response.make_conditional(request)
