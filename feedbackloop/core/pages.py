"""What every page needs: the brand's style sheet and logo, the privacy page, addresses of files, filters."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, current_app, flash, render_template, request, send_file, url_for
from flask_babel import get_locale
from werkzeug.wrappers import Response

from feedbackloop.config import settings
from feedbackloop.core import access, brand, formats
from feedbackloop.core.errors import NotFound

_YEAR = 365 * 24 * 3600


def register(app: Flask) -> None:
    """Adds /brand.css, /brand/logo and /privacy, and the filters and functions that templates use."""
    app.add_url_rule("/brand.css", "brand_css", brand_css)
    app.add_url_rule("/brand/logo", "brand_logo", brand_logo)
    app.add_url_rule("/privacy", "privacy", privacy)
    app.after_request(keep_versioned_files)
    app.jinja_env.filters.update(formats.FILTERS)
    app.jinja_env.globals.update(
        asset=asset,
        brand_url=brand_url,
        get_locale=get_locale,
        link=access.link,
        mail_colours=brand.mail_colours,
        page_in_languages=page_in_languages,
        sort_head=sort_head,
        url_with=url_with,
    )


def brand_css() -> Response:
    """The brand as style sheet. `accent` and `theme` in the address are the embed's; a wrong one falls back to ours."""
    accent, theme = request.args.get("accent", settings().accent), request.args.get("theme", "auto")
    try:
        sheet = brand.style_sheet(accent, theme)
    except ValueError:
        sheet = brand.style_sheet(settings().accent)
    response = Response(sheet, mimetype="text/css")
    response.cache_control.public = True
    # An address with `v` names its content, so it may be kept for good; a bare one must notice a new colour.
    response.cache_control.max_age = _YEAR if "v" in request.args else 300
    response.cache_control.immutable = "v" in request.args
    response.set_etag(_digest(sheet.encode()))
    return response.make_conditional(request)


def brand_logo() -> Response:
    """The organisation's picture, from the file that the settings name."""
    if settings().logo is None:
        raise NotFound
    return send_file(str(settings().logo), max_age=86400, conditional=True)


def privacy() -> str:
    """What we keep of an answer, who reads it, and how to have it shown or erased."""
    return render_template("public/privacy.html")


def keep_versioned_files(response: Response) -> Response:
    """A file asked for by the address of `asset` never changes, so browsers need not ask again."""
    if request.endpoint in ("static", "bootstrap.static") and response.status_code in (200, 304):
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = _YEAR if "v" in request.args else 86400
        response.cache_control.immutable = "v" in request.args
    return response


def brand_url(accent: str | None = None, theme: str | None = None) -> str:
    """The address of /brand.css that changes when the colour does; `accent` and `theme` are an embed's own wishes."""
    wishes = {name: value for name, value in (("accent", accent), ("theme", theme)) if value}
    return "/brand.css?" + urlencode({**wishes, "v": _digest(f"{settings().accent}{accent}{theme}".encode())})


def asset(name: str) -> str:
    """The address of a static file that changes when its content does, so that browsers may keep it for good."""
    path = Path(current_app.static_folder or "") / name
    return url_for("static", filename=name, v=_file_digest(path, path.stat().st_mtime_ns))


def url_with(**changes: Any) -> str:
    """This page's address with query parameters changed; None takes one out. A list starts at its beginning again."""
    kept = {name: value for name, value in request.args.to_dict(flat=False).items() if name not in ("after", "before")}
    kept.update({name: [] if value is None else [str(value)] for name, value in changes.items()})
    query = urlencode(kept, doseq=True)
    return quote(request.path) + (f"?{query}" if query else "")


def page_in_languages() -> list[tuple[str, str]]:
    """This page's address in each language that is offered, for the switch in the header."""
    return [(locale, url_with(lang=locale)) for locale in settings().locales]


def flash_with_undo(text: str, url: str, fields: dict[str, str] | None = None) -> None:
    """A message on the next page with a button that posts `fields` to `url`, which takes back what was just done."""
    said: Any = {"text": text, "undo": url, "fields": fields or {}}
    flash(said)


def sort_head(label: str, key: str, current: str | None, n: bool = False) -> dict[str, Any]:
    """A column head for macros/table.html that sorts by `key`, or the other way round where it already does."""
    direction = {key: "ascending", f"-{key}": "descending"}.get(current or "")
    return {
        "text": label,
        "n": n,
        "sort": direction,
        "href": url_with(sort=f"-{key}" if direction == "ascending" else key),
    }


@lru_cache(maxsize=128)
def _file_digest(path: Path, _changed_ns: int) -> str:
    return _digest(path.read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:10]
