"""Words of the scoreboard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedbackloop.core import formats
from feedbackloop.improvements.scoreboard import Board, Days

# How complaints ended, in the order in which it is shown.
ENDED: Mapping[str, Any] = {
    "confirmed": _l("solved, says the customer"),
    "not_solved": _l("not solved"),
    "no_answer": _l("gave no answer so far"),
    "busy": _l("still open, or not asked"),
}


def parts(board: Board) -> list[dict[str, Any]]:
    """The groups that are shown and what is left of the whole, as macros/charts.html takes them."""
    shown = [{"value": board.groups[name], "label": words} for name, words in ENDED.items() if board.groups[name]]
    if shown and board.together:
        shown.append({"value": board.together, "label": _("in groups too small to show")})
    return shown


def typical_time(days: Days | None) -> str:
    """How long it takes, in one sentence; empty where there is too little to say so."""
    if days is None:
        return ""
    return str(
        _(
            "Of all that was solved, a quarter took at most %(quarter)s, half at most %(half)s, three quarters at"
            " most %(most)s.",
            quarter=_length(days.quarter),
            half=_length(days.half),
            most=_length(days.most),
        )
    )


def _length(days: int) -> str:
    return formats.duration(timedelta(days=days))
