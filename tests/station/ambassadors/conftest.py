"""The product with a mail server behind it, and people who come on the board."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import Clock
from tests.support.reviewer import Reviewer
from tests.support.smtp import Sink


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    """Here one person is asked about several complaints, each by itself and within a month."""
    return {**settings_env, "FEEDBACKLOOP_FREQUENCY_CAP": "off"}


@pytest.fixture
def people(app: Flask, sink: Sink, clock: Clock) -> Reviewer:
    return Reviewer(app, sink, clock)
