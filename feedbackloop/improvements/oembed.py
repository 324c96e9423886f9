"""oEmbed (oembed.com): what a page shows where somebody pastes an address of the log. JSON alone.

The HTML is a quotation with links: it needs no frame and no script, so it stands on any site, and in any editor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from feedbackloop.ambassadors import story_entries, story_queries
from feedbackloop.config import settings
from feedbackloop.core.errors import AppError, BadInput, NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.core.text import shorten
from feedbackloop.improvements import entries, queries, rules, words
from feedbackloop.improvements.entries import Entry
from feedbackloop.improvements.models import Improvement

WIDTH, LINE, NARROWEST = 600, 24, 100
SHOWN = 3
_LONGEST = 400
# A story may be taken back: whoever keeps a copy of it asks again soon.
_KEPT_FOR_S, _STORY_KEPT_FOR_S = 3600, 60


class OtherFormat(AppError):
    """oEmbed's own status for a format that is not given."""

    status = 501
    title = _l("This format is not given")
    message = _l("Only JSON is given here: format=json.")


def answer(asked: Mapping[str, str], locale: str) -> dict[str, Any]:
    """The answer for `url`, at most `maxwidth` by `maxheight`.

    Raises NotFound for what is no public page of the log, OtherFormat, and BadInput for a number that is none: 404, 501
    and 400, as oEmbed wants it.
    """
    if asked.get("format", "json").lower() != "json":
        raise OtherFormat
    width, height = _most(asked, "maxwidth"), _most(asked, "maxheight")
    if not asked.get("url"):
        raise BadInput(fields={"url": ["must be the address of a page of the log, or of a story"]})
    story = _story(asked["url"])
    if story is not None:
        return _answer(story.heading, Markup(story_entries.snippet(story)), width, height, _STORY_KEPT_FOR_S)  # noqa: S704
    found, category, lang = _opened(asked["url"])
    shown = entries.entries(found, lang or locale)
    if not shown and category is None:
        raise NotFound
    html = _quoted(shown, asked["url"] if category is not None else None)
    return _answer(shown[0].said if category is None else _("You said, we did"), html, width, height)


def _answer(
    title: str, html: Markup, width: int | None, height: int | None, kept_for: int = _KEPT_FOR_S
) -> dict[str, Any]:
    wide = min(WIDTH, width or WIDTH)
    return {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": settings().organisation,
        "provider_url": settings().public_url,
        "author_name": settings().organisation,
        "cache_age": kept_for,
        "width": wide,
        "height": min(_height(html, wide), height or 10**6),
        "html": str(html),
    }


def _most(asked: Mapping[str, str], name: str) -> int | None:
    given = asked.get(name, "")
    number = row_id(given)
    if given and not number:
        raise BadInput(fields={name: ["must be a whole number of pixels"]})
    return number


def _story(address: str) -> story_entries.Entry | None:
    """The public story behind an address of ours; None for any other page of ours."""
    endpoint, values, _query = _matched(address)
    found = story_queries.public_story(values["slug"]) if endpoint == "stories.one" else None
    if endpoint == "stories.one" and found is None:
        raise NotFound
    return story_entries.entries([found])[0] if found is not None else None


def _opened(address: str) -> tuple[list[Improvement], str | None, str]:
    """The improvements behind an address of ours, the category where it is the list, and the language it asks for."""
    endpoint, values, query = _matched(address)
    asked = query.get("lang", "")
    lang = asked if asked in settings().locales else ""
    if endpoint == "improvements.listing":
        category = query.get("category", "")
        return queries.public_list(category, query.get("status", ""), None, SHOWN), category, lang
    if endpoint == "improvements.entry" and rules.is_slug(values["slug"]):
        one = queries.by_slug(values["slug"])
        if one is not None and one.public:
            return [one], None, lang
    raise NotFound


def _matched(address: str) -> tuple[str, Mapping[str, Any], dict[str, str]]:
    """The endpoint, values and query of an address of ours; raises NotFound for any other."""
    base = urlsplit(settings().public_url)
    try:
        parts = urlsplit(address.strip())
        if (parts.scheme, parts.netloc.lower()) != (base.scheme, base.netloc.lower()):
            raise NotFound
        adapter = current_app.url_map.bind(base.netloc, url_scheme=base.scheme)
        endpoint, values = adapter.match(parts.path, method="GET")
        return endpoint, values, {name: found[0] for name, found in parse_qs(parts.query).items()}
    except (ValueError, HTTPException, RequestRedirect):
        raise NotFound from None


def _quoted(shown: list[Entry], log: str | None) -> Markup:
    parts = [_one(entry) for entry in shown]
    if log is not None:
        parts.append(Markup('<p><a href="{}">{}</a></p>').format(log, _("You said, we did")))
    return Markup("\n").join(parts)


def _one(entry: Entry) -> Markup:
    return Markup(
        '<blockquote cite="{url}" lang="{lang}"><p><strong>{you_said}</strong> <a href="{url}">{said}</a></p>'
        "<p><strong>{we_did}</strong> {did}</p><p>{status}</p></blockquote>"
    ).format(
        url=entry.url,
        lang=entry.lang,
        you_said=_("You said"),
        said=entry.said,
        we_did=_("We did"),
        did=Markup("<br>").join(escape(line) for line in shorten(entry.did_plain, _LONGEST).splitlines() if line),
        status=words.STATUSES[entry.status],
    )


def _height(html: Markup, width: int) -> int:
    """About how high it becomes: what is asked for is a number, and the page around it decides on its letters."""
    letters = max(width, NARROWEST) // 8
    paragraphs = html.split("</p>")
    return sum(LINE * (1 + len(one.striptags()) // letters) + LINE // 2 for one in paragraphs[:-1]) + LINE
