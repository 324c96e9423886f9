"""From an outbox row to its message: the kind's own words, in the recipient's language, under our headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import css_inline
from flask import current_app
from flask_babel import force_locale, get_locale, get_translations
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from feedbackloop.config import Settings, settings
from feedbackloop.core import brand, links
from feedbackloop.mailing.kinds import MailKind
from feedbackloop.mailing.message import Letter, wire_address
from feedbackloop.mailing.queries import Claimed, Recipient
from feedbackloop.setting_types import Mailbox


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Templates and a kind's own words speak this language within the block, whatever other threads speak."""
    # Flask-Babel keeps the language on the request; without one it would lie on the app, which threads share.
    with current_app.test_request_context(base_url=settings().public_url), force_locale(locale):
        yield


def letter(kind: MailKind, mail: Claimed, recipient: Recipient, content: Mapping[str, Any]) -> Letter:
    """The message of one row, within `speaking` of the recipient's language. What a template raises goes through."""
    found = settings()
    opt_out = opt_out_link(kind, mail)
    context = {
        "settings": found,
        "recipient_name": recipient.name,
        "locale": found.pick_locale(recipient.locale),
        "unsubscribe_url": opt_out,
        "colours": brand.mail_colours(found.accent),
        **content,
    }
    subject, text, html = (_render(kind.name, part, context) for part in ("subject.txt", "body.txt", "body.html"))
    return Letter(
        sender=found.sender,
        recipient=Mailbox(recipient.name or "", recipient.address or ""),
        reply_to=found.reply_to,
        message_id=message_id(mail, found),
        subject=subject.strip(),
        text=text.strip() + "\n",
        html=_inliner().inline(html),
        headers=_headers(kind, opt_out),
    )


def message_id(mail: Claimed, found: Settings) -> str:
    """The same on every try, so that a message that arrives twice can be told."""
    return f"{mail.uuid}.{mail.kind}@{wire_address(found.sender.address).rpartition('@')[2]}"


def opt_out_link(kind: MailKind, mail: Claimed) -> str | None:
    """Where the recipient ends mail of this purpose; None for a reply to a person and for mail to colleagues."""
    if kind.purpose is None or mail.customer_id is None:
        return None
    return links.signed("mailing.unsubscribe", "unsubscribe", f"{mail.customer_id}-{kind.purpose}")


@cache
def _inliner() -> css_inline.CSSInliner:
    # No style sheet is ever fetched: a template has none, and a network request while sending would be a surprise.
    return css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)


def _headers(kind: MailKind, opt_out: str | None) -> dict[str, str]:
    headers = {"Auto-Submitted": "auto-generated", "Feedback-ID": f"{kind.name}:feedbackloop"}
    if opt_out is not None:
        headers["List-Unsubscribe"] = f"<{opt_out}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _render(kind: str, part: str, context: Mapping[str, Any]) -> str:
    return _templates(context["locale"]).get_template(f"mail/{kind}/{part}").render(context)


def _templates(locale: str) -> Environment:
    """The app's templates for one language: looking the language up at each word took a tenth of all sending."""
    known: dict[str, Environment] = current_app.extensions.setdefault("feedbackloop.mail_templates", {})
    if locale not in known:
        spoken = get_locale()
        made = current_app.jinja_env.overlay()
        made.globals = {**current_app.jinja_env.globals, **_words_in(get_translations()), "get_locale": lambda: spoken}
        known[locale] = made
    return known[locale]


def _words_in(translations: Any) -> dict[str, Any]:
    """Jinja's `gettext` and `ngettext` for one language; as there, what is put into a sentence is escaped in HTML."""

    @pass_context
    def gettext(context: Context, message: str, **values: Any) -> str:
        said = translations.ugettext(message)
        return (Markup(said) if context.eval_ctx.autoescape else said) % values  # noqa: S704 - our own sentence

    @pass_context
    def ngettext(context: Context, one: str, many: str, num: int, **values: Any) -> str:
        said = translations.ungettext(one, many, num)
        return (Markup(said) if context.eval_ctx.autoescape else said) % {"num": num, **values}  # noqa: S704 - ours

    return {"gettext": gettext, "ngettext": ngettext}
