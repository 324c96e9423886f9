"""From an outbox row to its message: the kind's own words, in the recipient's language, under our headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import css_inline
from flask import current_app
from flask_babel import force_locale, get_locale, get_translations
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from feedbackloop.config import Settings, settings
from feedbackloop.core import brand, clock, links
from feedbackloop.mailing import tracing
from feedbackloop.mailing.compiling import Family, Words
from feedbackloop.mailing.kinds import MailKind
from feedbackloop.mailing.message import Letter, Unsendable, build, framed, head, more_lines, plain_header, wire_address
from feedbackloop.mailing.queries import Claimed, Recipient
from feedbackloop.setting_types import Mailbox

# Kinds, languages and the sets of names that contents have: a bound that is never met.
_MOST_FAMILIES = 200
# Stands for an address where those of all mails go.
_SOME = "some:address"


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Templates and a kind's own words speak this language within the block, whatever other threads speak."""
    # Flask-Babel keeps the language on the request; without one it would lie on the app, which threads share.
    with current_app.test_request_context(base_url=settings().public_url), force_locale(locale):
        yield


@dataclass(slots=True)
class Composed:
    """A message ready to go: the address as SMTP speaks it, and the bytes."""

    address: str
    content: bytes


def compose(kind: MailKind, mail: Claimed, recipient: Recipient, content: Mapping[str, Any]) -> Composed:
    """The message of one row, within `speaking` of the recipient's language: compiled, or else the slow way.

    Raises Unsendable. What a template raises goes through.
    """
    post = _post()
    found = post.settings
    opt_out = opt_out_link(kind, mail)
    values = {"recipient_name": recipient.name, "unsubscribe_url": opt_out, **content}
    locale = found.pick_locale(recipient.locale)
    address = wire_address(recipient.address or "")
    filled = post.family(kind.name, locale, values).fill(
        values,
        lambda: _words(kind.name, _around(found, locale, values), _templates(locale)),
        lambda holes: _words(kind.name, _around(found, locale, holes), _templates(locale, with_holes=True)),
    )
    if filled is None:
        return Composed(address, build(letter(kind, mail, recipient, content), clock.now()))
    subject, text, html = filled
    identity = message_id(mail, post)
    more = _more_lines(kind.name, opt_out) + more_lines(post.marks(mail.uuid))
    first = head(found.sender, recipient.name, address, found.reply_to, subject, clock.now(), identity, more)
    return Composed(address, framed(first, identity, text, html))


def letter(kind: MailKind, mail: Claimed, recipient: Recipient, content: Mapping[str, Any]) -> Letter:
    """What the message of one row says, within `speaking` of the recipient's language; rendered, which is slow.

    What a template raises goes through.
    """
    found = settings()
    opt_out = opt_out_link(kind, mail)
    locale = found.pick_locale(recipient.locale)
    values = {"recipient_name": recipient.name, "unsubscribe_url": opt_out, **content}
    words = _words(kind.name, _around(found, locale, values), _templates(locale))
    return Letter(
        sender=found.sender,
        recipient=Mailbox(recipient.name or "", recipient.address or ""),
        reply_to=found.reply_to,
        message_id=message_id(mail, _post()),
        subject=words.subject,
        text=words.text,
        html=words.html,
        headers={**_headers(kind.name, opt_out), **_post().marks(mail.uuid)},
    )


def said(locale: str, kind: MailKind, mail: Claimed, recipient: Recipient, content: Mapping[str, Any]) -> Letter:
    """As `letter`, outside of `speaking`."""
    with speaking(locale):
        return letter(kind, mail, recipient, content)


def message_id(mail: Claimed, post: _Post) -> str:
    """The same on every try, so that a message that arrives twice can be told."""
    return f"{mail.uuid}.{mail.kind}@{post.domain}"


def opt_out_link(kind: MailKind, mail: Claimed) -> str | None:
    """Where the recipient ends mail of this purpose; None for a reply to a person and for mail to colleagues."""
    if kind.way_out is not None:
        return kind.way_out(mail.subject_id)
    if kind.purpose is None or mail.customer_id is None:
        return None
    return links.signed("mailing.unsubscribe", "unsubscribe", f"{mail.customer_id}-{kind.purpose}")


