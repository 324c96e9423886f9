"""The standing page 'how we handle complaints'. It says what this installation does, by the settings in force."""

from __future__ import annotations

from flask import Response, render_template
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import formats
from feedbackloop.improvements import scoreboard, sharing
from feedbackloop.improvements.site import asked_language, kept, locale, public
from feedbackloop.reviews import queries as reviews
from feedbackloop.reviews import rules as review_rules


@public.get("/improvements/how-we-handle-complaints")
def handling() -> Response:
    """What happens after a complaint, what follows from each answer, and the numbers of how it went."""
    found = settings()
    title = _("How we handle complaints")
    places = reviews.fitting(locale(), reviews.destinations())
    audience, offered = review_rules.offer(places)
    body = render_template(
        "public/improvements/handling.html",
        title=title,
        head=sharing.of_page(
            title, _("What happens after a complaint, step by step, and how often it works."), "improvements.handling"
        ),
        at_once=found.check_in_delay.total_seconds() == 0,
        check_in_delay=formats.duration(found.check_in_delay),
        reminder_delay=formats.duration(found.reminder_delay) if found.reminder_delay else None,
        frequency_cap=formats.duration(found.frequency_cap) if found.frequency_cap else None,
        link_life=formats.duration(found.link_life),
        deadline=formats.working_time(found.recovery_deadline),
        review_at_once=found.review_delay.total_seconds() == 0,
        review_delay=formats.duration(found.review_delay),
        review_limit=formats.duration(found.review_limit),
        audience=audience if offered else None,
        own_reviews=any(one.kind == "own" for one in offered),
        contact=(found.reply_to or found.sender).address,
        score=scoreboard.scoreboard(),
        asked=asked_language(),
    )
    return kept(body)
