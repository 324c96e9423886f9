"""How staff and people read the codes of the story library, and the exact words of what people allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedbackloop.mailing import words as mail_words

STORY_VERSION, NAME_VERSION = "story-1", "story-name-1"
STORY_TEXT = _l(
    "You may show my story, in exactly these words, and say that you chose it. I can take this back at any time."
)
NAME_TEXT = _l("You may put the name that I gave with my story. I can take this back at any time.")

# Stands in a draft that began by itself, where nobody wrote down what was done.
TO_WRITE = _l("Still to be written.")

KINDS: Mapping[str, Any] = {"quote": _l("Quote"), "story": _l("Story"), "exception": _l("Exception that worked")}
STATUSES: Mapping[str, Any] = {
    "draft": _l("Draft"),
    "asked": _l("The person was asked"),
    "agreed": _l("Agreed by the person"),
    "published": _l("Published"),
    "withdrawn": _l("Taken back"),
}
LOOKS: Mapping[str, tuple[str, str]] = {
    "draft": ("ring", "plan"),
    "asked": ("half", "busy"),
    "agreed": ("check", "done"),
    "published": ("check", "done"),
    "withdrawn": ("slash", "not"),
}
ANSWERS: Mapping[str, Any] = {
    "yes": _l("Yes, you may show this"),
    "changes": _l("Yes, but in other words"),
    "no": _l("No, do not show this"),
}
NAMES: Mapping[str, Any] = {"without": _l("Without a name"), "with": _l("With this name:")}

# How it came to its status, where that needs saying.
_REASONS: Mapping[str, Any] = {
    "quoted": _l("These are their own whole words, which they allowed as a quote"),
    "names_nobody": _l("It names nobody, so that nobody was asked"),
    "said_yes": _l("The person read the text and said yes"),
    "their_words": _l("The person wrote these words themselves"),
    "said_changes": _l("The person wants other words"),
    "said_no": _l("The person does not want it shown"),
    "consent_ended": _l("The person took back what they allowed"),
    "erased": _l("The details were erased"),
    "set_aside": _l("Set aside by us"),
    "taken_off": _l("Taken off the page by us"),
    "open_again": _l("Their complaint is open again: wait"),
    "edited": _l("The text changed, so that it needs a new agreement"),
    "not_sent": _l("The mail did not reach the person"),
    "link_expired": _l("No answer came while the link lived"),
}
_REFUSED: Mapping[str, Any] = {
    "not_agreed": _l("It is not agreed to yet"),
    "no_consent": _l("What it needs is not allowed any more"),
    "open_again": _l("Their complaint is open again: wait"),
    "no_customer": _l("It belongs to nobody who could be asked"),
    "theirs": _l("The person took it back. Only they can change that."),
}
WHY_EXCEPTION: Mapping[str, Any] = {
    "spent": _l("Money was spent that the rule does not give, and the person says that it is solved"),
    "resolved": _l("It names a rule and was solved all the same, says the person"),
}
FOUND: Mapping[str, Any] = {
    "name": _l("what looks like the name of a person"),
    "colleague": _l("the name of somebody who handled the complaint"),
    "email": _l("an e-mail address"),
    "phone": _l("a telephone number"),
    "iban": _l("an account number"),
    "bsn": _l("a citizen service number"),
    "address": _l("where somebody lives"),
    "number": _l("an order, customer or case number"),
    "copied": _l("eight or more words in a row of the complaint"),
}
DONE: Mapping[str, Any] = {
    "created": _l("Begun"),
    "edited": _l("Text changed"),
    "not_asked": _l("Not asked"),
    "named": _l("The person said how they want to be named"),
    "proposed": _l("The person wrote other words"),
    "declined": _l("Read, and not taken over"),
    "unnamed": _l("Shown without the name from now on"),
    "without_picture": _l("Shown without the picture from now on"),
}


def reason(code: str | None) -> str:
    """Why it is as it is; empty where nothing needs saying."""
    return str(_REASONS.get(code or "", ""))


def refused(code: str | None) -> str:
    """Why something cannot be done with it now."""
    known = _REFUSED.get(code or "")
    return str(known) if known else mail_words.reason(code)


def by(name: str | None, own_words: bool) -> str:
    """Who says it, for the public: their own words are theirs, and what we wrote down says so."""
    if own_words:
        return name or _("A customer")
    return _("The story of %(name)s, written down by us", name=name) if name else _("Written down by us")


def chosen() -> str:
    """What stands with every story, wherever it is shown."""
    return _("Chosen by us")
