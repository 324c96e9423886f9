"""What is written down while the product runs: one line an event, ids and codes only.

Everything goes through the standard library's `logging`; structlog renders it, as JSON in production and readable in
a terminal. Whatever is logged, by us or by a library, passes a mask for addresses and for keys in links: a mistake in
a log line must not become a leak.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

from feedbackloop.config import Settings

log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
# Each pattern begins where a run of its characters begins, so that a long line costs no more than its length.
_ADDRESS = re.compile(r"(?<![^\s<>@\"'(),;:=|\[\]{}])[^\s<>@\"'(),;:=|\[\]{}]+@[^\s<>@\"'(),;:=|\[\]{}]+")
# value.signature, as core.tokens makes them: 32 bytes in base64.
_SIGNED = re.compile(r"(?<![\w:-])[\w:-]{1,80}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
_IN_PATH = re.compile(
    r"(/(?:check-in|review|told|follow|unsubscribe/follow|unsubscribe|case|reply|summary|agreement|agreements|ask|story)/)[^\s/?#\"'<>]+"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',]+")
# A key of any other kind: long, and of mixed letters and digits. A UUID (no capitals) is an id, and stays.
_KEY = re.compile(
    r"(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[a-z])(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{32,}"
)
_PASSWORD_IN_URL = re.compile(r"(://[^\s:/@]*:)[^\s@/]+@")

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_QUIET_PATHS = ("/healthz", "/readyz", "/metrics", "/static/")


def is_request_id(given: str) -> bool:
    """Whether a request may be known by this name, which whoever stands before us gave it."""
    return _REQUEST_ID.fullmatch(given) is not None


def mask(text: str) -> str:
    """The text without e-mail addresses, signed links, keys and passwords."""
    masked = _PASSWORD_IN_URL.sub(r"\1(secret)@", text)
    masked = _BEARER.sub(r"\1 (secret)", masked)
    masked = _IN_PATH.sub(r"\1(token)", masked)
    masked = _SIGNED.sub("(token)", masked)
    masked = _ADDRESS.sub("(address)", masked)
    return _KEY.sub("(key)", masked)


def register(app: Flask) -> None:
    """Sets the log up for this process and gives each request an id and one line."""
    set_up(app.extensions["feedbackloop.settings"])
    app.before_request(_begin)
    app.after_request(_end)


def set_up(settings: Settings) -> None:
    """Puts our one handler on the root logger; calling it again replaces it."""
    readable = sys.stderr.isatty() and not settings.production
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_request_id,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *([] if readable else [structlog.processors.format_exc_info]),
            _mask_all,
            renderer,
        ],
    )
    handler = _Handler(sys.stderr)
    handler.setFormatter(_Masked(formatter) if readable else formatter)
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in ("rq.worker", "rq.job", "rq.queue", "werkzeug", "alembic", "flask_limiter"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Ours, so that it can be found again."""


class _Masked(logging.Formatter):
    """Masks what was rendered, traces included."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return mask(self._inner.format(record))


def _mask_all(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: _masked(value) for name, value in event.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(str(name)): _masked(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [_masked(one) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask(str(value))


def _add_request_id(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request_id = _request_id.get()
    if request_id is not None:
        event["request_id"] = request_id
    return event


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    _request_id.set(given if is_request_id(given) else uuid4().hex)
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    request_id = _request_id.get()
    if request_id is not None:
        response.headers.setdefault("X-Request-ID", request_id)
    if not request.path.startswith(_QUIET_PATHS):
        # The route and not the path: what a person sent us does not belong into a log.
        route = request.url_rule.rule if request.url_rule is not None else None
        began = g.get("began")
        log.info(
            "request",
            extra={
                "method": request.method,
                "route": route,
                "status": response.status_code,
                "ms": round((time.perf_counter() - began) * 1000, 1) if began is not None else None,
            },
        )
    return response
