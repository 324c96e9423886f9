"""Words of what is asked, and the sentences that people consent to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedbackloop.checkins.words import QUOTE_TEXT, QUOTE_VERSION

KINDS: Mapping[str, Any] = {
    "quote": _l("Quote"),
    "name": _l("Quote with the first name"),
    "story": _l("Story of their case"),
    "reference": _l("Reference call"),
    "picture": _l("Picture"),
}

# A changed sentence gets a new version: what was allowed before was allowed in the old words.
VERSIONS: Mapping[str, str] = {
    "quote": QUOTE_VERSION,
    "name": "name-1",
    "story": "story-1",
    "reference": "reference-1",
    "picture": "picture-1",
    "contact": "contact-1",
}
TEXTS: Mapping[str, Any] = {
    "quote": QUOTE_TEXT,
    "name": _l("You may show my first name with my words. I can withdraw this later."),
    "story": _l(
        "You may write down how my complaint was solved. You show it to others only after I have read the text and"
        " agree with it. I can withdraw this later."
    ),
    "reference": _l(
        "You may ask me to speak by telephone with somebody who thinks of becoming your customer. You ask me before"
        " each call. I can withdraw this later."
    ),
    "picture": _l("You may show this picture of me, only here: %(uses)s. I can withdraw this later."),
    "contact": _l("You may ask me something like this again. I can withdraw this later."),
}
USES: Mapping[str, Any] = {
    "site": _l("on the website"),
    "social": _l("on social media"),
    "print": _l("on paper"),
}
QUESTIONS: Mapping[str, Any] = {
    "quote": _l("May we show your words to others, without your name?"),
    "name": _l("May we show your first name with them?"),
    "story": _l("May we write down your story?"),
    "reference": _l("Do you want to tell somebody how it went, by telephone?"),
    "picture": _l("May we show a picture of you?"),
    "contact": _l("May we ask you something like this again?"),
}
CHOICES: Mapping[str, tuple[Any, Any]] = {
    "quote": (_l("Yes, you may"), _l("No, rather not")),
    "name": (_l("Yes, you may"), _l("No, rather not")),
    "story": (_l("Yes, you may"), _l("No, rather not")),
    "reference": (_l("Yes, you may ask me"), _l("No, rather not")),
    "picture": (_l("Yes, you may"), _l("No, rather not")),
    "contact": (_l("Yes, you may"), _l("No, do not ask me again")),
}

TITLES: Mapping[str, Any] = {
    "quote": _l("May we show others what you wrote?"),
    "name": _l("May we show others what you wrote, with your first name?"),
    "story": _l("May we tell others how it went?"),
    "reference": _l("Do you want to tell somebody else how it went?"),
    "picture": _l("May we show a picture of you?"),
}
MEANS: Mapping[str, Any] = {
    "quote": _l(
        "You wrote something to us when you said that it is solved. We would like to show those words to others."
    ),
    "name": _l(
        "You wrote something to us when you said that it is solved. We would like to show those words to others, with"
        " your first name."
    ),
    "story": _l(
        "We would like to write down what went wrong and how it was solved, for others who want to know how we deal"
        " with complaints. You read the text first."
    ),
    "reference": _l(
        "Sometimes somebody who thinks of becoming our customer wants to hear how we deal with complaints. We would"
        " like to ask you to speak with such a person, by telephone."
    ),
    "picture": _l("People like to see who is speaking. We would like to show a picture of you, one that you choose."),
}
# What stands on the page besides: how it will be used, and what will not happen.
USED: Mapping[str, Sequence[Any]] = {
    "quote": (
        _l("We show your words on our website, and to colleagues. We change nothing in them."),
        _l("Nobody sees your name, your address or what your complaint was."),
    ),
    "name": (
        _l("We show your words on our website, and to colleagues. We change nothing in them."),
        _l("Of your name we show the first name only. Nobody sees your address or what your complaint was."),
    ),
    "story": (
        _l("We write a draft and send it to you. Without your agreement it is not shown to anybody."),
        _l("You can have every sentence changed, or the whole text thrown away."),
    ),
    "reference": (
        _l("We first ask you, each time, whether it suits you. We give your number to nobody without that."),
        _l("You may say what you like, good and bad. You get nothing for it."),
    ),
    "picture": (
        _l("You choose the picture, and where we may show it."),
        _l("We take out what the camera stored with it, such as the place."),
    ),
}

# Why somebody is not asked, or an ask came to nothing; for staff. The post office has words for its own reasons.
WHY_NOT: Mapping[str, Any] = {
    "erased": _l("The details were erased."),
    "case_open": _l("A complaint of theirs is open: that comes first."),
    "not_on_board": _l("This person is not on the board at the moment."),
    "no_address": _l("We have no e-mail address of them."),
    "sample_data": _l("This is sample data, which a real mail server never mails."),
    "opted_out": _l("They do not want such e-mails."),
    "agreed": _l("They allow this already."),
    "no_words": _l("They wrote nothing that could be shown."),
    "said_no": _l("They said no to this before."),
    "taken_back": _l("They took back that they allowed this."),
    "no_more": _l("They do not want to be asked such things."),
    "not_now": _l("‘Not now’ still holds: take them up first."),
    "under_way": _l("They were asked something and can still answer."),
    "asked_recently": _l("They were asked something a short while ago."),
    "link_expired": _l("They did not answer while the link worked."),
    "reopened": _l("A complaint of theirs was opened again first."),
    "by_staff": _l("A colleague stopped it before it went."),
    "too_late": _l("It could not be sent in time."),
}
# For these it is the person who decides, so who speaks with them may say that they decided otherwise.
MAY_DECIDE_OTHERWISE = ("said_no", "taken_back", "no_more")


def why_not(reason: str | None) -> str:
    """A sentence for staff."""
    known = WHY_NOT.get(reason or "")
    return str(known) if known is not None else _("The e-mail could not be delivered.")


def consent_text(purpose: str, locale: str, uses: Sequence[str] = ()) -> str:
    """The very sentence that a person agrees to, in the language in which they read it."""
    with force_locale(locale):
        text = str(TEXTS[purpose])
        return text % {"uses": "; ".join(str(USES[one]) for one in uses)} if purpose == "picture" else text
