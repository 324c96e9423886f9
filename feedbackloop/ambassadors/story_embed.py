"""The lines of HTML that show stories on the company's own site, ready to copy."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.ambassadors import story_queries as queries
from feedbackloop.ambassadors.story_staff import READERS, staff
from feedbackloop.config import settings
from feedbackloop.core import access, links, snippets, web
from feedbackloop.core.snippets import SnippetForm


@staff.get("/embed")
@access.requires(*READERS)
def snippet() -> str:
    """The snippet, and how it looks: drawn by the very script that it names. A wish that is wrong is left out."""
    form = SnippetForm(request.args)
    form.offer(queries.public_categories())
    if request.args:
        form.validate()
    wishes = snippets.wishes(form)
    web.allow("frame-src", "'self'")
    script = links.public("improvements.embed_script")
    page = links.public("stories.listing", lang=wishes.get("locale"))
    return render_template(
        "staff/stories/embed.html",
        form=form,
        wishes=wishes,
        frame=snippets.frame(url_for("stories.embed"), wishes),
        snippet=snippets.html("stories", script, page, _("Read stories of customers, chosen by us"), wishes),
        origins=settings().embed_origins,
    )
