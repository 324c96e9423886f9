"""One way in for every complaint: a batch of one from the API or the form, of hundreds from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from feedbackloop.complaints import promise_guard, queries, rules
from feedbackloop.complaints.events import ComplaintsChanged, ComplaintsReopened, ComplaintsResolved, ResolutionsRedated
from feedbackloop.complaints.queries import Key
from feedbackloop.complaints.rules import Standing
from feedbackloop.complaints.values import ComplaintInput, Outcome
from feedbackloop.core import clock, events, history
from feedbackloop.core.history import Change
from feedbackloop.core.unset import UNSET
from feedbackloop.extensions import db
from feedbackloop.mailing import service as mailing
from feedbackloop.people import service as people

_FIELDS = (
    "subject",
    "summary",
    "description",
    "category",
    "channel",
    "opened_at",
    "resolution",
    "root_cause",
    "fault",
    "apology_given",
    "prevention",
    "rule",
)
# What is kept of a cycle that comes back, and where it stands on the complaint.
ROUND = {
    "complaint_id": "id",
    "cycle": "cycle",
    "resolved_at": "resolved_at",
    "resolution": "resolution",
    "prevention": "prevention",
}
_STANDING = ("status", "cycle", "resolved_at", "replay_until")
# What follows from the rest, so that history need not name it as something that was changed.
_NO_FACTS = frozenset({*_STANDING, "flag", "promise_flag", "reopened_at", "confirmed_at", "customer_id"})


def upsert(records: Sequence[ComplaintInput], actor: str) -> list[Outcome]:
    """Creates or updates by (source, external_id); one outcome a record, in order. See service.upsert."""
    db.session.flush()
    outcomes: list[Outcome] = []
    for wave in _waves(records):
        outcomes += _take(wave, actor)
    return outcomes


def _waves(records: Sequence[ComplaintInput]) -> Iterator[dict[Key, ComplaintInput]]:
    """Cuts where a key comes again, so that the second record finds what the first one left."""
    wave: dict[Key, ComplaintInput] = {}
    for record in records:
        key = (record.source, record.external_id)
        if key in wave:
            yield wave
            wave = {}
        wave[key] = record
    if wave:
        yield wave


@dataclass
class _Batch:
    """What a wave leads to, before it is written."""

    actor: str
    now: datetime
    outcomes: dict[Key, Outcome] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    rounds: list[dict[str, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    moved: dict[str, list[int]] = field(default_factory=lambda: {"resolved": [], "reopened": [], "redated": []})
    readdressed: dict[int, int | None] = field(default_factory=dict)

    def note(self, row: Mapping[str, Any], what: str, **more: Any) -> None:
        self.changes.append(Change(self.actor, "complaint", row["id"], what, complaint_id=row["id"], **more))

    def note_step(self, row: Mapping[str, Any], before: str, step: rules.Step) -> None:
        """Writes down a move of the state machine, or a corrected date."""
        if step.what == "redated":
            self.note(row, "corrected", detail={"fields": ["resolved_at"]})
        elif step.what is not None:
            self.note(row, step.what, from_state=before, to_state=step.after.status, reason="intake")
        if step.what is not None:
            self.moved[step.what].append(row["id"])


def _take(wave: Mapping[Key, ComplaintInput], actor: str) -> list[Outcome]:
    batch = _Batch(actor, clock.now())
    known = queries.lock_known(wave.keys())
    for key, row in known.items():
        if wave[key].digest is not None and wave[key].digest == row["import_digest"]:
            batch.outcomes[key] = Outcome(row["id"], "unchanged")
    open_keys = [key for key in wave if key not in batch.outcomes]
    placed = _place(wave, known, open_keys)
    missed = _insert(batch, {key: wave[key] for key in open_keys if key not in known}, placed)
    if missed:
        # Another transaction made them since we looked; their rows can be seen and held now.
        known = {**known, **queries.lock_known(missed)}
    for key in open_keys:
        if key in known:
            _update(batch, key, wave[key], dict(known[key]), placed.get(key))
    queries.update_rows(batch.rows)
    queries.keep_rounds(batch.rounds)
    history.record_many(batch.changes)
    mailing.readdress_unsent(batch.readdressed)
    db.session.expire_all()
    _emit(batch)
    return [batch.outcomes[key] for key in wave]


def _place(
    wave: Mapping[Key, ComplaintInput], known: Mapping[Key, RowMapping], keys: Sequence[Key]
) -> dict[Key, people.Placed]:
    """The person of each record that says something of one."""
    words: dict[Key, people.Word] = {}
    for key in keys:
        said = wave[key].customer
        if said is not UNSET:
            current = known[key]["customer_id"] if key in known else None
            words[key] = people.Word(current, said, wave[key].sample)
    return dict(zip(words, people.place(list(words.values())), strict=True))


def _insert(batch: _Batch, wave: Mapping[Key, ComplaintInput], placed: Mapping[Key, people.Placed]) -> list[Key]:
    """Inserts new complaints; the keys that turned out to be there already."""
    rows: dict[Key, dict[str, Any]] = {}
    steps: dict[Key, rules.Step] = {}
    for key, record in wave.items():
        row = _empty_row(record, batch.now)
        _apply(row, record)
        row["customer_id"] = placed[key].customer_id if key in placed else None
        steps[key] = rules.hear_resolution(Standing(), record.resolved_at)
        _stand(row, steps[key].after)
        rows[key] = row
    ids = queries.insert_new(list(rows.values()))
    for key in wave:
        if key in ids:
            row = {**rows[key], "id": ids[key]}
            batch.outcomes[key] = Outcome(ids[key], "created")
            batch.note(row, "created", to_state="open")
            batch.note_step(row, "open", steps[key])
    return [key for key in wave if key not in ids]


def _update(batch: _Batch, key: Key, record: ComplaintInput, row: dict[str, Any], placed: people.Placed | None) -> None:
    before = dict(row)
    erased = bool(row.pop("erased"))
    _apply(row, record, without=rules.PERSONAL_FIELDS if erased else ())
    if placed is not None and not erased:
        row["customer_id"] = placed.customer_id
        if row["customer_id"] != before["customer_id"]:
            batch.readdressed[row["id"]] = row["customer_id"]
    step = rules.hear_resolution(Standing(**{name: row[name] for name in _STANDING}), record.resolved_at)
    _stand(row, step.after)
    if step.what == "reopened":
        row["reopened_at"], row["confirmed_at"] = batch.now, None
        batch.rounds.append({name: before[source] for name, source in ROUND.items()})
    changed = sorted(name for name in row if row[name] != before[name])
    row["import_digest"] = record.digest or row["import_digest"]
    if changed or (placed is not None and placed.changed):
        row["updated_at"] = batch.now
    if row != {name: before[name] for name in row}:
        batch.rows.append(row)
    facts = [name for name in changed if name not in _NO_FACTS]
    facts += ["customer"] if "customer_id" in changed or (placed is not None and placed.changed) else []
    if facts:
        batch.note(row, "changed", detail={"fields": facts})
    batch.note_step(row, before["status"], step)
    batch.outcomes[key] = Outcome(row["id"], "updated" if changed or facts else "unchanged")


def _empty_row(record: ComplaintInput, now: datetime) -> dict[str, Any]:
    """Every column of a new complaint. Without a date it was opened now, or when it was resolved."""
    opened_at = min(now, record.resolved_at) if isinstance(record.resolved_at, datetime) else now
    return {
        **dict.fromkeys(queries.MUTABLE),
        "source": record.source,
        "external_id": record.external_id,
        "sample": record.sample,
        "opened_at": opened_at,
        "import_digest": record.digest,
        "created_at": now,
        "updated_at": now,
    }


def _apply(row: dict[str, Any], record: ComplaintInput, without: Sequence[str] = ()) -> None:
    """Puts what the record gives into the row; not its state, and not its person."""
    for name in _FIELDS:
        value = getattr(record, name)
        if value is not UNSET and name not in without:
            row[name] = value
    if record.handler is None:
        row["handler_name"] = row["handler_email"] = None
    elif record.handler is not UNSET:
        for name in ("name", "email"):
            value = getattr(record.handler, name)
            if value is not UNSET:
                row[f"handler_{name}"] = value
    # A source is heard and not refused: what it promised in vain is shown to staff. See decision 14.
    row["promise_flag"] = promise_guard.flag(row["resolution"], row["prevention"], row["root_cause"])


def _stand(row: dict[str, Any], after: Standing) -> None:
    for name in _STANDING:
        row[name] = getattr(after, name)
    row["flag"] = rules.flag(row["opened_at"], row["resolved_at"])


def _emit(batch: _Batch) -> None:
    if batch.moved["resolved"]:
        events.emit(ComplaintsResolved(tuple(batch.moved["resolved"])))
    if batch.moved["reopened"]:
        events.emit(ComplaintsReopened(tuple(batch.moved["reopened"]), by="intake"))
    if batch.moved["redated"]:
        events.emit(ResolutionsRedated(tuple(batch.moved["redated"])))
    if corrected := tuple(change.subject_id for change in batch.changes if change.what == "changed"):
        events.emit(ComplaintsChanged(corrected))
