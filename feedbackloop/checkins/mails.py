"""What the mails of check-ins say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from feedbackloop.core.decisions import Decision
from feedbackloop.mailing.kinds import MailKind, Row


def _may(rows: Sequence[Row], now: datetime) -> Mapping[int, Decision]:
    raise NotImplementedError


def _content(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    raise NotImplementedError


CHECK_IN = MailKind("check_in", 'check_in', _may, _content, timedelta(days=14), in_window=True)
CHECK_IN_REMINDER = MailKind("check_in_reminder", 'check_in', _may, _content, timedelta(days=14), in_window=True)
