"""What machines ask: is it alive, is it ready, how much is there of what. It is answered under any Host."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from feedbackloop.config import settings
from feedbackloop.core import clock, queue, schema
from feedbackloop.core.errors import Unauthorised
from feedbackloop.extensions import db, limiter
from feedbackloop.overview import mail_figures, recovery_figures, totals

log = logging.getLogger(__name__)

public = Blueprint("health", __name__)
limiter.exempt(public)

_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_KEPT = timedelta(seconds=5)


@public.get("/healthz")
def healthz() -> Response:
    """The process lives. It asks nobody else, so that a database in trouble does not get every process killed."""
    return jsonify(status="ok")


@public.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database answers and is at the newest migration. The queue server is reported and never decides."""
    parts = {"database": "ok", "migrations": "ok", "redis": _redis()}
    try:
        problem = schema.problem()
    except SQLAlchemyError as away:
        parts["database"] = parts["migrations"] = type(away).__name__
    else:
        parts["migrations"] = problem or "ok"
    ready = parts["database"] == parts["migrations"] == "ok"
    return jsonify(status="ok" if ready else "unavailable", parts=parts), 200 if ready else 503


@public.get("/metrics")
def metrics() -> Response:
    """Counts for Prometheus, read from the database when it asks. No label ever names a person."""
    token = settings().metrics_token
    if token is not None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if not hmac.compare_digest(given, token.encode()):
            raise Unauthorised
    return Response(_counted(), content_type=_TEXT)


def _counted() -> bytes:
    """All figures as text; counted anew after a few seconds, however many ask and however often."""
    now = clock.now()
    kept: tuple[datetime, bytes] | None = current_app.extensions.get("feedbackloop.figures")
    if kept is None or not timedelta(0) <= now - kept[0] < _KEPT:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Figures())
        kept = current_app.extensions["feedbackloop.figures"] = (now, generate_latest(registry))
    return kept[1]


class _Figures(Collector):
    """Everything that is counted, at the moment it is asked for."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from mail_figures.all_of_them()
        yield from recovery_figures.all_of_them()
        for name, help_text, label, counts in totals.all_of_them():
            yield mail_figures.family(name, help_text, label, counts)
        yield _waiting_jobs()
        db.session.rollback()


def _waiting_jobs() -> GaugeMetricFamily:
    family = GaugeMetricFamily("feedbackloop_jobs_waiting", "Jobs that wait, by queue.", labels=["queue"])
    try:
        for name in queue.QUEUES:
            family.add_metric([name], queue.waiting(name))
    except (RedisError, OSError):
        # Absent and not 0: nobody knows how many there are.
        family.samples.clear()
    return family


def _redis() -> str:
    if settings().redis_url is None:
        return "unset"
    try:
        queue.ping()
    except (RedisError, OSError) as away:
        return type(away).__name__
    return "ok"
