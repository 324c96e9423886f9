"""What staff see of improvements: all of them, and one with everything about it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, g, render_template, request

from feedbackloop.config import settings
from feedbackloop.core import access
from feedbackloop.core.errors import NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.core.history import History
from feedbackloop.improvements import (
    entries,
    evidence,
    gate,
    gate_view,
    queries,
    rules,
    steps,
    telling_queries,
    tellings,
    versions,
    waiting,
    words,
)
from feedbackloop.improvements.forms import EvidenceForm, LinkForm, PublishForm
from feedbackloop.improvements.gate_view import Stopped
from feedbackloop.improvements.models import Improvement
from feedbackloop.staff import queries as accounts

PAGE_SIZE = 50
SHOWN = 200
STEPS_SHOWN = 20
WRITERS = ("quality",)
READERS = ("quality", "handler", "marketing")
# Who may read what people complained about; marketing sees numbers and dates only.
SEES_CASES = ("admin", "quality", "handler")

staff = Blueprint("improvements_staff", __name__, url_prefix="/staff/improvements")


@staff.get("/")
@access.requires(*READERS)
def listing() -> str:
    """All improvements, drafts included; filters and order are in the address."""
    asked = {name: request.args.get(name, "").strip() for name in ("status", "category", "visible", "sort")}
    rows = queries.staff_list(asked, row_id(request.args.get("after")) or 0, PAGE_SIZE + 1)
    ids = [one.id for one in rows[:PAGE_SIZE]]
    return render_template(
        "staff/improvements/list.html",
        asked=asked,
        rows=[(one, _said(one)) for one in rows[:PAGE_SIZE]],
        people=queries.people_behind(ids),
        results=telling_queries.results(ids),
        categories=queries.categories(),
        statuses=words.STAGES,
        next=(row_id(request.args.get("after")) or 0) + PAGE_SIZE if len(rows) > PAGE_SIZE else None,
        steps=steps.unused(STEPS_SHOWN) if _may_write() else [],
        may_write=_may_write(),
    )


@staff.get("/<int:improvement_id>")
@access.requires(*READERS)
def detail(improvement_id: int) -> str:
    """Everything about one improvement, and what can be done with it."""
    return detail_page(existing(improvement_id))


def detail_page(
    found: Improvement,
    *,
    link_form: LinkForm | None = None,
    publish_form: PublishForm | None = None,
    evidence_form: EvidenceForm | None = None,
) -> str:
    """The page, with the form that was wrong where there was one."""
    history = queries.history_of(found.id)
    results = telling_queries.results([found.id])[found.id]
    actors = {int(row.actor.partition(":")[2]) for row in history if row.actor.startswith("staff:")}
    next_milestone = {
        one: rules.milestone_reached(found.public, found.status, found.public, one)
        for one in rules.reachable(found.status, found.public)
    }
    return render_template(
        "staff/improvements/detail.html",
        improvement=found,
        entry=entries.entries([found], settings().pick_locale(found.locale))[0],
        languages=[(text.locale, words.LANGUAGES.get(text.locale, text.locale)) for text in found.texts],
        history=_folded(history),
        names=accounts.names(list(actors)),
        linked=queries.linked(found.id, SHOWN),
        linked_total=len(queries.complaint_ids([found.id])[found.id]),
        people=queries.people_behind([found.id]).get(found.id, 0),
        stopped=_stopped(found),
        found_words=words.FOUND,
        waits=_waits(found),
        notes_in=[] if found.public else versions.changed_languages(found),
        publish_form=publish_form or PublishForm(formdata=None),
        read=versions.all_of([found.id])[found.id],
        owner=_owner(found),
        publishing=tellings.forecast(found.id, rules.milestone(found.status)),
        moves={
            one: tellings.forecast(found.id, reached) if reached else None for one, reached in next_milestone.items()
        },
        statuses=words.STAGES,
        results=results,
        told=telling_queries.tellings_of(found.id, SHOWN),
        not_told=words.not_told,
        helps=words.helps(found.status),
        link_form=link_form or LinkForm(formdata=None),
        evidence=evidence.of(found.id) if g.staff.role in SEES_CASES else [],
        evidence_form=evidence_form or EvidenceForm(formdata=None),
        may_write=_may_write(),
        sees_cases=g.staff.role in SEES_CASES,
        case_address=lambda complaint_id: access.link("complaints_staff.case", complaint_id=complaint_id),
    )


def _stopped(found: Improvement) -> Stopped | None:
    """What the gate says of words that are not public yet; None where it says nothing."""
    judged = gate.judged(found) if _may_write() and not found.public else []
    if not judged:
        return None
    fields = gate_view.fields_of(gate.texts_of(found), {}, found.category)
    return gate_view.stopped(found, judged, fields, gate.writers_of(found.id))


def _waits(found: Improvement) -> Stopped | None:
    """What the gate says of a correction that waits."""
    waits = waiting.of(found.id) if _may_write() else None
    if waits is None:
        return None
    notes = waiting.changes_of(waits).notes
    fields = gate_view.fields_of(waiting.texts_of(found, waits), notes, found.category)
    return gate_view.stopped(found, waiting.judged(found, waits), fields, waits.writers)


def _owner(found: Improvement) -> str | None:
    return accounts.names([found.owner_id]).get(found.owner_id) if found.owner_id else found.owner_name


def owners(present: int | None = None) -> list[tuple[int, str]]:
    """Who can be the owner: active accounts, and who it is already."""
    return [(one.id, one.name) for one in accounts.accounts() if one.disabled_at is None or one.id == present]


def existing(improvement_id: int) -> Improvement:
    """Raises NotFound."""
    found = queries.by_id(improvement_id)
    if found is None:
        raise NotFound
    return found


def _folded(history: Sequence[History]) -> list[tuple[History, int]]:
    """The newest first; what one hand did many times in a row stands there once, with how often."""
    found: list[tuple[History, int]] = []
    for row in reversed(history):
        last, times = found[-1] if found else (None, 0)
        if last is not None and (last.what, last.actor, last.to_state) == (row.what, row.actor, row.to_state):
            found[-1] = (last, times + 1)
        else:
            found.append((row, 1))
    return found


def _said(improvement: Improvement) -> str:
    locale = settings().pick_locale(g.staff.locale)
    return entries.entry(improvement, entries.shown_text(improvement, locale), 0).said


def _may_write() -> bool:
    return g.staff.role in (*WRITERS, "admin")
