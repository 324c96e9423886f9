"""Words for the codes of this station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedbackloop.recovery import urgency

LEVELS: Mapping[str, Any] = {"urgent": _l("Urgent"), "high": _l("High"), "normal": _l("Normal")}

# What makes a case pressing, as sentence parts.
PRIORITY_REASONS: Mapping[str, Any] = {
    "again": _l("it came back before"),
    "said_no": _l("the answer is no"),
    "rated_1": _l("the customer gives a 1 of 5"),
    "wants_a_call": _l("the customer wants to be called"),
    "rated_2": _l("the customer gives a 2 of 5"),
    "would_not_recommend": _l("the customer would not recommend us"),
}

ESCALATIONS: Mapping[str, Any] = {
    "second_no": _l("The customer says for the second time that it is not solved."),
    "third_time": _l("The customer says for the third time that it is not right."),
    "reopened_before": _l("The customer says no, and this complaint was opened again before."),
}

OUTCOMES: Mapping[str, Any] = {
    "resolved_again": _l("resolved again"),
    "solved_says_person": _l("solved, says the person"),
    "erased": _l("personal data erased"),
    "solved": _l("solved, says the handler"),
    "partly": _l("partly solved"),
    "not_ours": _l("not our responsibility"),
    "relation_ended": _l("the relation has ended"),
}

# The choices of the form, in full.
OUTCOME_CHOICES: Mapping[str, Any] = {
    "solved": _l("Solved: the customer has what was asked"),
    "partly": _l("Partly solved: more than this we cannot do"),
    "not_ours": _l("Not ours: somebody else has to solve it"),
    "relation_ended": _l("The relation has ended: the customer goes elsewhere"),
}

AGES: Mapping[str, Any] = {
    "day": _l("up to a day late"),
    "week": _l("up to a week late"),
    "longer": _l("more than a week late"),
}

SPENDINGS: Mapping[str, Any] = {
    "spent": _l("Spent"),
    "asked": _l("Asked"),
    "approved": _l("Approved"),
    "refused": _l("Refused"),
}

PUBLIC_STATUSES: Mapping[str, Any] = {"draft": _l("Draft"), "placed": _l("Placed")}

# What the check on public replies finds.
DISCLOSED: Mapping[str, Any] = {
    "email": _l("an e-mail address"),
    "phone": _l("a telephone number"),
    "iban": _l("an account number"),
    "bsn": _l("a citizen service number"),
    "name": _l("the name of the customer"),
    "colleague": _l("the name of a colleague"),
    "postcode": _l("a postal code"),
    "street": _l("a street and a number"),
    "number": _l("a number of a complaint, an order or a customer"),
    "copied": _l("words of the complaint itself"),
}


def priority_reasons(codes: Sequence[str] | None) -> str:
    """What makes it pressing; empty where nothing does. A code that is not known any more is left out."""
    return ", ".join(str(PRIORITY_REASONS[code]) for code in codes or () if code in PRIORITY_REASONS)


def priority_sentence(priority: int, codes: Sequence[str] | None) -> str | None:
    """'Urgent: the answer is no, …'; None for what is as pressing as any case."""
    level, why = urgency.level(priority), priority_reasons(codes)
    return _("%(level)s: %(why)s.", level=LEVELS[level], why=why) if why and level != "normal" else None


def outcome(code: str | None) -> str:
    return str(OUTCOMES.get(code, code)) if code else ""


def escalation(code: str | None) -> str | None:
    """Why a case went to quality, as a sentence."""
    return str(ESCALATIONS[code]) if code and code in ESCALATIONS else None
