"""What the clock does for improvements."""

from __future__ import annotations

from feedbackloop.core import queue
from feedbackloop.improvements import evidence


@queue.job
def sweep_evidence() -> None:
    """Takes away files that no row names."""
    evidence.sweep()
