"""What every request and response has in common: hosts, languages, limits, security headers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.routing import IntegerConverter, Map

from feedbackloop.config import Settings, settings
from feedbackloop.core.access import STAFF_COOKIE
from feedbackloop.core.errors import BadInput, wants_json

V = TypeVar("V", bound=Callable[..., Any])

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
HOST_FREE_PATHS = ("/healthz", "/readyz", "/metrics")
PUBLIC_BODY_LIMIT = 64 * 1024
LARGEST_ID = 2**63 - 1

_CSP = {
    "default-src": ["'none'"],
    "style-src": ["'self'"],
    "script-src": ["'self'"],
    "img-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def allow(directive: str, *sources: str) -> None:
    """Widens one directive of this response's Content-Security-Policy: `allow("form-action", "https://reviews.example")`."""
    policy: dict[str, list[str]] = g.setdefault("csp", {})
    policy.setdefault(directive, []).extend(sources)


def select_locale() -> str:
    """The page's language: what the view set for a person, what the address asks, the account's, the browser's."""
    if not has_request_context():
        return settings().default_locale
    offered = settings().locales
    asked = request.args.get("lang", "")
    if asked in offered:
        return asked
    person = g.get("locale") or getattr(g.get("staff"), "locale", None)
    if person:
        return settings().pick_locale(person)
    return request.accept_languages.best_match(offered, offered[0]) or offered[0]


def bound_form() -> None:
    """A `before_request` for pages that anybody can post to: small bodies, and only what is text.

    Raises BadInput for a form in which percent signs hold no UTF-8: it would be kept as the percent signs.
    """
    request.max_content_length = _room_for_files() or PUBLIC_BODY_LIMIT
    if request.mimetype == "application/x-www-form-urlencoded":
        try:
            unquote_to_bytes(request.get_data(cache=True)).decode("utf-8")
        except UnicodeDecodeError:
            raise BadInput from None


def _room_for_files() -> int | None:
    """How large the body may be where the page takes files and this is what a browser sends files in."""
    takes: int | None = getattr(current_app.view_functions.get(request.endpoint or ""), "takes_files", None)
    return takes if request.mimetype == "multipart/form-data" else None


def takes_files(limit: int) -> Callable[[V], V]:
    """A page that takes files: a body with files may be as large as this. For customers' pages with `bound_form`; on a
    staff page it holds for whoever brings a sign-in."""

    def mark(view: V) -> V:
        view.takes_files = limit  # type: ignore[attr-defined]
        return view

    return mark


def trusted_hosts(found: Settings) -> list[str]:
    """PUBLIC_URL's host, and this machine's own names while PUBLIC_URL is one of them."""
    host = urlsplit(found.public_url).hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return list(LOCAL_HOSTS) if shown in LOCAL_HOSTS else [shown]


def is_host(header: str, trusted: Collection[str]) -> bool:
    """Whether a Host header names one of these hosts, whatever its port."""
    host = header.rsplit("@", 1)[-1].lower()
    name = host[: host.rfind("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return name in trusted


def reading_origins(found: Settings) -> tuple[str, ...]:
    """The origins whose pages may read our public JSON: those that are listed, and our own."""
    return (*found.embed_origins, found.public_url)


class _RowId(IntegerConverter):
    """`<int:…>` in an address takes what can be a row's id; a larger number is an unknown page, not an error."""

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(url_map, *args, **{"max": LARGEST_ID, **kwargs})


def register(app: Flask) -> None:
    app.url_map.converters["int"] = _RowId
    app.before_request(_check_request)
    app.after_request(_secure)
    app.context_processor(lambda: {"settings": settings(), "get_locale": get_locale})


def make_room(app: Flask) -> None:
    """Registers first what must happen before anything reads a form; the check of its token does."""
    app.before_request(_make_room)


def _make_room() -> None:
    if STAFF_COOKIE in request.cookies and request.path.startswith("/staff/"):
        request.max_content_length = _room_for_files() or request.max_content_length


def _check_request() -> None:
    trusted = current_app.extensions["feedbackloop.hosts"]
    if request.path not in HOST_FREE_PATHS and not is_host(request.environ.get("HTTP_HOST", ""), trusted):
        raise BadInput(_("This site does not answer under that name."))
    if request.is_json and not wants_json():
        # Flask-WTF would fill a form from it, whatever its shape.
        raise BadInput(_("A page takes a form, not JSON."))
    for name, value in request.args.items(multi=True):
        if "\x00" in value or "\ufffd" in value:
            raise BadInput(fields={name: ["must not hold control characters"]})


def _secure(response: Response) -> Response:
    policy: dict[str, Any] = {**_CSP}
    for directive, sources in g.get("csp", {}).items():
        before = [one for one in policy.get(directive, []) if one != "'none'"]
        policy[directive] = [*before, *sources]
    if "Content-Security-Policy" not in response.headers:
        response.headers["Content-Security-Policy"] = "; ".join(f"{k} {' '.join(v)}" for k, v in policy.items())
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/staff"):
        # The CSRF check over https reads the Referer; it stays on this site.
        response.headers["Referrer-Policy"] = "same-origin"
    if (request.endpoint or "").endswith("static") and response.status_code == 200:
        # An address with `v` names its content.
        kept = "public, max-age=31536000, immutable" if "v" in request.args else "public, max-age=86400"
        response.headers["Cache-Control"] = kept
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
        response.headers.setdefault("X-Robots-Tag", "noindex")
    if settings().production:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.mimetype == "text/html":
        locale = get_locale()
        if locale is not None:
            response.headers.setdefault("Content-Language", locale.language)
    return response
