"""The pages of a review invitation, opened by the link in its mail. The reviews themselves are on `own_page`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import db, links, tokens, web
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.limits import mailed_link
from feedbackloop.reviews import fairness_desk, outside_desk, places_desk, queries, writing
from feedbackloop.reviews.desk import staff
from feedbackloop.reviews.forms import InvitationForm, WithdrawalForm
from feedbackloop.reviews.models import Destination, Invitation, Review
from feedbackloop.reviews.own_page import public

# The pages of the desks put themselves beside those of `desk`.
__all__ = ["fairness_desk", "outside_desk", "places_desk", "public", "staff"]


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


@public.post("/review/<token>/withdraw")
@mailed_link
def withdraw(token: str) -> Any:
    """The person takes their review back, after a tick of their own: a press alone changes nothing."""
    found = _opened(token)
    review, form = queries.review_of(found.id), WithdrawalForm()
    if review is None:
        raise NotFound
    if not form.validate():
        shown = InvitationForm(formdata=None)
        shown.show(review)
        return _page(shown, token, found, review, form), 400
    with db.transaction():
        writing.withdraw(found.id)
    return redirect(url_for("reviews.invitation", token=token, lang=request.args.get("lang")), 303)


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
    offered = queries.offered(settings().pick_locale(found.customer.locale), found.audience)
    if _decided(review):
        offered = [one for one in offered if one.kind != "own"]
    names = [_("On our own website") if one.kind == "own" else _("On %(name)s", name=one.name) for one in offered]
    form.offer(offered, names)
    form.before = review.rating if review is not None and review.status != "withdrawn" else None
    return offered


def _own_note(audience: str) -> str:
    if audience == "everyone":
        return _("You write it below. Next to it stands: ‘after a complaint’.")
    return _("You write it below. Next to it stands: ‘from a resolved complaint’.")


def _page(
    form: InvitationForm,
    token: str,
    found: Invitation,
    review: Review | None,
    withdrawal: WithdrawalForm | None = None,
) -> str:
    offered = _offer(form, found, review)
    # The browser holds the policy against every address of the redirect that follows, and review sites have short
    # links that redirect further: naming only the first one would stop it there.
    web.allow("form-action", "https:")
    notes = {
        writing.destination_key(one): _own_note(found.audience)
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
        withdrawal=withdrawal or WithdrawalForm(formdata=None),
        withdraw=url_for("reviews.withdraw", token=token, lang=request.args.get("lang")),
        languages=_languages("reviews.invitation", token=token),
        opt_out=links.signed("mailing.unsubscribe", "unsubscribe", f"{found.customer_id}-review"),
    )


def _languages(endpoint: str, **values: Any) -> list[tuple[str, str]]:
    return [(one, url_for(endpoint, lang=one, **values)) for one in settings().locales]
