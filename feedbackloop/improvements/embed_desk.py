"""The line of HTML for the company's own site: made from a few wishes, shown live, ready to copy."""

from __future__ import annotations

from flask import render_template
from flask_babel import gettext as _

from feedbackloop.core import access, snippets
from feedbackloop.improvements import queries
from feedbackloop.improvements.desk import READERS, staff


@staff.get("/embed")
@access.requires(*READERS)
def snippet() -> str:
    """The snippet, and how it looks: drawn by the very script that it names."""
    shown = snippets.page("improvements", queries.public_categories(), _("Read what customers said and what we did"))
    return render_template("staff/improvements/embed.html", **shown)
