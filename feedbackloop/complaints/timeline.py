"""The story of one complaint, from the history of every station: in rounds, and what it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from feedbackloop.complaints import words
from feedbackloop.complaints.models import Complaint, Round
from feedbackloop.core import access, formats, moments
from feedbackloop.core.history import History

# What a complaint led to stands after its rounds, whenever it happened.
_LATER = ("improvement", "telling")


@dataclass
class Event:
    """One point of the line. `voice` are the customer's words, `text` ours; `small` are lines of detail; `files` came
    along (name, about, href)."""

    at: datetime
    title: str
    tone: str = ""
    aside: str | None = None
    voice: str | None = None
    text: str | None = None
    small: list[str] = field(default_factory=list)
    href: str | None = None
    files: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass
class Turn:
    """A part of the story under its own heading."""

    title: str
    events: list[Event] = field(default_factory=list)


class Story:
    """Puts the rows of history, oldest first, into turns. `parts` is what later stations know (description.case_parts),
    `names` the names of colleagues by id."""

    def __init__(
        self, complaint: Complaint, rounds: Mapping[int, Round], parts: Mapping[str, Any], names: Mapping[int, str]
    ) -> None:
        self._complaint = complaint
        self._rounds = rounds
        self._names = names
        self._check_ins = {int(one["id"]): one for one in parts.get("check_ins") or []}
        self._cases = {int(one["id"]): one for one in parts.get("recovery_cases") or []}
        self._replies = {one.id: one for one in parts.get("replies") or []}
        self._answers = parts.get("answers") or {}
        self._cycle = 0

    def turns(self, rows: Iterable[History]) -> list[Turn]:
        turns = [Turn(_("Round 1"))]
        changed = Turn(_("What it changed"))
        for row in rows:
            if (row.subject, row.what) == ("complaint", "reopened"):
                turns.append(Turn(self._next_round(row)))
            event = self._event(row)
            if event is not None:
                (changed if row.subject in _LATER else turns[-1]).events.append(event)
        return [turn for turn in (*turns, changed) if turn.events]

    def _next_round(self, row: History) -> str:
        number = self._cycle + 1
        if row.reason == "answer":
            return _("Round %(n)s, back to a handler", n=number)
        return _("Round %(n)s", n=number)

    def _event(self, row: History) -> Event | None:
        make = {
            "complaint": self._of_complaint,
            "check_in": self._of_check_in,
            "answer": self._of_answer,
            "recovery_case": self._of_recovery,
            "ambassador": self._of_ambassador,
            "reply": self._of_reply,
        }.get(row.subject, self._of_other)
        return make(row)

    def _of_complaint(self, row: History) -> Event | None:
        make = {
            "created": self._created,
            "resolved": self._resolved,
            "reopened": self._reopened,
            "changed": self._changed,
            "corrected": self._corrected,
        }.get(row.what)
        if make is not None:
            return make(row)
        if row.what == "unconfirmed":
            return None  # their new answer says it
        if row.what == "confirmed":
            # The customer's own answer stands right before it.
            by_customer = row.actor.startswith("customer:")
            return None if by_customer else Event(row.at, _("Confirmed: it is solved"), "yes", self._by(row))
        return self._of_other(row)

    def _created(self, row: History) -> Event:
        told = self._complaint
        source = _("%(source)s, number %(number)s", source=told.source, number=told.external_id)
        return Event(
            told.opened_at,
            _("Complaint"),
            aside=told.channel,
            voice=told.description or told.summary or told.subject,
            small=[", ".join(filter(None, (source, self._by(row))))],
        )

    def _resolved(self, row: History) -> Event:
        self._cycle += 1
        kept = self._rounds.get(self._cycle)
        present = self._cycle == self._complaint.cycle and self._complaint.status != "reopened"
        words_of = self._complaint if kept is None or present else kept
        known = self._cycle == self._complaint.cycle or kept is not None
        promised = words_of.prevention if known else None
        return Event(
            (words_of.resolved_at if known else None) or row.at,
            _("Resolved") if self._cycle == 1 else _("Resolved again"),
            aside=self._by(row),
            text=words_of.resolution if known else None,
            small=[_("Promised: %(what)s", what=promised)] if promised else [],
        )

    def _reopened(self, row: History) -> Event:
        return Event(row.at, _("Reopened"), aside=self._by(row), small=[words.reason(row.reason)])

    def _changed(self, row: History) -> Event:
        named = words.fields((row.detail or {}).get("fields", []))
        return Event(row.at, _("Facts changed"), aside=self._by(row), small=[named] if named else [])

    def _corrected(self, row: History) -> Event:
        return Event(row.at, _("Date of the resolution corrected"), aside=self._by(row))

    def _of_check_in(self, row: History) -> Event | None:
        about = self._check_ins.get(row.subject_id)
        title = words.check_in(row.what, about["cycle"] if about else self._cycle)
        if not title or about is None:
            return None
        if row.what in ("again_planned", "not_again", "asked_again"):
            return self._of_second_question(row, title)
        if row.what == "planned":
            if about["status"] not in ("scheduled", "queued"):
                return None
            due = formats.datetime_short(moments.read(about["due_at"]))
            small = [_("Goes out on %(moment)s", moment=due), words.reason(about["reason"])]
            return Event(row.at, title, small=[line for line in small if line])
        tone = "no" if row.what == "bounced" else ""
        if row.what == "sent":
            return Event(row.at, title, small=[formats.time_short(row.at)])
        return Event(row.at, title, tone, small=[words.reason(row.reason)] if row.reason else [])

    def _of_second_question(self, row: History, title: str) -> Event:
        return Event(row.at, title, small=[words.reason(row.reason)] if row.reason else [])

    def _of_answer(self, row: History) -> Event:
        title = {
            "yes": _("Answer: yes"),
            "partly": _("Answer: partly"),
            "no": _("Answer: no"),
            "later": _("Answer: not yet"),
        }.get(row.to_state or "", _("Answer"))
        detail = row.detail or {}
        figures = [
            _("rating %(n)s of 5", n=detail["rating"]) if detail.get("rating") is not None else "",
            _("would recommend: %(n)s of 10", n=detail["recommend"]) if detail.get("recommend") is not None else "",
        ]
        tone = {"yes": "yes", "no": "no", "partly": "no"}.get(row.to_state or "", "")
        event = Event(row.at, title, tone, " · ".join(filter(None, figures)) or None)
        if row.actor.startswith("staff:"):
            event.small.append(_("By telephone, written down %(by)s", by=self._by(row) or _("by a colleague")))
        elif row.what == "changed":
            event.small.append(_("Changed by the customer"))
        version = self._answers.get(row.subject_id)
        if version is not None:
            _tell(event, version)
        return event

    def _of_recovery(self, row: History) -> Event | None:
        case = self._cases.get(row.subject_id)
        if row.what == "opened" and case is not None:
            due = formats.datetime_short(case["due_at"])
            heard = _("The customer heard: by %(moment)s at the latest", moment=due)
            return Event(row.at, _("Recovery case for %(name)s", name=case["owner"]), small=[heard])
        return self._of_other(row)

    def _of_ambassador(self, row: History) -> Event | None:
        if row.what == "moved":
            return None  # the board tells that story
        return self._of_other(row)

    def _of_reply(self, row: History) -> Event | None:
        reply = self._replies.get(row.subject_id)
        if row.what != "received" or reply is None:
            return None
        titles = {"customer": _("The customer replied by e-mail"), "colleague": _("A colleague wrote by e-mail")}
        aside = reply.sender_address if reply.written_by == "other" else None
        event = Event(row.at, titles.get(reply.written_by, _("Somebody replied by e-mail")), "now", aside, reply.text)
        if reply.text is None:
            event.small.append(_("The words were erased."))
        if reply.attachments:
            event.small.append(
                _(
                    "With files, which are kept in the mailbox and not here: %(names)s",
                    names=", ".join(reply.attachments),
                )
            )
        return event

    def _of_other(self, row: History) -> Event | None:
        title, tone = words.other(row.subject, row.what, row.to_state)
        if not title:
            return None
        event = Event(row.at, title, tone, small=[words.reason(row.reason)] if row.reason else [])
        if row.subject == "improvement":
            event.href = access.link("improvements_staff.detail", improvement_id=row.subject_id)
        return event

    def _by(self, row: History) -> str | None:
        """Who did it, where that is worth a word."""
        kind, _colon, number = row.actor.partition(":")
        if kind == "staff":
            name = self._names.get(int(number))
            return _("by %(name)s", name=name) if name else None
        told = {"import": _("from a file"), "api": _("by another system"), "handler-link": _("by the handler, by mail")}
        return told.get(kind)


def _tell(event: Event, version: Mapping[str, Any]) -> None:
    """Puts to a version of an answer what the person said with it."""
    event.voice, event.files = version["comment"], version["files"]
    if version["reasons"]:
        event.small.append(_("Not right yet: %(what)s", what="; ".join(version["reasons"])))
    if version["stays"]:
        event.small.append(_("These reasons do not open the complaint again"))
    if version["call_me"]:
        event.small.append(_("Wants to be called"))
    if version["meet"]:
        event.small.append(_("Would like to meet"))
    if event.voice:
        allowed = _("May be quoted, without a name") if version["quote_consent"] else _("May not be quoted")
        event.small.append(allowed)


def staff_ids(rows: Sequence[History]) -> list[int]:
    """The colleagues who appear in these rows."""
    return sorted({int(row.actor[6:]) for row in rows if row.actor.startswith("staff:")})
