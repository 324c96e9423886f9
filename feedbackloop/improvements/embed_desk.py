"""The line of HTML for the company's own site: made from a few wishes, shown live, ready to copy."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import access, links, web
from feedbackloop.improvements import queries
from feedbackloop.improvements.desk import READERS, staff
from feedbackloop.improvements.forms import SnippetForm

# Their first choice is what happens without the attribute.
_USUAL = {"limit": "5", "theme": "auto", "mode": "frame"}


@staff.get("/embed")
@access.requires(*READERS)
def snippet() -> str:
    """The snippet, and how it looks: drawn by the very script that it names. A wish that is wrong is left out."""
    form = SnippetForm(request.args)
    form.offer(queries.public_categories())
    if request.args:
        form.validate()
    chosen = {field.name: field.data or "" for field in form if not field.errors}
    wishes = {name: value for name, value in chosen.items() if value and _USUAL.get(name) != value}
    web.allow("frame-src", "'self'")
    framed = {name: value for name, value in wishes.items() if name != "mode"}
    return render_template(
        "staff/improvements/embed.html",
        form=form,
        wishes=wishes,
        frame=f"{url_for('improvements.embed')}?{urlencode(framed)}#framed",
        snippet=_snippet(wishes),
        origins=settings().embed_origins,
    )


def _snippet(wishes: Mapping[str, str]) -> str:
    """The HTML to copy; a link stands in for the entries where no script runs."""
    script = links.public("improvements.embed_script")
    log = links.public("improvements.listing", lang=wishes.get("locale"))
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in wishes.items())
    words = escape(_("Read what customers said and what we did"))
    return (
        f'<script src="{script}" data-feedbackloop="improvements"{data} async></script>\n'
        f'<noscript><a href="{escape(log)}">{words}</a></noscript>'
    )
