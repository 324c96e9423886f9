"""Words for the codes of this station."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from feedbackloop.mailing import words as mail_words

LANGUAGES: Mapping[str, str] = {"nl": "Nederlands", "en": "English"}

# What stands above 'we did', by status: a plan is no deed.
DID: Mapping[str, Any] = {
    "planned": _l("This is what we are going to do"),
    "in_progress": _l("This is what we are working on"),
    "done": _l("This is what we did with it"),
    "not_possible": _l("This is why it is not possible"),
}

HELPS: Mapping[str, Any] = {"yes": _l("Yes, this solves it"), "no": _l("No, this is not it")}
HELPS_LATER: Mapping[str, Any] = {"yes": _l("Yes, this helps"), "no": _l("No, this is not it")}

STATUSES: Mapping[str, Any] = {
    "planned": _l("Planned"),
    "in_progress": _l("In progress"),
    "done": _l("Done"),
    "not_possible": _l("Not possible"),
}

# What staff see, drafts that promise nothing included.
STAGES: Mapping[str, Any] = {"idea": _l("Idea"), **STATUSES}

FOUND: Mapping[str, Any] = {
    "name": _l("what looks like somebody’s name"),
    "colleague": _l("the name of a colleague who handled it"),
    "email": _l("an e-mail address"),
    "phone": _l("a telephone number"),
    "iban": _l("an account number"),
    "bsn": _l("a citizen service number (BSN)"),
    "address": _l("where somebody lives"),
    "number": _l("an order, customer or case number"),
    "copied": _l("eight or more words copied from a complaint"),
}

# Where something was found: a part of the words.
PARTS: Mapping[str, Any] = {
    "you_said": _l("You said"),
    "we_did": _l("We did"),
    "reason": _l("Why it is not possible"),
    "note": _l("What you changed"),
    "category": _l("Category"),
}

NOT_BY_YOU: Mapping[str, Any] = {
    "own_words": _l("You wrote these words yourself. A second person must look at them."),
    "own_request": _l("You asked for this to be public yourself. A second person must look at it."),
    "not_staff": _l("Only a member of staff can let this stand."),
}

# Taken back by us before the mail went; all other reasons are the post office's own.
_TAKEN_BACK: Mapping[str, Any] = {"unlinked": _l("the complaint was taken away from it")}


def helps(status: str) -> Mapping[str, Any]:
    """The two answers to 'does this help?': only what is done can have solved it."""
    return HELPS if status == "done" else HELPS_LATER


def not_told(code: str | None) -> str:
    """Why somebody was not told, as a sentence part."""
    return str(_TAKEN_BACK[code]) if code and code in _TAKEN_BACK else mail_words.reason(code)
