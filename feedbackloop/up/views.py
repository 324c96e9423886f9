"""The local mailbox at /mailbox/, and a stranger's page with the embed. They exist only while mail stays here."""

from __future__ import annotations

import re
from html import escape

from flask import Blueprint, Flask, Response, make_response, render_template, request
from markupsafe import Markup

from feedbackloop.config import settings
from feedbackloop.core import web
from feedbackloop.core.errors import NotFound
from feedbackloop.extensions import csrf
from feedbackloop.up import mailbox

public = Blueprint("mailbox", __name__)
csrf.exempt(public)

PAGE = 50
_LINK = re.compile(r"https?://[^\s<>\"]+")
# A mail's own inline styles are shown as a mail program shows them: in a frame without scripts, forms or pictures.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)


def register(app: Flask) -> None:
    app.register_blueprint(public)


@public.get("/mailbox/")
def listing() -> str:
    instance = settings().instance
    ids = mailbox.ids(instance)
    before = request.args.get("before", "")
    older = [one for one in ids if one < before] if before.isdecimal() else ids
    page = older[:PAGE]
    return render_template(
        "up/mailbox.html",
        entries=list(mailbox.entries(instance, page)),
        total=len(ids),
        older=page[-1] if len(older) > PAGE else None,
        newer=bool(before),
    )


@public.get("/mailbox/<message_id>")
def message(message_id: str) -> str:
    found = mailbox.read(settings().instance, message_id)
    if found is None:
        raise NotFound
    web.allow("frame-src", "'self'")
    shown = ("From", "Reply-To", "To")
    return render_template(
        "up/message.html",
        id=message_id,
        subject=str(found["Subject"] or ""),
        headers=[(name, str(found[name])) for name in shown if found[name]],
        all_headers=[(name, str(value)) for name, value in found.items()],
        received_at=mailbox.received_at(message_id),
        text=linked(mailbox.part(found, "plain")),
        has_html=bool(mailbox.part(found, "html")),
    )


@public.get("/mailbox/<message_id>/html")
def html(message_id: str) -> Response:
    found = mailbox.read(settings().instance, message_id)
    body = mailbox.part(found, "html") if found is not None else ""
    if not body:
        raise NotFound
    # Links leave the frame, as they leave a mail program.
    response = make_response(re.sub(r"<head>", '<head><base target="_top">', body, count=1))
    response.headers["Content-Security-Policy"] = _MAIL_POLICY
    return response


@public.get("/mailbox/<message_id>/source")
def source(message_id: str) -> Response:
    found = mailbox.read(settings().instance, message_id)
    if found is None:
        raise NotFound
    response = make_response(found.as_bytes())
    response.mimetype = "text/plain"
    return response


@public.get("/example-site/")
def example_site() -> str:
    web.allow("frame-src", "'self'")
    return render_template("up/example_site.html")


def linked(text: str) -> Markup:
    """Plain text with its addresses as links."""
    parts: list[str] = []
    end = 0
    for match in _LINK.finditer(text):
        parts += [escape(text[end : match.start()]), f'<a href="{escape(match[0])}">{escape(match[0])}</a>']
        end = match.end()
    parts.append(escape(text[end:]))
    return Markup("".join(parts))  # noqa: S704 - every part is escaped above
