"""What a dissatisfied person is told: who comes back to them, and by when. A later station makes that promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

_PLACE = "feedbackloop.promise"


@dataclass(frozen=True)
class Promise:
    """`owner` is a person's name, or the organisation's where nobody is named."""

    owner: str
    due_at: datetime


Source = Callable[[int], Promise | None]


def made_for(check_in_id: int) -> Promise | None:
    """The promise that stands for this check-in's answer, if any does."""
    source: Source | None = current_app.extensions.get(_PLACE)
    return source(check_in_id) if source else None


def come_from(source: Source) -> Callable[..., None]:
    """A `register(app)` that makes this function the source of promises."""

    def register(app: object) -> None:
        app.extensions[_PLACE] = source  # type: ignore[attr-defined]

    return register
