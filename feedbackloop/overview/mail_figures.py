"""What the metrics say of mail: the same as the staff page, as counts and moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily

from feedbackloop.core import clock
from feedbackloop.mailing import control, figures, listed, scheduler

UNSETTLED = ("queued", "shared", "claimed", "retry", "uncertain", "parked")


def all_of_them() -> Iterator[GaugeMetricFamily]:
    now = clock.now()
    counts = figures.counts()
    yield family(
        "feedbackloop_mails",
        "Mails that are not settled yet, by status.",
        "status",
        {status: counts.get(status, 0) for status in UNSETTLED},
    )
    yield GaugeMetricFamily("feedbackloop_mails_due", "Mails that could go now.", value=figures.due(now))
    oldest = figures.oldest_due(now)
    yield GaugeMetricFamily(
        "feedbackloop_mail_oldest_due_seconds",
        "How long the oldest mail that is due has waited for a sender.",
        value=(now - oldest).total_seconds() if oldest else 0,
    )
    sent = figures.sent_since(now - timedelta(hours=1))
    yield GaugeMetricFamily("feedbackloop_mails_sent_last_hour", "Mails that a server took, in an hour.", value=sent)
    held = control.hold(now)
    yield family(
        "feedbackloop_mail_hold",
        "1 while this keeps all mail from being sent.",
        "kind",
        {kind: int(held is not None and held.kind == kind) for kind in control.KINDS},
    )
    yield from _moments(
        ("feedbackloop_mail_last_sent_timestamp_seconds", "When a server last took a mail.", figures.last_sent()),
        (
            "feedbackloop_scheduler_last_seen_timestamp_seconds",
            "When a scheduler last said that it works.",
            scheduler.last_seen(),
        ),
    )
    listing = GaugeMetricFamily(
        "feedbackloop_suppressions",
        "Addresses that are not mailed, by purpose and reason.",
        labels=["purpose", "reason"],
    )
    for purpose, reason, number in listed.counts_in_force(now):
        listing.add_metric([purpose, reason], number)
    yield listing


def family(name: str, help_text: str, label: str, counts: Mapping[str, int]) -> GaugeMetricFamily:
    """Counts by the value of one label."""
    made = GaugeMetricFamily(name, help_text, labels=[label])
    for value, number in counts.items():
        made.add_metric([value], number)
    return made


def _moments(*moments: tuple[str, str, datetime | None]) -> Iterator[GaugeMetricFamily]:
    """What has not happened yet is absent: it has no moment."""
    for name, help_text, moment in moments:
        if moment is not None:
            yield GaugeMetricFamily(name, help_text, value=moment.timestamp())
