"""What the public sees of a change: how an entry stood before, when it was corrected, and that one was taken off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, make_response, redirect, render_template, request, url_for

from feedbackloop.core.errors import NotFound
from feedbackloop.core.kept.answers import FRESH_S, for_everybody
from feedbackloop.improvements import entries, queries, rules, versions
from feedbackloop.improvements.models import Improvement, ImprovementText, ImprovementVersion
from feedbackloop.improvements.site import locale, public


@dataclass(frozen=True)
class Correction:
    """That the words changed on a day: what of them, in short, in the language `lang`; `before` is the version that
    stood there until then."""

    at: datetime
    note: str | None
    lang: str
    before: int


@public.get("/improvements/<slug>/versions/<int:number>")
def version(slug: str, number: int) -> Response:
    """An improvement as it stood from one day to another; the newest one is its own page."""
    found = queries.by_slug(slug) if rules.is_slug(slug) else None
    if found is None or found.published_at is None:
        raise NotFound
    if not found.public:
        return gone(found)
    all_of_them = versions.all_of([found.id])[found.id]
    at = next((place for place, one in enumerate(all_of_them) if one.number == number), None)
    if at is None:
        raise NotFound
    if at == len(all_of_them) - 1:
        return make_response(redirect(url_for("improvements.entry", slug=slug, lang=request.args.get("lang")), 302))
    body = render_template(
        "public/improvements/version.html",
        entry=_entry(found, all_of_them[at]),
        since=all_of_them[at].at,
        until=all_of_them[at + 1].at,
    )
    return for_everybody(body)


def gone(improvement: Improvement) -> Response:
    """The page that stays at the address of what was taken off: that it is gone, and since when; none of its words."""
    body = render_template(
        "public/improvements/gone.html", since=improvement.unpublished_at, asked=request.args.get("lang")
    )
    response = make_response(body, 410)
    # It may be put back: then everybody sees it as soon as any other change.
    response.headers["Cache-Control"] = f"public, max-age={FRESH_S}"
    response.vary.add("Accept-Language")
    return response


def shown(improvement: Improvement, locale: str) -> list[Correction]:
    """The corrections of what is public, the newest first."""
    found = []
    for one in versions.all_of([improvement.id])[improvement.id]:
        if one.corrects:
            notes = one.notes or {}
            lang = rules.shown_language(locale, one.locale, notes) if notes else locale
            found.append(Correction(one.at, notes.get(lang), lang, one.number - 1))
    return found[::-1]


def _entry(improvement: Improvement, version: ImprovementVersion) -> entries.Entry:
    lang = rules.shown_language(locale(), version.locale, version.texts)
    stood = Improvement(
        id=improvement.id,
        slug=improvement.slug,
        status=version.status,
        category=improvement.category,
        locale=version.locale,
        news_at=version.at,
        published_at=improvement.published_at,
        updated_at=version.at,
    )
    return entries.entry(stood, ImprovementText(locale=lang, **version.texts[lang]), 0)
