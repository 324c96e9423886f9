"""The fields of the answer form as HTML. Those of a form that nobody filled in yet are rendered once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from flask import render_template
from flask_babel import get_locale
from markupsafe import Markup

from feedbackloop.checkins import reasons, rules
from feedbackloop.checkins.forms import AnswerForm
from feedbackloop.checkins.models import Answer
from feedbackloop.checkins.reasons import Listed
from feedbackloop.core import filetypes

# An answer with its files.
LARGEST_BODY = 10 * 1024 * 1024


def fresh(pointed: str | None, category: str | None) -> Markup:
    """The fields as they are for a first answer; `pointed` is what was pressed in the mail."""
    return _fresh(str(get_locale()), pointed, tuple(reasons.of_category(category)))


def filled(form: AnswerForm, pointed: str | None, before: Answer | None, files: Sequence[str]) -> Markup:
    """The fields of a form with something in it: the answer that counts, or what was sent and is not right."""
    return Markup(  # noqa: S704 - a template of ours, which escapes
        render_template(
            "public/checkins/fields.html",
            form=form,
            pointed=pointed,
            before=before,
            files=files,
            limit=rules.COMMENT_LIMIT,
            most_files=rules.MOST_FILES,
            most_mb=LARGEST_BODY // 2**20,
            file_mb=filetypes.LARGEST_FILE // 2**20,
        )
    )


@lru_cache(maxsize=256)
def _fresh(_locale: str, pointed: str | None, listed: tuple[Listed, ...]) -> Markup:
    return filled(AnswerForm(listed=listed), pointed, None, ())
