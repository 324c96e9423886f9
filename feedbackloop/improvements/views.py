"""The public log: the list, an entry, the feeds, and what other sites embed. No cookie, and kept in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import brand, formats, links, web
from feedbackloop.core.errors import Gone, NotFound
from feedbackloop.core.kept import answers
from feedbackloop.extensions import csrf
from feedbackloop.improvements import (
    desk,
    entries,
    feeds,
    figures,
    keeping,
    queries,
    rules,
    telling_desk,
    told,
    words,
    writing,
)
from feedbackloop.improvements.entries import Entry

PAGE_SIZE = 20
FEED_SIZE = 50
EMBED_SIZE, LARGEST_EMBED = 5, 20
_SCRIPT_FRESH_S = 3600

# The pages of `writing` and `telling_desk` put themselves beside those of the desk.
__all__ = ["public", "register", "staff", "telling_desk", "writing"]

public = Blueprint("improvements", __name__)
staff = desk.staff
csrf.exempt(public)


def register(app: Flask) -> None:
    """Adds the page that a told-you-so mail leads to, and says which pages are kept in memory."""
    app.register_blueprint(told.pages)
    keeping.register(app)


@public.before_request
def _choose_language() -> None:
    # What may be kept for everybody must not follow from who is asking.
    g.locale = request.args.get("locale") or request.accept_languages.best_match(settings().locales)


@public.get("/improvements/")
def listing() -> Response:
    """What people said and what was done, the newest first; filters and place are in the address."""
    category, status = request.args.get("category", "").strip(), request.args.get("status", "")
    status = status if status in rules.STATUSES else ""
    after = request.args.get("after", "")
    found = queries.public_list(category, status, _row_id(after), PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    body = render_template(
        "public/improvements/list.html",
        entries=entries.entries(shown, _locale()),
        total=queries.public_count(category, status),
        all_of_them=queries.public_count(),
        categories=queries.public_categories(),
        category=category,
        status=status,
        statuses=words.STATUSES,
        score=figures.scoreboard(),
        newer=bool(after),
        older=shown[-1].id if len(found) > PAGE_SIZE else None,
        asked=_asked_language(),
    )
    return _kept(body)


@public.get("/improvements/<slug>")
def entry(slug: str) -> Response:
    """One improvement: all of its words, and what happened when."""
    found = queries.by_slug(slug) if rules.is_slug(slug) else None
    if found is None or found.published_at is None:
        raise NotFound
    if not found.public:
        raise Gone(_("We took this off our site."))
    body = render_template(
        "public/improvements/entry.html",
        entry=entries.entries([found], _locale())[0],
        steps=entries.steps(queries.history_of(found.id)),
        preview=False,
    )
    return _kept(body)


@public.get("/improvements/feed.atom")
def atom() -> Response:
    return _kept(feeds.atom(_feed("improvements.atom"), _newest(FEED_SIZE)), "application/atom+xml")


@public.get("/improvements/feed.json")
def json_feed() -> Response:
    body = feeds.written(feeds.json_feed(_feed("improvements.json_feed"), _newest(FEED_SIZE)))
    return _kept(body, "application/feed+json")


@public.get("/improvements.json")
def data() -> Response:
    """The newest entries for a script on another page; only pages of the origins that are listed may read it."""
    limit = _limit(EMBED_SIZE, FEED_SIZE)
    category = request.args.get("category", "").strip()
    found = {
        "title": _("You said, we did"),
        "locale": _locale(),
        "url": links.public("improvements.listing"),
        "total": queries.public_count(category),
        "words": {"you_said": _("You said"), "we_did": _("We did"), "all": _all_words(queries.public_count())},
        "items": [_item(one) for one in _newest(limit, category)],
    }
    response = _kept(feeds.written(found), "application/json")
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin and origin in (*settings().embed_origins, settings().public_url):
        response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@public.get("/embed/improvements")
def embed() -> Response:
    """The newest entries for a frame in another page, in the colours that this page asks for."""
    web.allow("frame-ancestors", "'self'", *settings().embed_origins)
    theme = request.args.get("theme", "auto")
    category = request.args.get("category", "").strip()
    body = render_template(
        "public/improvements/embed.html",
        entries=_newest(_limit(EMBED_SIZE, LARGEST_EMBED), category, framed=True),
        all_words=_all_words(queries.public_count()),
        theme=theme if theme in ("auto", "light", "dark") else "auto",
        accent=_accent(request.args.get("accent")),
        asked=_asked_language(),
    )
    return _kept(body)


@public.get("/embed.js")
def embed_script() -> Response:
    """The script that places the frame; any page may load it."""
    script = (Path(current_app.static_folder or "") / "js" / "embed.js").read_bytes()
    response = answers.for_everybody(script, "text/javascript", fresh_s=_SCRIPT_FRESH_S)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _locale() -> str:
    return settings().pick_locale(str(get_locale()))


def _asked_language() -> str:
    """The language that the address asks for; empty where the browser decided."""
    asked = request.args.get("lang") or request.args.get("locale", "")
    return asked if asked in settings().locales else ""


def _row_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _limit(usual: int, most: int) -> int:
    return min(max(_row_id(request.args.get("limit", "")) or usual, 1), most)


def _accent(given: str | None) -> str | None:
    try:
        return brand.parse(given if given.startswith("#") else f"#{given}") if given else None
    except ValueError:
        return None


def _newest(limit: int, category: str = "", *, framed: bool = False) -> list[Entry]:
    return entries.entries(queries.public_list(category, None, None, limit), _locale(), framed=framed)


def _all_words(total: int) -> str:
    return _("All %(number)s improvements", number=formats.number(total)) if total > 1 else _("You said, we did")


def _feed(endpoint: str) -> feeds.Feed:
    return feeds.Feed(
        title=f"{_('You said, we did')} – {settings().organisation}",
        author=settings().organisation,
        locale=_locale(),
        home=links.public("improvements.listing"),
        address=links.public(endpoint, lang=request.args.get("lang")),
    )


def _item(one: Entry) -> dict[str, Any]:
    people = _("%(number)s people said this", number=formats.number(one.people)) if one.people else None
    return {
        "id": str(one.id),
        "url": one.url,
        "lang": one.lang,
        "you_said": one.said_plain,
        "we_did": one.did_plain,
        "status": one.status,
        "status_words": str(words.STATUSES[one.status]),
        "category": one.category,
        "date": one.at.date().isoformat(),
        "date_words": formats.date_plain(one.at),
        "people": one.people,
        "people_words": people,
    }


def _kept(body: str | bytes, mimetype: str = "text/html") -> Response:
    """The answer that everybody may keep for a moment, and is asked for again only as 'is it still this?'."""
    return answers.for_everybody(body, mimetype)
