"""The product with a mail server behind it, and people who complain."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import Clock
from tests.support.complainant import Complainant
from tests.support.smtp import Sink


@pytest.fixture
def people(app: Flask, sink: Sink, clock: Clock) -> Complainant:
    return Complainant(app, sink, clock)
