"""Words for the codes of this station, and the sentence that a person consents to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

# A changed sentence gets a new version: what was allowed before was allowed in the old words.
QUOTE_VERSION = "quote-1"
QUOTE_TEXT = _l("You may show my words to others, without my name. I can withdraw this later.")
QUOTE_SHORT = _l("We may show your words to others, without your name")
CALL_SHORT = _l("You want us to call you")
MEET_SHORT = _l("You would like to meet")

SATISFIED: Mapping[str, Any] = {
    "yes": _l("Yes"),
    "partly": _l("Partly"),
    "no": _l("No"),
    "later": _l("I cannot say yet"),
}

SATISFIED_LONG: Mapping[str, Any] = {
    "yes": _l("Yes, this is the solution"),
    "partly": _l("Partly, this is not the whole solution"),
    "no": _l("No, this is not the solution"),
    "later": _l("I cannot say yet"),
}

# The list of reasons until staff make it their own.
REASONS: Mapping[str, Any] = {
    "not_done": _l("What you promised did not happen"),
    "again": _l("It happened again"),
    "amount": _l("The amount is wrong"),
    "manner": _l("The way I was helped"),
    "other": _l("Something else"),
}

# What the files are that people send along.
FILE_TYPES: Mapping[str, Any] = {
    "image/jpeg": _l("photo (JPEG)"),
    "image/png": _l("picture (PNG)"),
    "image/gif": _l("picture (GIF)"),
    "image/webp": _l("picture (WebP)"),
    "image/heic": _l("photo (HEIC)"),
    "image/avif": _l("photo (AVIF)"),
    "application/pdf": _l("document (PDF)"),
}

# Why a person was not asked, or not any more; for staff. The post office's own reasons are among them.
NOT_ASKED: Mapping[str, Any] = {
    "no_address": _l("No e-mail address"),
    "too_old": _l("Resolved too long ago"),
    "opted_out": _l("Does not want this question"),
    "erased": _l("Personal data erased"),
    "reopened": _l("Reopened first"),
    "confirmed": _l("Confirmed first"),
    "answered": _l("Answered first"),
    "resolved_again": _l("Resolved again first"),
    "link_expired": _l("No answer while the link lived"),
    "no_such_address": _l("The address does not exist"),
    "refused": _l("The mail server refused it"),
    "too_late": _l("Too late to be of use"),
    "sample_data": _l("A person of the sample data"),
    "crisis": _l("Called and not mailed, because of a crisis"),
    "refused_call": _l("Does not want to be asked, said by telephone"),
    "asked_recently": _l("Asked a short time ago"),
    "shared": _l("In one mail with another complaint"),
    "retry": _l("Will be tried again"),
    "uncertain": _l("Perhaps arrived"),
    "parked": _l("Waits for a person"),
}


def not_asked(code: str | None) -> str:
    """The reason in words; a code without words is shown as it is."""
    if not code:
        return ""
    return str(NOT_ASKED.get(code, code.replace("_", " ").capitalize()))


# By telephone

CALL_WHY: Mapping[str, Any] = {
    "crisis": _l("Crisis"),
    "asked": _l("Asked for a call"),
    "no_address": _l("No e-mail address"),
}

CALL_OUTCOMES: Mapping[str, Any] = {
    "reached": _l("Spoken"),
    "no_answer": _l("No answer"),
    "refused": _l("Does not want to be asked"),
    "no_number": _l("The number is wrong, or there is none"),
}

# Why a call ended without an answer; other reasons are in NOT_ASKED.
_CALL_ENDED: Mapping[str, Any] = {
    "three_tries": _l("Three tries, no answer"),
    "no_number": _l("The number is wrong, or there is none"),
    "refused_before": _l("Said before that they do not want to be asked"),
    "answered": _l("Answered by the form"),
    "not_wanted": _l("Does not ask for a call any more"),
    "crisis": _l("Called because of the crisis instead"),
    "crisis_over": _l("No crisis any more"),
    "reopened": _l("The complaint is open again"),
    "resolved_again": _l("The complaint was resolved again"),
}

SUMMARY_ANSWERS: Mapping[str, Any] = {
    "accepted": _l("Yes, this is right"),
    "corrected": _l("No, I would say it differently"),
}

STEP_ANSWERS: Mapping[str, Any] = {
    "fine": _l("Yes, this is fine"),
    "not_fine": _l("No, this is not fine"),
    "other": _l("I have another idea"),
}

DECISIONS: Mapping[str, Any] = {
    "taken": _l("We do this"),
    "declined": _l("We do not do this"),
    "read": _l("Read by a colleague"),
}


def call_ended(code: str | None) -> str:
    return str(_CALL_ENDED[code]) if code and code in _CALL_ENDED else not_asked(code)
