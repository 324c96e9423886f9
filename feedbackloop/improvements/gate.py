"""The personal-data gate of improvements: nothing becomes public that could tell who complained, unless a second person
looked at that very thing and let it stand."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass

from feedbackloop.config import settings
from feedbackloop.core import clock, history, keys, personal
from feedbackloop.core.errors import Conflict
from feedbackloop.core.history import Change
from feedbackloop.core.personal import Finding
from feedbackloop.improvements import gate_queries, queries, rules
from feedbackloop.improvements.models import Improvement
from feedbackloop.improvements.rules import Words

CATEGORY = "category"


@dataclass(frozen=True)
class Judged:
    """Something that was found, where (a language and a part of its words), and who let it stand, if anybody did.

    `ref` names it on a page; `digest` is what is kept of its words, None while nothing was ever kept.
    """

    finding: Finding
    place: str
    ref: str
    digest: str | None
    overruled_by: str | None = None


class PersonalDataFound(Conflict):
    """The gate stops it: the texts hold what could tell who complained."""

    def __init__(self, found: Collection[Judged]) -> None:
        fields: dict[str, list[str]] = {}
        for one in found:
            words = f"holds {_KINDS[one.finding.kind]}: {one.finding.text}"
            fields.setdefault(one.finding.field, []).append(words)
        super().__init__("The text holds personal data.", fields=fields, code="personal_data")
        self.judged = tuple(found)
        self.findings = tuple(one.finding for one in found)
        self.members = {"findings": [asdict(one) for one in self.findings]}


class NotByYou(Conflict):
    """Only a second person overrules the gate. `code` says why this one is none."""


_KINDS = {
    "name": "what looks like the name of a person",
    "colleague": "the name of somebody who handled a complaint",
    "email": "an e-mail address",
    "phone": "a telephone number",
    "iban": "an account number",
    "bsn": "a citizen service number",
    "address": "where somebody lives",
    "number": "an order, customer or case number",
    "copied": "eight or more words in a row of a complaint",
}


def texts_of(improvement: Improvement) -> dict[str, Words]:
    return {one.locale: Words(one.you_said, one.we_did, one.reason) for one in improvement.texts}


def judged(
    improvement: Improvement, texts: Mapping[str, Words] | None = None, notes: Mapping[str, str] | None = None
) -> list[Judged]:
    """What the gate finds in the words as they stand, or in these, with who let it stand."""
    held = texts_of(improvement) if texts is None else texts
    fields = _fields(improvement, held, notes or {})
    own = (settings().organisation, settings().sender.address)
    found = personal.findings(
        {field: words for field, (_place, words) in fields.items()}, gate_queries.known(improvement.id, own)
    )
    digests = keys.address_keys({_kept(one) for one in found})
    by = gate_queries.overruled(improvement.id) if digests else {}
    return [_judged(one, fields[one.field][0], digests.get(_kept(one)), by) for one in found]


def check(improvement: Improvement, asker: str, notes: Mapping[str, str] | None = None) -> None:
    """Raises PersonalDataFound for everything that nobody let stand, or only the one who wants it public."""
    stopped = [one for one in judged(improvement, notes=notes) if not stands(one, asker)]
    if stopped:
        raise PersonalDataFound(stopped)


def stands(one: Judged, asker: str) -> bool:
    return one.overruled_by is not None and one.overruled_by != asker


def overrule(improvement: Improvement, found: Iterable[Judged], ref: str, writers: Collection[str], actor: str) -> None:
    """Lets one thing that was found stand where it stands.

    Raises NotByYou for who wrote the words or asked for them to be public, and for machines; Conflict where it is not
    found any more.
    """
    one = next((one for one in found if one.ref == ref), None)
    if one is None:
        raise Conflict(code="not_found_any_more")
    allowed = rules.may_overrule(actor, writers, improvement.asked_by)
    if not allowed:
        raise NotByYou(code=allowed.reason)
    digest = keys.address_key(_kept(one.finding))
    gate_queries.overrule(improvement.id, (one.place, one.finding.kind, digest), actor, clock.now())
    detail = {"place": one.place, "finding": digest[:16]}
    history.record(Change(actor, "improvement", improvement.id, "overruled", reason=one.finding.kind, detail=detail))


def writers_of(improvement_id: int) -> set[str]:
    """Who wrote the words that stand there and that the public has not read yet."""
    return rules.writers((row.what, row.actor) for row in queries.history_of(improvement_id))


def _judged(found: Finding, place: str, digest: str | None, by: Mapping[tuple[str, str, str], str]) -> Judged:
    named = f"{place}\n{found.kind}\n{personal.folded(found.text)}"
    ref = hashlib.sha256(named.encode()).hexdigest()[:16]
    return Judged(found, place, ref, digest, by.get((place, found.kind, digest)) if digest else None)


def _kept(found: Finding) -> str:
    """What is hashed of its words, so that the same words written another way are the same."""
    return f"finding {personal.folded(found.text)}"


def _fields(
    improvement: Improvement, texts: Mapping[str, Words], notes: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Everything that the public would read, by the name that the API has for it: where it stands, and its words."""
    found: dict[str, tuple[str, str]] = {}
    for locale, words in sorted(texts.items(), key=lambda one: (one[0] != improvement.locale, one[0])):
        prefix = "" if locale == improvement.locale else f"translations.{locale}."
        parts = {"you_said": words.you_said, "we_did": words.we_did, "reason": words.reason, "note": notes.get(locale)}
        found.update({f"{prefix}{name}": (f"{locale}.{name}", text) for name, text in parts.items() if text})
    if improvement.category:
        found[CATEGORY] = (CATEGORY, improvement.category)
    return found
