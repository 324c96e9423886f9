"""What `feedbackloop doctor` looks at. Each check says in one line how it found its thing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from feedbackloop.config import settings
from feedbackloop.core import db as transactions
from feedbackloop.core import queue, schema
from feedbackloop.extensions import db
from feedbackloop.mailing import delivery, smtp
from feedbackloop.mailing.smtp import ServerAway

_CLOCK_TOLERANCE_S = 2.0


class Trouble(Exception):
    """A check failed; the message is the line."""


@dataclass(frozen=True)
class Check:
    name: str
    ask: Callable[[], str]


@dataclass(frozen=True)
class Found:
    name: str
    fine: bool
    words: str


def look(check: Check) -> Found:
    """Runs one check. Never raises what a check may meet."""
    try:
        return Found(check.name, True, check.ask())
    except Trouble as trouble:
        return Found(check.name, False, str(trouble))
    except (SQLAlchemyError, RedisError, OSError) as problem:
        return Found(check.name, False, type(problem).__name__)


def _configuration() -> str:
    found = settings()
    mail = (
        "mail stays in the local mailbox" if found.local_mail else f"mail goes to {found.mail_server}:{found.mail_port}"
    )
    return f"{found.public_url}, {'production' if found.production else 'trial'}, {', '.join(found.locales)}; {mail}"


def _database() -> str:
    started = time.perf_counter()
    db.session.execute(text("SELECT 1"))
    took_ms = (time.perf_counter() - started) * 1000
    engine = db.engine
    version = ".".join(map(str, engine.dialect.server_version_info or ()))
    return f"{engine.dialect.name} {version}".strip() + f", answers in {took_ms:.0f} ms"


def _migrations() -> str:
    problem = schema.problem()
    if problem:
        raise Trouble(problem)
    return f"at {schema.head()}"


def _redis() -> str:
    if settings().redis_url is None:
        raise Trouble("REDIS_URL is unset and no `feedbackloop up` of this instance runs")
    server = queue.connection()
    version = server.info("server").get("redis_version", "")
    waiting = ", ".join(f"{name} {queue.queue(name, server).count}" for name in queue.QUEUES)
    return f"answers as {version}; waiting: {waiting}"


def _smtp() -> str:
    found = settings()
    if found.local_mail and found.running is None:
        return "the local mailbox opens with `feedbackloop up`"
    try:
        encrypted = smtp.check(delivery.server())
    except ServerAway as away:
        raise Trouble(f"{found.mail_server}:{found.mail_port}: {away.reason}") from None
    return f"{found.mail_server}:{found.mail_port} answers{', encrypted' if encrypted else ''}"


def _clock() -> str:
    apart_s = abs((transactions.now() - datetime.now(UTC)).total_seconds())
    if apart_s > _CLOCK_TOLERANCE_S:
        raise Trouble(f"this machine and the database are {apart_s:.0f} s apart")
    return f"{apart_s * 1000:.0f} ms apart from the database"


CHECKS = (
    Check("configuration", _configuration),
    Check("database", _database),
    Check("migrations", _migrations),
    Check("Redis", _redis),
    Check("SMTP", _smtp),
    Check("clock", _clock),
)