@cache
def _inliner() -> css_inline.CSSInliner:
    # No style sheet is ever fetched: a template has none, and a network request while sending would be a surprise.
    return css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)


def _headers(kind: str, opt_out: str | None) -> dict[str, str]:
    headers = {"Auto-Submitted": "auto-generated", "Feedback-ID": f"{kind}:feedbackloop"}
    if opt_out is not None:
        headers["List-Unsubscribe"] = f"<{opt_out}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


@lru_cache(maxsize=256)
def _same_lines(kind: str) -> tuple[str, str]:
    """What `_headers` says of a kind, as lines before and after the address of its opt-out."""
    before, _, after = more_lines(_headers(kind, _SOME)).partition(_SOME)
    return before, after


def _more_lines(kind: str, opt_out: str | None) -> str:
    if opt_out is None or not plain_header(opt_out):
        return more_lines(_headers(kind, opt_out))
    return opt_out.join(_same_lines(kind))


def _around(found: Settings, locale: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The context of the templates: what is the same in all mail, and the values of this one."""
    return {"settings": found, "locale": locale, "colours": brand.mail_colours(found.accent), **values}


def _words(kind: str, context: Mapping[str, Any], templates: Environment) -> Words:
    subject, text, html = (
        templates.get_template(f"mail/{kind}/{part}").render(context)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    try:
        return Words(subject.strip(), text.strip() + "\n", _inliner().inline(html))
    except UnicodeEncodeError:
        raise Unsendable("control_characters") from None


# Relays that put a Message-ID of their own on a mail; what stands here comes back with what they report of it.
_MARKS = (
    ("mailjet", "X-MJ-CustomID", "{}"),
    ("postmark", "X-PM-Metadata-mail", "{}"),
    ("sparkpost", "X-MSYS-API", '{{"metadata": {{"mail": "{}"}}}}'),
)


class _Post:
    """What is kept between mails, for as long as the settings are the same."""

    def __init__(self, found: Settings, compiled: bool) -> None:
        self.settings = found
        self.domain = wire_address(found.sender.address).rpartition("@")[2]
        self.templates: dict[tuple[str, bool], Environment] = {}
        self._compiled = compiled
        self._families: dict[tuple[str, ...], Family] = {}
        self._marks = [mark for name, *mark in _MARKS if getattr(found, f"mail_hook_{name}")]

    def marks(self, uuid: str) -> dict[str, str]:
        """Headers by which the relays that report to us name this mail; none where none is set."""
        return {header: value.format(uuid) for header, value in self._marks}

    def family(self, kind: str, locale: str, values: Mapping[str, Any]) -> Family:
        """The forms of a kind in one language; of contents with the same names, since a template may ask for those."""
        name = (kind, locale, *values)
        family = self._families.get(name)
        if family is None:
            if len(self._families) >= _MOST_FAMILIES:
                self._families.clear()
            family = self._families.setdefault(name, Family(kind, self._compiled))
        return family


def _post() -> _Post:
    extensions = current_app.extensions
    found: Settings = extensions["feedbackloop.settings"]
    kept: _Post | None = extensions.get("feedbackloop.post")
    if kept is None or kept.settings is not found:
        # Who edits templates sees each change at once.
        compiled = not current_app.jinja_env.auto_reload
        kept = extensions["feedbackloop.post"] = _Post(found, compiled)
    return kept


def _templates(locale: str, *, with_holes: bool = False) -> Environment:
    """The app's templates for one language: looking the language up at each word took a tenth of all sending."""
    known = _post().templates
    name = (locale, with_holes)
    if name not in known:
        spoken, translations = get_locale(), get_translations()
        made = current_app.jinja_env.overlay()
        made.globals = {**current_app.jinja_env.globals, **_words_in(translations), "get_locale": lambda: spoken}
        known[name] = tracing.environment(made, translations) if with_holes else made
    return known[name]


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
