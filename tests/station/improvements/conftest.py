"""The product with a mail server behind it, and people whose complaints lead to improvements."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import Clock
from tests.support.follower import Followed
from tests.support.improver import Improver
from tests.support.smtp import Sink


@pytest.fixture
def people(app: Flask, sink: Sink, clock: Clock) -> Improver:
    return Improver(app, sink, clock)


@pytest.fixture
def readers(app: Flask, sink: Sink, clock: Clock) -> Followed:
    """The same, with people who follow the log by mail."""
    return Followed(app, sink, clock)
