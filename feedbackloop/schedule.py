"""THE CLOCK. Every periodic piece of work, its queue and its interval. Mail that falls due is not here: see
mailing/scheduler.py, which looks for it every second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Periodic:
    """A job without arguments, queued every so often. `name` is what the database remembers its last time by."""

    name: str
    queue: str
    job: str
    every: timedelta


CLOCK: tuple[Periodic, ...] = (
    Periodic("expire_check_ins", "work", "feedbackloop.checkins.jobs.expire", timedelta(hours=1)),
    Periodic("alarm_late_cases", "work", "feedbackloop.recovery.jobs.alarm", timedelta(minutes=5)),
    Periodic("invite_overdue", "work", "feedbackloop.reviews.jobs.invite_overdue", timedelta(hours=1)),
    Periodic("sweep_files", "work", "feedbackloop.checkins.jobs.sweep_files", timedelta(hours=1)),
    Periodic("expire_asks", "work", "feedbackloop.ambassadors.jobs.expire_asks", timedelta(hours=1)),
    Periodic("sweep_pictures", "work", "feedbackloop.ambassadors.jobs.sweep_pictures", timedelta(hours=1)),
    Periodic("follow_digest", "work", "feedbackloop.improvements.jobs.make_digest", timedelta(hours=1)),
    Periodic("forget_followers", "work", "feedbackloop.improvements.jobs.forget_followers", timedelta(hours=6)),
    Periodic("sweep_evidence", "work", "feedbackloop.improvements.jobs.sweep_evidence", timedelta(hours=1)),
    Periodic("forget_rates", "work", "feedbackloop.mailing.jobs.forget_rates", timedelta(hours=6)),
    Periodic("fetch_mail", "work", "feedbackloop.mailing.incoming.jobs.fetch", timedelta(minutes=1)),
    Periodic("keep_board", "work", "feedbackloop.ambassadors.jobs.keep_board", timedelta(seconds=15)),
    Periodic("take_up", "work", "feedbackloop.ambassadors.jobs.take_up", timedelta(minutes=1)),
    Periodic("count_numbers", "work", "feedbackloop.ambassadors.numbers.jobs.count", timedelta(minutes=1)),
    Periodic("look_again", "work", "feedbackloop.mailing.incoming.jobs.look_again", timedelta(seconds=30)),
    Periodic("suggest", "work", "feedbackloop.ambassadors.suggestions.jobs.sweep", timedelta(minutes=10)),
    Periodic("give_turns", "work", "feedbackloop.ambassadors.suggestions.jobs.give_turns", timedelta(minutes=1)),
    Periodic("plan_reports", "work", "feedbackloop.ambassadors.reports.jobs.plan", timedelta(minutes=15)),
)
