"""Skips with its reason what this machine cannot do; with FEEDBACKLOOP_TESTS=all the same reason is a failure."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def everything() -> bool:
    return os.environ.get("FEEDBACKLOOP_TESTS") == "all"


def missing(reason: str) -> NoReturn:
    """End the running test: skipped for a developer, failed where everything is asked for (CI)."""
    if everything():
        pytest.fail(f"FEEDBACKLOOP_TESTS=all, but {reason}", pytrace=False)
    pytest.skip(reason)
