"""How staff read what the outbox keeps as codes."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

_KINDS: dict[str, Any] = {
    "check_in": _l("Check-in"),
    "check_in_reminder": _l("Reminder"),
    "check_in_again": _l("Asked again"),
    "summary_confirmation": _l("Summary to confirm"),
    "step_agreement": _l("Step to agree to"),
    "answer_receipt": _l("Receipt of an answer"),
    "case_for_handler": _l("Case for a handler"),
    "case_for_quality": _l("Case for quality"),
    "case_overdue": _l("Late case, to its owner"),
    "case_overdue_for_quality": _l("Late case, to quality"),
    "case_reply": _l("Letter of a colleague"),
    "solved_for_handler": _l("Solved, to the handler"),
    "reply_for_handler": _l("Reply, to the handler"),
    "review_invitation": _l("Review invitation"),
    "ask": _l("Asked by marketing"),
    "story_agreement": _l("Story to agree to"),
    "told_you_so": _l("Told"),
    "follow_confirmation": _l("Following to confirm"),
    "follow_digest": _l("News for followers"),
    "numbers_report": _l("Report with numbers"),
}

_REASONS: dict[str, Any] = {
    "account_disabled": _l("the account is disabled"),
    "agreed": _l("the person allows it already"),
    "answered": _l("already answered"),
    "asked_again": _l("the person asks for mail again"),
    "asked_us": _l("the person asked us to stop"),
    "asked_recently": _l("asked a short time ago"),
    "by_mistake": _l("put on by mistake"),
    "by_staff": _l("decided by staff"),
    "came_back": _l("it came back: the server behind the first one refuses it"),
    "case_open": _l("a complaint of the person is open"),
    "closed": _l("the case is closed"),
    "complained": _l("reported as unwanted"),
    "content_refused": _l("the server refuses the content"),
    "control_characters": _l("characters that no mail may hold"),
    "crisis": _l("called and not mailed, because of a crisis"),
    "decided_by_us": _l("our own decision"),
    "erased": _l("the person’s details were erased"),
    "escalated": _l("the case went to quality"),
    "expired": _l("the link has expired"),
    "gave_up": _l("it came back: it was tried for a long time"),
    "gone": _l("what it was about is gone"),
    "no_address": _l("no address"),
    "no_customer": _l("nobody is known who could be written to"),
    "no_destination": _l("no place to write a review"),
    "no_reply": _l("the server fell silent after the whole message; it may have arrived"),
    "no_such_address": _l("the address does not exist"),
    "not_overdue": _l("the case is not late any more"),
    "not_ours": _l("the case is closed"),
    "not_found": _l("what it was about is gone"),
    "not_on_board": _l("the person left the board of ambassadors"),
    "nothing_to_tell": _l("nothing left to tell"),
    "open_again": _l("the complaint is open again"),
    "once": _l("asked again only once"),
    "opted_out": _l("opted out"),
    "partly": _l("the case is closed"),
    "relation_ended": _l("the case is closed"),
    "solved": _l("the case is closed"),
    "other_address": _l("it came back from another address than the one that is known now"),
    "other_person": _l("the address belongs to somebody else"),
    "our_sender": _l("it came back: our own sender address is refused"),
    "planned_elsewhere": _l("another invitation is planned"),
    "put_off": _l("the server says: not now"),
    "rate_cap": _l("as many went as may go in a minute"),
    "read_before": _l("somebody read it already"),
    "readdressed": _l("the improvement goes to others now"),
    "refused": _l("the server refuses it"),
    "refused_too_often": _l("refused three times within 30 days; after 30 days it is tried again"),
    "reopened": _l("the complaint is open again"),
    "resolved_again": _l("the complaint was resolved again"),
    "role_lost": _l("the colleague may not see the numbers any more"),
    "sample_data": _l("sample data, never mailed"),
    "server_away": _l("no connection to the mail server"),
    "shared": _l("goes in one mail with another complaint"),
    "sign_in_refused": _l("the mail server refuses our sign-in"),
    "taken_back": _l("the customer took back that it is solved"),
    "too_late": _l("too late to make sense"),
    "too_old": _l("resolved too long ago"),
    "undelivered": _l("it came back, without a status"),
    "unpublished": _l("the improvement is not public any more"),
    "unsubscribed": _l("the colleague wants it no more"),
    "unfollowed": _l("the log is not followed any more"),
    "works_again": _l("the address works again"),
    "wrong_address": _l("the address cannot be written to"),
    "wrong_header": _l("a link in it is too long"),
}

_PURPOSES: dict[str, Any] = {
    "check_in": _l("Check-ins"),
    "review": _l("Review invitations"),
    "news": _l("News of improvements"),
    "follow": _l("The log, followed by mail"),
    "all": _l("All mail"),
}

_SOURCES: dict[str, Any] = {
    "one_click": _l("the mail program’s button"),
    "page": _l("the page behind the link"),
    "smtp": _l("the mail server"),
    "staff": _l("a colleague"),
    "pipe": _l("mail that came back"),
    "maildir": _l("mail that came back"),
    "imap": _l("mail that came back"),
}


def kind(name: str) -> str:
    return str(_KINDS.get(name, name.replace("_", " ").capitalize()))


def purpose(name: str) -> str:
    return str(_PURPOSES.get(name, name))


def source(name: str) -> str:
    return str(_SOURCES.get(name, name))


def reason(code: str | None) -> str:
    """A sentence part. An error in our own program is named by its kind, which is what its mender searches for."""
    if not code:
        return ""
    head, _colon, detail = code.partition(":")
    if head == "error":
        return _("it could not be made (%(error)s)", error=detail)
    if head == "follow_up":
        status, _colon, error = detail.partition(":")
        if status == "sent":
            return _("it was sent, but what follows from that failed (%(error)s)", error=error)
        return _("what follows from its end failed (%(error)s)", error=error)
    return str(_REASONS.get(code, code.replace("_", " ")))
