"""Filters and pages that every template needs."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Replaced within minutes by the author of the look."""
