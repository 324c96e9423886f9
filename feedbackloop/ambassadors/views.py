"""The board that marketing watches, and the same people as a list."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from feedbackloop.ambassadors import listing as lists
from feedbackloop.ambassadors import rules
from feedbackloop.ambassadors.board_page import answer, known_owners, say_ignored
from feedbackloop.ambassadors.filters import read
from feedbackloop.ambassadors.person_desk import READERS, staff
from feedbackloop.core import access
from feedbackloop.core.errors import NotFound

__all__ = ["staff"]


@staff.get("/")
@access.requires(*READERS)
def board() -> Any:
    """All columns, with the newest of each; nothing new for who has it already."""
    return answer(read(request.args, known_owners()))


@staff.get("/column/<column>")
@access.requires(*READERS)
def column(column: str) -> Any:
    """One column: the list, of those who stand there."""
    if column not in rules.COLUMNS:
        raise NotFound
    chosen = read(request.args, known_owners())
    return redirect(url_for("ambassadors_staff.listing", column=column, **chosen.values), 303)
