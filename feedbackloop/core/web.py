"""What every request and response has in common: hosts, languages, limits, security headers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import get_locale

from feedbackloop.config import Settings, settings
from feedbackloop.core.errors import BadInput

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
HOST_FREE_PATHS = ("/healthz", "/readyz", "/metrics")
PUBLIC_BODY_LIMIT = 64 * 1024

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


def trusted_hosts(found: Settings) -> list[str]:
    """PUBLIC_URL's host, and this machine's own names while PUBLIC_URL is one of them."""
    host = urlsplit(found.public_url).hostname or ""
    shown = f"[{host}]" if ":" in host else host
    return list(LOCAL_HOSTS) if shown in LOCAL_HOSTS else [shown]


def register(app: Flask) -> None:
    app.before_request(_check_request)
    app.after_request(_secure)
    app.context_processor(lambda: {"settings": settings(), "get_locale": get_locale})


def _check_request() -> None:
    if request.path not in HOST_FREE_PATHS:
        host = request.environ.get("HTTP_HOST", "").rsplit("@", 1)[-1].lower()
        name = host[: host.rfind("]") + 1] if host.startswith("[") else host.partition(":")[0]
        if name not in current_app.extensions["feedbackloop.hosts"]:
            raise BadInput("This site does not answer under that name.")
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
