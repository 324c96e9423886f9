"""The reviews on our own page, for everybody: the list, one review, and the same as data for the company's site.

What may be shown of figures follows from whom the page asks: with satisfied people alone an average would mislead.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from feedbackloop.config import settings
from feedbackloop.core import formats, links
from feedbackloop.core.errors import NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.extensions import csrf
from feedbackloop.reviews import lists, queries, rules
from feedbackloop.reviews.models import Review

PAGE_SIZE = 20
DATA_SIZE, MOST_DATA = 20, 50
_CACHED_S = 60

public = Blueprint("reviews", __name__)
csrf.exempt(public)


@public.get("/reviews/")
def own_page() -> Response:
    """Published reviews, the newest first, with how they are collected and how many are refused for what."""
    _choose_language()
    after = row_id(request.args.get("after"))
    rows = lists.public_page(after, PAGE_SIZE)
    shown = rows[:PAGE_SIZE]
    figures = _figures()
    older = url_for("reviews.own_page", after=shown[-1].id, lang=_asked_language()) if len(rows) > PAGE_SIZE else None
    body = render_template(
        "public/reviews/own_page.html",
        reviews=shown,
        figures=figures,
        audience=_audience(),
        limit=formats.number(max(settings().review_limit.days, 1)),
        older=older,
        first=after is None,
        refused=lists.refused_counts(),
        structured=_structured(figures, shown),
        languages=_languages("reviews.own_page"),
    )
    return _kept(body, "text/html")


@public.get("/reviews/<int:review_id>")
def one(review_id: int) -> Response:
    """One review, at an address of its own that stays."""
    _choose_language()
    found = lists.public_review(review_id)
    if found is None:
        raise NotFound
    body = render_template(
        "public/reviews/one.html", found=found, languages=_languages("reviews.one", review_id=review_id)
    )
    return _kept(body, "text/html")


@public.get("/reviews.json")
def data() -> Response:
    """The newest reviews for the company's own site; only pages of the origins that are listed may read it."""
    _choose_language()
    limit = min(max(row_id(request.args.get("limit")) or DATA_SIZE, 1), MOST_DATA)
    rows = lists.public_page(row_id(request.args.get("after")), limit)
    shown, figures = rows[:limit], _figures()
    found: dict[str, Any] = {
        "title": _("Reviews"),
        "locale": _locale(),
        "url": links.public("reviews.own_page"),
        "audience": _audience(),
        "collected": _collected_words(_audience()),
        "refused": lists.refused_counts(),
        **_described(figures),
        "items": [_item(row) for row in shown],
        "next": links.public("reviews.data", after=shown[-1].id, limit=limit) if len(rows) > limit else None,
    }
    response = _kept(_inert(found), "application/json")
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin and origin in (*settings().embed_origins, settings().public_url):
        response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _choose_language() -> None:
    # What may be kept for everybody must not follow from who is asking.
    g.locale = request.args.get("lang") or request.accept_languages.best_match(settings().locales)


def _locale() -> str:
    return settings().pick_locale(str(get_locale()))


def _asked_language() -> str | None:
    asked = request.args.get("lang")
    return asked if asked in settings().locales else None


def _languages(endpoint: str, **values: Any) -> list[tuple[str, str]]:
    return [(one, url_for(endpoint, lang=one, **values)) for one in settings().locales]


def _audience() -> str:
    own = queries.own_destination()
    return own.audience if own is not None else "satisfied"


def _figures() -> rules.Figures | None:
    return rules.figures(lists.ratings_of_everyone()) if rules.may_count(_audience()) else None


def _collected_words(audience: str) -> str:
    if audience == "everyone":
        return _("Everybody whose complaint was closed was asked, whatever they answered.")
    return _("Chosen from resolved complaints: only people who said that they are satisfied were asked.")


def _described(figures: rules.Figures | None) -> Mapping[str, Any]:
    """The figures as data; nothing where they would mislead."""
    if figures is None:
        return {}
    shown = {str(rating): number for rating, number in figures.distribution.items()}
    return {"count": figures.count, "average": figures.average, "distribution": shown}


def _item(row: Review) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": str(row.id),
        "url": links.public("reviews.one", review_id=row.id),
        "lang": row.locale,
        "title": row.title,
        "text": row.text,
        "name": row.display_name or _("a customer"),
        "date": row.written_at.date().isoformat(),
        "date_words": formats.date_plain(row.written_at),
        "audience": row.invitation.audience,
        "collected": _collected_words(row.invitation.audience),
        "reply": row.reply,
        "reply_date": row.replied_at.date().isoformat() if row.replied_at else None,
    }
    if _counts(row):
        found["rating"] = row.rating
    return found


def _counts(row: Review) -> bool:
    """Whether its figure is one of those that everybody was asked for."""
    return rules.may_count(_audience()) and row.invitation.audience == "everyone"


def _structured(figures: rules.Figures | None, shown: Sequence[Review]) -> Markup:
    """The reviews as schema.org describes them, for search engines; empty where figures would mislead.

    It is data and no script: browsers run nothing of it, and no policy has to allow it.
    """
    if figures is None or not figures.count:
        return Markup("")
    about = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": settings().organisation,
        "url": links.public("reviews.own_page"),
        "aggregateRating": {"@type": "AggregateRating", "reviewCount": figures.count, **_scale(figures.average)},
        "review": [_structured_review(row) for row in shown if _counts(row)],
    }
    return Markup('<script type="application/ld+json">%s</script>') % Markup(_inert(about).decode())  # noqa: S704  # inert


def _structured_review(row: Review) -> dict[str, Any]:
    found = {
        "@type": "Review",
        "url": links.public("reviews.one", review_id=row.id),
        "author": {"@type": "Person", "name": row.display_name or _("a customer")},
        "datePublished": row.written_at.date().isoformat(),
        "inLanguage": row.locale,
        "reviewRating": {"@type": "Rating", **_scale(row.rating)},
        "name": row.title,
        "reviewBody": row.text,
    }
    return {name: value for name, value in found.items() if value is not None}


def _scale(value: float | None) -> dict[str, Any]:
    return {"ratingValue": value, "bestRating": 5, "worstRating": 1}


def _inert(found: Mapping[str, Any]) -> bytes:
    """JSON that stays data wherever a page puts it: no character of it can end a script or begin a tag."""
    text = json.dumps(found, ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode()


def _kept(body: str | bytes, mimetype: str) -> Response:
    """Everybody may keep it for a minute: what a person takes back is gone from every copy within that."""
    response = make_response(body)
    response.mimetype = mimetype
    response.cache_control.public = True
    response.cache_control.max_age = _CACHED_S
    response.vary.add("Accept-Language")
    response.add_etag()
    response.make_conditional(request)
    return response
