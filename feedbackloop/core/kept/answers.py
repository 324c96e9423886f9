"""The answer that is for everybody: what a view gives back of a page that is kept in memory."""

from __future__ import annotations

import hashlib

from flask import Response, make_response, request

# A browser, or a store between, shows what it has for this long after it came; and a process knows of a change within
# two seconds: together no more than the five in which a change is visible everywhere.
FRESH_S, STALE_S = 1, 2


def for_everybody(body: str | bytes, mimetype: str = "text/html", fresh_s: int = FRESH_S) -> Response:
    """The same for all who read this language, told apart by a strong ETag; a 304 to who has it already."""
    content = body.encode() if isinstance(body, str) else body
    response = make_response(content)
    response.mimetype = mimetype
    response.headers["Cache-Control"] = f"public, max-age={fresh_s}, stale-while-revalidate={STALE_S}"
    response.vary.update(("Accept-Language", "Accept-Encoding"))
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    response.make_conditional(request)
    return response
