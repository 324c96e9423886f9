"""What the metrics say of recovery: how many cases are open, how many of them are late, and how late the oldest is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select

from feedbackloop.core import clock
from feedbackloop.extensions import db
from feedbackloop.recovery.models import RecoveryCase

_OPEN = RecoveryCase.status == "open"


def all_of_them() -> Iterator[GaugeMetricFamily]:
    now = clock.now()
    late = RecoveryCase.due_at < now
    row = db.session.execute(
        select(
            func.count(),
            func.count().filter(RecoveryCase.escalation.is_not(None)),
            func.count().filter(late),
            func.min(RecoveryCase.due_at).filter(late),
        ).where(_OPEN)
    ).one()
    oldest: datetime | None = row[3]
    yield GaugeMetricFamily("feedbackloop_recovery_cases_open", "Recovery cases that are open.", value=row[0])
    yield GaugeMetricFamily(
        "feedbackloop_recovery_cases_escalated", "Open recovery cases that came back and went to quality.", value=row[1]
    )
    yield GaugeMetricFamily(
        "feedbackloop_recovery_cases_overdue", "Open recovery cases that are past their date.", value=row[2]
    )
    yield GaugeMetricFamily(
        "feedbackloop_recovery_oldest_overdue_seconds",
        "How long the oldest of these is past its date.",
        value=(now - oldest).total_seconds() if oldest else 0,
    )
