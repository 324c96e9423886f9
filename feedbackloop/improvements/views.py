"""The public log: the list, an entry, the feeds, and what other sites embed. No cookie, and kept in memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, render_template, request
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import embedding, feeds, formats, links, public_pages
from feedbackloop.core.errors import BadInput, NotFound
from feedbackloop.core.kept import answers
from feedbackloop.improvements import (
    corrections,
    desk,
    effect_words,
    effects,
    embed_desk,
    entries,
    evidence_desk,
    follow_desk,
    follow_pages,
    gate_desk,
    handling,
    keeping,
    oembed,
    picking_desk,
    queries,
    rules,
    score_words,
    scoreboard,
    searching,
    sharing,
    sitemap,
    telling_desk,
    told,
    words,
    writing,
)
from feedbackloop.improvements.entries import Entry
from feedbackloop.improvements.site import asked_language, kept, locale, public

PAGE_SIZE = 20
FEED_SIZE = 50
_SCRIPT_FRESH_S = 3600

# The pages of these modules put themselves beside those of the desk, or beside those of the log.
__all__ = [
    "embed_desk",
    "evidence_desk",
    "follow_desk",
    "gate_desk",
    "handling",
    "picking_desk",
    "public",
    "register",
    "sharing",
    "staff",
    "telling_desk",
    "writing",
]

staff = desk.staff


def register(app: Flask) -> None:
    """Adds the pages that mails lead to, what search engines read first, and what templates ask for."""
    for more in (told.pages, follow_pages.pages, sitemap.pages):
        app.register_blueprint(more)
    app.jinja_env.globals.update(effect_of=effects.of_one, effect_words=effect_words, score_words=score_words)
    keeping.register(app)


@public.get("/improvements/")
def listing() -> Response:
    """What people said and what was done, the newest first; filters and place are in the address."""
    asked = _asked()
    among = searching.matching(asked.words) if asked.words else None
    found = queries.public_list(asked.category, asked.status, asked.after, PAGE_SIZE + 1, among)
    shown = found[:PAGE_SIZE]
    described = entries.entries(shown, locale(), measured=True)
    body = render_template(
        "public/improvements/list.html",
        entries=described,
        total=queries.public_count(asked.category, asked.status, among),
        all_of_them=queries.public_count(),
        categories=queries.public_categories(),
        chosen=asked,
        statuses=words.STATUSES,
        score=scoreboard.scoreboard().year,
        older=shown[-1].id if len(found) > PAGE_SIZE else None,
        asked=asked_language(),
        head=sharing.of_list(described, whole=not asked.is_a_part),
    )
    return kept(body)


@public.get("/improvements/<slug>")
def entry(slug: str) -> Response:
    """One improvement: all of its words, and what happened when."""
    found = queries.by_slug(slug) if rules.is_slug(slug) else None
    if found is None or found.published_at is None:
        raise NotFound
    if not found.public:
        return corrections.gone(found)
    (described,) = entries.entries([found], locale(), measured=True)
    body = render_template(
        "public/improvements/entry.html",
        entry=described,
        steps=entries.steps(queries.history_of(found.id)),
        corrections=corrections.shown(found, locale()),
        preview=False,
        head=sharing.of_entry(described, [one.locale for one in found.texts]),
    )
    return kept(body)


@public.get("/improvements/feed.atom")
def atom() -> Response:
    return public_pages.open_to_all(kept(feeds.atom(_feed("improvements.atom"), _feed_items()), "application/atom+xml"))


@public.get("/improvements/feed.json")
def json_feed() -> Response:
    body = feeds.written(feeds.json_feed(_feed("improvements.json_feed"), _feed_items()))
    return public_pages.open_to_all(kept(body, "application/feed+json"))


@public.get("/oembed.json")
def quotation() -> Response:
    """What another page shows where an address of the log is pasted (oEmbed)."""
    return public_pages.open_to_all(kept(feeds.written(oembed.answer(request.args, locale())), "application/json"))


@public.get("/improvements.json")
def data() -> Response:
    """The newest entries for a script on another page; only pages of the origins that are listed may read it."""
    wishes = embedding.read(request.args, queries.public_categories(), FEED_SIZE)
    found = {
        "title": _("You said, we did"),
        "locale": locale(),
        "url": links.public("improvements.listing"),
        "total": queries.public_count(wishes.category),
        "ignored": list(wishes.ignored),
        "words": {"you_said": _("You said"), "we_did": _("We did"), "all": _all_words(queries.public_count())},
        "items": [_item(one) for one in _newest(wishes.limit, wishes.category)],
    }
    return public_pages.for_listed_origins(kept(feeds.written(found), "application/json"))


@public.get("/embed/improvements")
def embed() -> Response:
    """The newest entries for a frame in another page, in the colours that this page asks for."""
    public_pages.may_be_framed()
    wishes = embedding.read(request.args, queries.public_categories())
    body = render_template(
        "public/improvements/embed.html",
        entries=_newest(wishes.limit, wishes.category, framed=True),
        all_words=_all_words(queries.public_count()),
        theme=wishes.theme,
        accent=wishes.accent,
        ignored=wishes.ignored,
        asked=asked_language(),
    )
    return kept(body)


@public.get("/embed.js")
def embed_script() -> Response:
    """The script that places the frame; any page may load it."""
    script = (Path(current_app.static_folder or "") / "js" / "embed.js").read_bytes()
    response = answers.for_everybody(script, "text/javascript", fresh_s=_SCRIPT_FRESH_S)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@dataclass(frozen=True)
class Asked:
    """What the address of the list asks for."""

    category: str
    status: str
    q: str
    words: list[str]
    after: int | None

    @property
    def is_filtered(self) -> bool:
        return bool(self.category or self.status or self.words)

    @property
    def is_a_part(self) -> bool:
        return self.is_filtered or self.after is not None


def _asked() -> Asked:
    """Raises BadInput naming what cannot be read, and what it takes."""
    category, status, q, after = (request.args.get(name, "").strip() for name in ("category", "status", "q", "after"))
    wrong: dict[str, list[str]] = {}
    if len(category) > rules.CATEGORY_LIMIT:
        wrong["category"] = [_("Category: at most %(number)s characters.", number=rules.CATEGORY_LIMIT)]
    if status and status not in words.STATUSES:
        wrong["status"] = [_("Status: one of %(values)s.", values=", ".join(words.STATUSES))]
    if after and _row_id(after) is None:
        wrong["after"] = [_("After: the number of an improvement.")]
    sought = searching.words_of(q)
    if sought is None:
        wrong["q"] = [
            _(
                "Search: at most %(words)s words, and %(number)s characters.",
                words=searching.MOST_WORDS,
                number=searching.LONGEST,
            )
        ]
    if wrong:
        raise BadInput(fields=wrong)
    return Asked(category, status, q, sought or [], _row_id(after))


def _row_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _newest(limit: int, category: str = "", *, framed: bool = False) -> list[Entry]:
    found = queries.public_list(category, None, None, limit)
    return entries.entries(found, locale(), framed=framed, measured=framed)


def _all_words(total: int) -> str:
    return _("All %(number)s improvements", number=formats.number(total)) if total > 1 else _("You said, we did")


def _feed(endpoint: str) -> feeds.Feed:
    return feeds.Feed(
        title=f"{_('You said, we did')} – {settings().organisation}",
        author=settings().organisation,
        locale=locale(),
        home=links.public("improvements.listing"),
        address=links.public(endpoint, lang=request.args.get("lang")),
    )


def _feed_items() -> list[feeds.Item]:
    return [
        feeds.Item(
            url=one.url,
            lang=one.lang,
            title=one.said,
            html=str(one.said_more + one.did),
            published_at=one.published_at,
            updated_at=one.updated_at,
            tags=(one.category,) if one.category else (),
        )
        for one in _newest(FEED_SIZE)
    ]


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
