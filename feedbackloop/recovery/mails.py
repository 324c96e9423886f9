"""What the mails of recovery say."""

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


ANSWER_RECEIPT = MailKind("answer_receipt", None, _may, _content, timedelta(days=3), in_window=False)
CASE_FOR_HANDLER = MailKind("case_for_handler", None, _may, _content, timedelta(days=14), in_window=False)
SOLVED_FOR_HANDLER = MailKind("solved_for_handler", None, _may, _content, timedelta(days=14), in_window=False)
