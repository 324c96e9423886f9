"""What told-you-so says."""

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


TOLD_YOU_SO = MailKind("told_you_so", "news", _may, _content, timedelta(days=14), in_window=True)
