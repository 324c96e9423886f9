"""What rules and suggestions are called, and why somebody is suggested, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from feedbackloop.ambassadors.forms import COLUMN_WORDS
from feedbackloop.ambassadors.suggestions.rules import Setting
from feedbackloop.core import formats

RULE_WORDS: Mapping[str, Any] = {
    "reviewed_well": _l("Wrote a good review"),
    "recommends": _l("Would recommend us"),
    "offers_more": _l("Allows more than a quote"),
}
RULE_MEANS: Mapping[str, Any] = {
    "reviewed_well": _l(
        "Somebody at Reviewed whose latest review gives so many of 5, here or matched from another site."
    ),
    "recommends": _l("Somebody whose latest answer gives this mark from 0 to 10 for recommending us, at any stage."),
    "offers_more": _l("Somebody who allows what you choose below, at any stage."),
}
CONSENT_SENTENCES: Mapping[str, Any] = {
    "quote": _l("allows their words to be quoted"),
    "name": _l("allows their name beside it"),
    "contact": _l("allows us to write to them again"),
    "picture": _l("allows a picture"),
    "story": _l("allows their story"),
    "reference": _l("allows a reference call"),
}
DECLINE_WORDS: Mapping[str, Any] = {
    "asked_before": _l("We asked before"),
    "wrong_moment": _l("Not the right moment"),
    "not_fitting": _l("Does not fit what we look for"),
    "rather_not": _l("The person would rather not"),
}
_NOT_WORDS: Mapping[str, Any] = {
    "open_complaint": _l("a complaint is open"),
    "ambassador": _l("ambassador already"),
    "not_now": _l("put off for later"),
    "no_consent": _l("not allowed what this rule asks for"),
    "no_review": _l("no review that counts"),
    "rating_too_low": _l("too few stars"),
    "mark_too_low": _l("too low a mark, or none"),
    "too_soon": _l("not long enough in the stage"),
    "suggested_before": _l("suggested by this rule before"),
    "cooling_down": _l("suggested a short time ago"),
}


def why(facts: Mapping[str, Any]) -> list[str]:
    """What the rule saw, each with what it asks for."""
    said = []
    if "rating" in facts:
        said.append(
            _(
                "gave %(rating)s of 5 in a review (the rule asks for %(least)s or more)",
                rating=facts["rating"],
                least=facts["least_rating"],
            )
        )
    if "recommend" in facts:
        said.append(
            _(
                "gave a %(mark)s for recommending us (the rule asks for %(least)s or more)",
                mark=facts["recommend"],
                least=facts["least_recommend"],
            )
        )
    said.append(str(CONSENT_SENTENCES.get(facts["consent"], facts["consent"])))
    stage, days = COLUMN_WORDS.get(facts["stage"], facts["stage"]), facts["days"]
    said.append(
        ngettext("stood at %(stage)s for %(num)s day", "stood at %(stage)s for %(num)s days", days, stage=stage)
    )
    return [str(one) for one in said]


def round_lines(rule: str, seen: Mapping[str, int]) -> list[str]:
    """What the last round found for a rule: how many were suggested, and why others were not."""
    found = []
    suggested = seen.get(f"{rule}:suggested", 0)
    if suggested:
        found.append(_("suggested: %(n)s", n=formats.number(suggested)))
    for reason, words in _NOT_WORDS.items():
        number = seen.get(f"{rule}:{reason}", 0)
        if number:
            found.append(f"{words}: {formats.number(number)}")
    return [str(one) for one in found]


def setting(one: Setting) -> str:
    """How a rule is set, in one line."""
    said = []
    if one.rating is not None:
        said.append(_("%(n)s of 5 or more", n=one.rating))
    if one.recommend is not None:
        said.append(_("a mark of %(n)s or more", n=one.recommend))
    said.append(str(CONSENT_SENTENCES[one.consent]))
    if one.days:
        said.append(ngettext("at least %(num)s day in the stage", "at least %(num)s days in the stage", one.days))
    said.append(ngettext("not again within %(num)s day", "not again within %(num)s days", one.cool_down))
    return ", ".join(str(part) for part in said)
