"""The lines of HTML for the company's own site, made from a few wishes: for whatever of ours can be embedded."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, ValidationError

from feedbackloop.config import settings
from feedbackloop.core import brand, links, web
from feedbackloop.core.fields import Clean, PageForm

# Their first choice is what happens without the attribute.
_USUAL = {"limit": "5", "theme": "auto", "mode": "frame"}
_LANGUAGES = {"nl": "Nederlands", "en": "English"}


class SnippetForm(PageForm):
    """How the embed is to look; asked by GET, because nothing is kept."""

    class Meta:
        csrf = False

    locale = SelectField(_l("Language"), default="")
    limit = SelectField(_l("How many"), choices=[("3", "3"), ("5", "5"), ("10", "10"), ("20", "20")], default="5")
    category = SelectField(_l("Category"), default="")
    theme = SelectField(_l("Colours"), default="auto")
    accent = StringField(_l("Accent colour"), [Clean(7)])
    mode = SelectField(_l("Way"), default="frame")

    def validate_accent(self, field: Any) -> None:
        try:
            field.data = brand.parse(field.data) if field.data else None
        except ValueError:
            raise ValidationError(_("This is no colour. It looks like #a8571b.")) from None

    def offer(self, categories: list[str]) -> None:
        languages = [(one, _LANGUAGES.get(one, one)) for one in settings().locales]
        self.locale.choices = [("", _("As the visitor’s browser")), *languages]
        self.category.choices = [("", _("All")), *((one, one) for one in categories)]
        self.theme.choices = [("auto", _("As the page around it")), ("light", _("Light")), ("dark", _("Dark"))]
        self.mode.choices = [("frame", _("A frame")), ("inline", _("Drawn in the page itself"))]


def wishes(form: SnippetForm) -> dict[str, str]:
    """What differs from what happens without a wish. A wish that is wrong is left out."""
    chosen = {field.name: field.data or "" for field in form if not field.errors}
    return {name: value for name, value in chosen.items() if value and _USUAL.get(name) != value}


def page(what: str, categories: list[str], words: str) -> dict[str, Any]:
    """What a page shows that makes the lines for `what` (the name of its public pages), as the address asks for them;
    `words` are of the link that stands in where no script runs. A wish that is wrong is left out."""
    form = SnippetForm(request.args)
    form.offer(categories)
    if request.args:
        form.validate()
    wished = wishes(form)
    web.allow("frame-src", "'self'")
    script = links.public("improvements.embed_script")
    listing = links.public(f"{what}.listing", lang=wished.get("locale"))
    return {
        "form": form,
        "wishes": wished,
        "frame": frame(url_for(f"{what}.embed"), wished),
        "snippet": html(what, script, listing, words, wished),
        "origins": settings().embed_origins,
    }


def frame(address: str, wished: Mapping[str, str]) -> str:
    """The address of the frame itself."""
    framed = {name: value for name, value in wished.items() if name != "mode"}
    return f"{address}?{urlencode(framed)}#framed"


def html(what: str, script: str, page: str, words: str, wished: Mapping[str, str]) -> str:
    """The HTML to copy; a link to the page stands in for what it shows where no script runs."""
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in wished.items())
    return (
        f'<script src="{script}" data-feedbackloop="{what}"{data} async></script>\n'
        f'<noscript><a href="{escape(page)}">{escape(words)}</a></noscript>'
    )
