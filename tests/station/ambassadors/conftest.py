"""The product with a mail server behind it, and people who come on the board."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import Clock
from tests.support.reviewer import Reviewer
from tests.support.smtp import Sink


@pytest.fixture
def people(app: Flask, sink: Sink, clock: Clock) -> Reviewer:
    return Reviewer(app, sink, clock)
