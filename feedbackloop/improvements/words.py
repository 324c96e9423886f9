"""Words for the codes of this station."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

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

FOUND: Mapping[str, Any] = {
    "email": _l("an e-mail address"),
    "phone": _l("a telephone number"),
    "iban": _l("an account number"),
    "name": _l("the name of somebody who complained"),
}

# Why somebody was not told; the post office's own reasons are among them.
NOT_TOLD: Mapping[str, Any] = {
    "no_address": _l("No e-mail address"),
    "opted_out": _l("Does not want news about improvements"),
    "erased": _l("Personal data erased"),
    "unpublished": _l("Taken off the page before the mail went"),
    "unlinked": _l("Complaint taken away before the mail went"),
    "readdressed": _l("The complaint belongs to somebody else by now"),
    "no_such_address": _l("The address does not exist"),
    "refused": _l("The mail server refused it"),
    "too_late": _l("Too late to be of use"),
    "sample_data": _l("A person of the sample data"),
}


def helps(status: str) -> Mapping[str, Any]:
    """The two answers to 'does this help?': only what is done can have solved it."""
    return HELPS if status == "done" else HELPS_LATER


def not_told(code: str | None) -> str:
    """The reason in words; a code without words is shown as it is."""
    return str(NOT_TOLD.get(code or "", (code or "").replace("_", " ").capitalize()))
