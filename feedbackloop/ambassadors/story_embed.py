"""The lines of HTML that show stories on the company's own site, ready to copy."""

from __future__ import annotations

from flask import render_template
from flask_babel import gettext as _

from feedbackloop.ambassadors import story_queries as queries
from feedbackloop.ambassadors.story_staff import READERS, staff
from feedbackloop.core import access, snippets


@staff.get("/embed")
@access.requires(*READERS)
def snippet() -> str:
    """The snippet, and how it looks: drawn by the very script that it names."""
    shown = snippets.page("stories", queries.public_categories(), _("Read stories of customers, chosen by us"))
    return render_template("staff/stories/embed.html", **shown)
