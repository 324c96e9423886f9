"""Stories in public: the list, one story, the feeds, what other sites embed, and the pictures. No cookie."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from feedbackloop.ambassadors import story_entries as entries
from feedbackloop.ambassadors import story_queries as queries
from feedbackloop.ambassadors import story_sharing as sharing
from feedbackloop.ambassadors import story_words as words
from feedbackloop.ambassadors.story_entries import Entry
from feedbackloop.config import settings
from feedbackloop.core import embedding, feeds, formats, links, picture, public_pages
from feedbackloop.core.errors import BadInput, NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.core.public_pages import asked_language, kept, locale
from feedbackloop.extensions import csrf

PAGE_SIZE = 20
FEED_SIZE = 50
_CATEGORY_LIMIT = 100

public = Blueprint("stories", __name__)
csrf.exempt(public)
public.before_request(public_pages.choose_language)


@public.get("/stories/")
def listing() -> Response:
    """Stories that their people agreed to, chosen by us, the newest first; filter and place are in the address."""
    category, given = request.args.get("category", "").strip(), request.args.get("after", "").strip()
    after = row_id(given)
    wrong: dict[str, list[str]] = {}
    if len(category) > _CATEGORY_LIMIT:
        wrong["category"] = [_("Category: at most %(number)s characters.", number=_CATEGORY_LIMIT)]
    if given and after is None:
        wrong["after"] = [_("After: the number of a story.")]
    if wrong:
        raise BadInput(fields=wrong)
    found = queries.public_list(category, "", after, PAGE_SIZE + 1)
    shown = entries.entries(found[:PAGE_SIZE])
    body = render_template(
        "public/stories/list.html",
        entries=shown,
        categories=queries.public_categories(),
        category=category,
        first=after is None,
        older=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
        asked=asked_language(),
        head=sharing.of_list(shown, whole=not category and after is None),
    )
    return kept(body)


@public.get("/stories/<slug>")
def one(slug: str) -> Response:
    """One story, at an address of its own."""
    found = _found(slug)
    body = render_template("public/stories/one.html", entry=found, asked=asked_language(), head=sharing.of_story(found))
    return kept(body)


@public.get("/stories/<slug>/picture.png")
def story_picture(slug: str) -> Response:
    """The picture of one story."""
    return kept(picture.said_png(sharing.card(_found(slug))), "image/png")


@public.get("/stories/picture.png")
def list_picture() -> Response:
    """The picture of all of them."""
    return kept(picture.png(sharing.list_card()), "image/png")


@public.get("/stories/feed.atom")
def atom() -> Response:
    body = feeds.atom(_feed("stories.atom"), [_feed_item(found) for found in _newest(FEED_SIZE)])
    return public_pages.open_to_all(kept(body, "application/atom+xml"))


@public.get("/stories/feed.json")
def json_feed() -> Response:
    body = feeds.json_feed(_feed("stories.json_feed"), [_feed_item(found) for found in _newest(FEED_SIZE)])
    return public_pages.open_to_all(kept(feeds.written(body), "application/feed+json"))


@public.get("/stories.json")
def data() -> Response:
    """The newest stories for a script on another page; only pages of the origins that are listed may read it."""
    wishes = embedding.read(request.args, queries.public_categories(), FEED_SIZE)
    found = {
        "title": sharing.title(),
        "locale": locale(),
        "url": links.public("stories.listing"),
        "ignored": list(wishes.ignored),
        "words": {"chosen": words.chosen(), "all": _("All stories")},
        "items": [_item(found) for found in _newest(wishes.limit, wishes.category)],
    }
    return public_pages.for_listed_origins(kept(feeds.written(found), "application/json"))


@public.get("/embed/stories")
def embed() -> Response:
    """The newest stories for a frame in another page, in the colours that this page asks for."""
    public_pages.may_be_framed()
    wishes = embedding.read(request.args, queries.public_categories())
    body = render_template(
        "public/stories/embed.html",
        entries=_newest(wishes.limit, wishes.category),
        theme=wishes.theme,
        accent=wishes.accent,
        ignored=wishes.ignored,
        asked=asked_language(),
    )
    return kept(body)


def _found(slug: str) -> Entry:
    found = queries.public_story(slug) if len(slug) <= 120 else None
    if found is None:
        raise NotFound
    return entries.entries([found])[0]


def _newest(limit: int, category: str = "") -> list[Entry]:
    return entries.entries(queries.public_list(category, "", None, limit))


def _feed(endpoint: str) -> feeds.Feed:
    return feeds.Feed(
        title=f"{sharing.title()} – {settings().organisation}",
        author=settings().organisation,
        locale=locale(),
        home=links.public("stories.listing"),
        address=links.public(endpoint, lang=request.args.get("lang")),
    )


def _feed_item(found: Entry) -> feeds.Item:
    return feeds.Item(
        url=found.url,
        lang=found.lang,
        title=found.heading,
        html=entries.snippet(found),
        published_at=found.published_at,
        updated_at=found.updated_at,
        tags=(found.category,) if found.category else (),
    )


def _item(found: Entry) -> dict[str, Any]:
    return {
        "id": str(found.id),
        "url": found.url,
        "lang": found.lang,
        "kind": found.kind,
        "title": found.title,
        "text": found.text,
        "name": found.name,
        "by": found.by,
        "chosen": words.chosen(),
        "category": found.category,
        "date": found.published_at.date().isoformat(),
        "date_words": formats.date_plain(found.published_at),
    }
