"""Moments that lie in the past however late the tests run: `up` lives by the real clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def days_ago(days: float) -> str:
    """So many days before now, as the API reads it."""
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()
