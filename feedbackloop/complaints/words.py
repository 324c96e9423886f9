"""Words for the codes of this station, and for what happened to a complaint in any station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedbackloop.mailing import words as mail_words

FAULTS: Mapping[str, Any] = {
    "us": _l("Ours"),
    "supplier": _l("The supplier’s"),
    "customer": _l("The customer’s"),
    "nobody": _l("Nobody’s"),
}

# Why staff open a case again; a code, because history keeps no personal words.
REOPEN_REASONS: Mapping[str, Any] = {
    "still_wrong": _l("The customer says that it is not solved"),
    "promise_broken": _l("What we promised did not happen"),
    "new_information": _l("There is something new to know"),
    "by_mistake": _l("It was resolved by mistake"),
}

FLAGS: Mapping[str, Any] = {
    "resolved_before_opened": _l("Resolved before it was opened, says the source. The dates are kept as they came."),
}

# Of a promise that a source told us of.
PROMISE_FLAGS: Mapping[str, Any] = {
    "no_root_cause": _l("The source promised that it does not happen again, and no root cause is known."),
    "no_prevention": _l("The source promised that it does not happen again, and named nothing that prevents it."),
    "nothing_behind_it": _l(
        "The source promised that it does not happen again, without a root cause and without anything that prevents it."
    ),
}

CRISES: Mapping[str, Any] = {
    "safety": _l("Somebody’s health or safety is at stake"),
    "distress": _l("The customer is in great distress"),
    "loss": _l("Somebody died or is gravely ill"),
    "threat": _l("There is a threat, to the customer or to us"),
    "other_crisis": _l("It is a crisis for another reason"),
}

CONSENTS: Mapping[str, Any] = {
    "quote": _l("Quote without a name"),
    "name": _l("Show the name"),
    "contact": _l("Ask once more about this"),
    "picture": _l("Show the picture"),
    "story": _l("Write down the story"),
    "reference": _l("Ask for a reference call"),
}

FIELDS: Mapping[str, Any] = {
    "subject": _l("Subject"),
    "summary": _l("In one sentence"),
    "description": _l("What the customer said"),
    "category": _l("Category"),
    "channel": _l("Channel"),
    "opened_at": _l("Opened"),
    "resolved_at": _l("Resolved"),
    "resolution": _l("What was done"),
    "root_cause": _l("Root cause"),
    "fault": _l("Whose fault"),
    "apology_given": _l("Apology given"),
    "prevention": _l("What was promised"),
    "rule": _l("Rule that was in the way"),
    "handler_name": _l("Handler"),
    "handler_email": _l("Handler"),
    "customer": _l("Customer"),
}

_REASONS: Mapping[str, Any] = {
    **REOPEN_REASONS,
    **CRISES,
    "answer": _l("by the customer’s answer"),
    "intake": _l("reported by the source"),
    "staff": _l("by a colleague"),
    "resolved_again": _l("Resolved again"),
    "solved_says_person": _l("Solved, says the customer"),
    "another_solution": _l("for another solution"),
    "solved": _l("Solved, says the handler"),
    "partly": _l("Partly solved"),
    "not_ours": _l("Not our responsibility"),
    "relation_ended": _l("The relation has ended"),
    "second_no": _l("Not solved, for the second time"),
    "third_time": _l("Not right, for the third time"),
    "reopened_before": _l("Opened again before"),
}


def reason(code: str | None) -> str:
    """A reason that history holds, of this station or of mail that was not sent, in words."""
    if not code:
        return ""
    return str(_REASONS[code]) if code in _REASONS else mail_words.reason(code)


def unfounded(missing: Sequence[str]) -> str:
    """What a promise that it will not happen again lacks, and the way out."""
    if tuple(missing) == ("root_cause",):
        return _(
            "This promises that it does not happen again. Fill in the root cause as well, or leave the promise out."
        )
    if tuple(missing) == ("prevention",):
        return _(
            "This promises that it does not happen again. Write what you do to prevent it as well,"
            " or leave the promise out."
        )
    return _(
        "This promises that it does not happen again. Fill in the root cause and what you do to prevent it as well,"
        " or leave the promise out."
    )


def fields(names: list[str]) -> str:
    """The names of facts in words, each once, in their order."""
    return ", ".join(dict.fromkeys(str(FIELDS.get(name, name)) for name in names))


def check_in(what: str, cycle: int) -> str:
    """What happened to the check-in of this round."""
    sentences = {
        "planned": _("Check-in %(n)s planned", n=cycle),
        "sent": _("Check-in %(n)s sent", n=cycle),
        "suppressed": _("Check-in %(n)s not sent", n=cycle),
        "cancelled": _("Check-in %(n)s cancelled", n=cycle),
        "bounced": _("Check-in %(n)s did not arrive", n=cycle),
        "expired": _("No answer to check-in %(n)s", n=cycle),
        "again_planned": _("Check-in %(n)s: asked again after a week", n=cycle),
        "asked_again": _("Check-in %(n)s: asked again", n=cycle),
        "not_again": _("Check-in %(n)s: not asked again", n=cycle),
    }
    return sentences.get(what, "")


def other(subject: str, what: str, state: str | None) -> tuple[str, str]:
    """Title and tone of what happened in a later station; an empty title where the time line leaves it out."""
    known: dict[tuple[str, str], tuple[str, str]] = {
        ("invitation", "sent"): (_("Invited to write a review"), ""),
        ("invitation", "clicked"): (_("Chose a place for the review"), ""),
        ("invitation", "suppressed"): (_("Not invited to write a review"), ""),
        ("invitation", "cancelled"): (_("Invitation for a review cancelled"), ""),
        ("invitation", "bounced"): (_("Invitation for a review did not arrive"), "no"),
        ("complaint", "not_invited"): (_("Not invited to write a review"), ""),
        ("review", "written"): (_("Review written"), "yes"),
        ("review", "changed"): (_("Review changed"), ""),
        ("review", "published"): (_("Review published"), "yes"),
        ("review", "refused"): (_("Review refused"), ""),
        ("review", "withdrawn"): (_("Review withdrawn"), ""),
        ("review", "replied"): (_("Replied to the review"), ""),
        ("review", "made_complaint"): (_("A complaint was made of the review"), ""),
        ("outside_review", "made_complaint"): (_("A complaint was made of a review on another site"), ""),
        ("outside_review", "matched"): (_("A review on another site, perhaps of this customer"), ""),
        ("outside_review", "unmatched"): (_("The review on another site was not of this customer"), ""),
        ("ambassador", "entered"): (_("On the board of ambassadors"), ""),
        ("ambassador", "returned"): (_("On the board of ambassadors again"), ""),
        ("ambassador", "left"): (_("Off the board of ambassadors"), ""),
        ("ask", "sent"): (_("Marketing asked the customer for something"), ""),
        ("ask", "bounced"): (_("What marketing asked did not arrive"), "no"),
        ("ask", "answered"): (
            (_("Customer: yes to what marketing asked"), "yes")
            if state == "yes"
            else (_("Customer: no to what marketing asked"), "")
        ),
        ("improvement", "linked"): (_("Linked to an improvement"), ""),
        ("improvement", "unlinked"): (_("No longer linked to an improvement"), ""),
        ("telling", "sent"): (_("The customer was told what changed"), ""),
        ("telling", "suppressed"): (_("The customer is not told what changed"), ""),
        ("telling", "bounced"): (_("The news of what changed did not arrive"), "no"),
        ("telling", "answered"): (
            (_("Customer: this solves it"), "now") if state == "yes" else (_("Customer: this does not solve it"), "no")
        ),
        ("telling", "looked_at"): (_("Quality looked at that answer"), ""),
        ("telling", "reworded"): (_("The customer wrote more about that answer"), ""),
        ("complaint", "crisis"): (_("Marked as a crisis: the customer is called, not mailed"), "no"),
        ("complaint", "crisis_over"): (_("No crisis any more"), ""),
        ("complaint", "consent_taken_back"): (_("The customer took back what was allowed"), "no"),
        ("call", "opened"): (_("On the call list"), ""),
        ("call", "tried"): (_("Called: no answer"), ""),
        ("call", "reached"): (_("Called and spoken"), "yes"),
        ("call", "refused"): (_("Called: does not want to be asked"), ""),
        ("call", "ended"): (_("Off the call list"), ""),
        ("summary", "sent"): (_("Summary sent to the customer: is this right?"), ""),
        ("summary", "suppressed"): (_("Summary not sent to the customer"), ""),
        ("summary", "bounced"): (_("The summary did not arrive"), "no"),
        ("summary", "cancelled"): (_("Summary not sent to the customer"), ""),
        ("summary", "answered"): (
            (_("Customer: the summary is right"), "yes")
            if state == "accepted"
            else (_("Customer: corrected the summary"), "now")
        ),
        ("step", "sent"): (_("Step against a repeat put to the customer"), ""),
        ("step", "suppressed"): (_("Step against a repeat not put to the customer"), ""),
        ("step", "bounced"): (_("The step against a repeat did not arrive"), "no"),
        ("step", "cancelled"): (_("Step against a repeat not put to the customer"), ""),
        ("step", "answered"): {
            "fine": (_("Customer: the step is fine"), "yes"),
            "not_fine": (_("Customer: the step is not fine"), "no"),
        }.get(state or "", (_("Customer: has another idea for the step"), "now")),
        ("step", "decided"): {
            "taken": (_("We do what the customer proposed"), "yes"),
            "declined": (_("We do not do what the customer proposed"), ""),
        }.get(state or "", (_("Read what the customer thinks of the step"), "")),
        ("recovery_case", "closed"): (_("Recovery case closed"), ""),
        ("recovery_case", "escalated"): (_("The case went to quality"), "no"),
        ("recovery_case", "overdue"): (_("The case is past its date"), "no"),
        ("case_reply", "written"): (_("A colleague wrote to the customer"), ""),
        ("case_reply", "not_sent"): (_("A letter could not be sent"), "no"),
        ("spending", "spent"): (_("Something was spent outside of the rules"), ""),
        ("spending", "asked"): (_("A second person is asked to spend something"), ""),
        ("spending", "approved"): (_("Spending approved"), ""),
        ("spending", "refused"): (_("Spending refused"), ""),
        ("public_reply", "placed"): (_("Public reply placed"), ""),
        ("public_reply", "taken_back"): (_("Public reply taken away"), ""),
        ("mail", "came_back"): (_("An e-mail came back"), "no"),
        ("mail", "cancelled"): (_("A colleague cancelled an e-mail"), ""),
    }
    return known.get((subject, what), ("", ""))
