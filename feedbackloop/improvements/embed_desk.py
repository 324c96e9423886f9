"""The line of HTML for the company's own site: made from a few wishes, shown live, ready to copy."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import access, links, snippets, web
from feedbackloop.core.snippets import SnippetForm
from feedbackloop.improvements import queries
from feedbackloop.improvements.desk import READERS, staff


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
    log = links.public("improvements.listing", lang=wishes.get("locale"))
    return render_template(
        "staff/improvements/embed.html",
        form=form,
        wishes=wishes,
        frame=snippets.frame(url_for("improvements.embed"), wishes),
        snippet=snippets.html("improvements", script, log, _("Read what customers said and what we did"), wishes),
        origins=settings().embed_origins,
    )
