"""/api/v1/improvements: other systems write, publish and read what was done with complaints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask.views import MethodView

from feedbackloop.config import settings
from feedbackloop.core import access, db, links
from feedbackloop.core.api import Blueprint
from feedbackloop.core.errors import NotFound, Unprocessable
from feedbackloop.core.unset import UNSET, Unset
from feedbackloop.improvements import gate, queries, schemas, service, telling_queries, versions
from feedbackloop.improvements.models import Improvement, ImprovementVersion
from feedbackloop.improvements.service import Changes, NewImprovement, Words
from feedbackloop.staff import queries as accounts

blp = Blueprint(
    "improvements_api",
    __name__,
    url_prefix="/api/v1/improvements",
    description="What was done with what people said: 'you said, we did'.",
)
_BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
_ONE = "/<int:improvement_id>"
_LARGEST_ID = 2**63 - 1
_WORDS = ("you_said", "we_did", "reason")


@blp.route("", methods=["POST"])
@access.requires_scope("improvements")
@blp.doc(security=_BEARER)
@blp.arguments(schemas.ImprovementSchema)
@blp.response(201, schemas.ShownImprovementSchema)
def create(given: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Write an improvement

    It is a draft until it is published. Needs the scope `improvements`.
    """
    locale = given.get("locale", settings().default_locale)
    texts, complaint_ids = _merged({}, locale, given), _complaint_ids(given)
    new = NewImprovement(
        locale=locale,
        texts={name: words for name, words in texts.items() if words is not None},
        status=given.get("status", "planned"),
        category=given.get("category"),
        **_owner(given),
        target_on=given.get("target_on"),
        complaint_ids=() if isinstance(complaint_ids, Unset) else complaint_ids,
    )
    with db.transaction():
        improvement_id = service.create(new, access.actor()).id
    shown = describe([improvement_id])[0]
    return shown, 201, {"Location": links.public("improvements_api.One", improvement_id=improvement_id)}


@blp.route(_ONE)
class One(MethodView):
    """Both methods in one rule: an id that can be none is not found, whatever is asked of it."""

    @access.requires_scope("read")
    @blp.doc(security=_BEARER)
    @blp.response(200, schemas.ShownImprovementSchema)
    def get(self, improvement_id: int) -> dict[str, Any]:
        """One improvement

        As it stands now. Needs the scope `read`.
        """
        found = describe([improvement_id])
        if not found:
            raise NotFound(_NONE)
        return found[0]

    @access.requires_scope("improvements")
    @blp.doc(security=_BEARER)
    @blp.arguments(schemas.ImprovementPatchSchema(partial=True))
    @blp.response(200, schemas.ShownImprovementSchema)
    def patch(self, given: dict[str, Any], improvement_id: int) -> dict[str, Any]:
        """Change an improvement

        A field that is absent stays as it is. Becoming `done` while it is public tells the people behind it. Other
        words of what is public are a correction that everybody sees. 409 where public words would hold personal data,
        or the status cannot follow. Needs the scope `improvements`.
        """
        with db.transaction():
            found = queries.lock(improvement_id)
            if found is None:
                raise NotFound(_NONE)
            service.update(improvement_id, _changes(found, given), access.actor())
        return describe([improvement_id])[0]


@blp.route(f"{_ONE}/publish", methods=["POST"])
@access.requires_scope("improvements")
@blp.doc(security=_BEARER)
@blp.response(200, schemas.ShownImprovementSchema)
def publish(improvement_id: int) -> dict[str, Any]:
    """Publish an improvement

    Everybody behind its complaints is told once, by mail; doing it again changes nothing. 409 with `findings` where the
    words hold personal data: they are changed, or a member of staff lets them stand; no token can. 409 too for an
    `idea`. Needs the scope `improvements`.
    """
    with db.transaction():
        service.publish(improvement_id, access.actor())
    return describe([improvement_id])[0]


@blp.route(f"{_ONE}/unpublish", methods=["POST"])
@access.requires_scope("improvements")
@blp.doc(security=_BEARER)
@blp.response(200, schemas.ShownImprovementSchema)
def unpublish(improvement_id: int) -> dict[str, Any]:
    """Take an improvement off the public page

    Its address answers 410 from then on. Mails that were not sent yet are cancelled. Needs the scope `improvements`.
    """
    with db.transaction():
        service.unpublish(improvement_id, access.actor())
    return describe([improvement_id])[0]


@blp.route("", methods=["GET"])
@access.requires_scope("read")
@blp.doc(security=_BEARER)
@blp.arguments(schemas.ImprovementQuerySchema, location="query")
@blp.response(200, schemas.ImprovementListSchema)
def search(asked: dict[str, Any]) -> dict[str, Any]:
    """Find improvements

    Drafts included, oldest first. Needs the scope `read`.
    """
    limit = asked["limit"]
    ids = queries.page(asked.get("category"), asked.get("status"), asked.get("cursor"), limit + 1)
    return {"items": describe(ids[:limit]), "next": str(ids[limit - 1]) if len(ids) > limit else None}


def describe(improvement_ids: Sequence[int]) -> list[dict[str, Any]]:
    """These improvements as the API shows them, in this order; those that do not exist are left out."""
    found = queries.by_ids(improvement_ids)
    complaints, people = queries.complaint_ids(found), queries.people_behind(found)
    told, read = telling_queries.results(found), versions.all_of(list(found))
    owners = accounts.names([one.owner_id for one in found.values() if one.owner_id])
    return [
        {
            **_shown(found[one], complaints[one], people.get(one, 0), told[one]),
            "owner": owners.get(found[one].owner_id or 0, found[one].owner_name),
            "versions": [_version(found[one], version) for version in read[one]],
        }
        for one in improvement_ids
        if one in found
    ]


def _shown(
    improvement: Improvement, complaint_ids: Sequence[int], people: int, told: telling_queries.Results
) -> dict[str, Any]:
    texts = {locale: _without_none(words) for locale, words in gate.texts_of(improvement).items()}
    names = ("slug", "status", "category", "target_on", "locale", "version")
    moments = ("published_at", "unpublished_at", "done_at", "created_at", "updated_at")
    return {
        "id": str(improvement.id),
        **texts.pop(improvement.locale),
        **{name: getattr(improvement, name) for name in (*names, *moments)},
        "url": links.public("improvements.entry", slug=improvement.slug),
        "public": improvement.public,
        "translations": texts,
        "complaints": [str(one) for one in complaint_ids],
        "raised_by": people,
        "told": {name: getattr(told, name) for name in ("scheduled", "sent", "not_sent", "helps", "not_it")},
    }


def _without_none(words: Words) -> dict[str, str]:
    return {name: text for name, text in vars(words).items() if text is not None}


def _version(improvement: Improvement, version: ImprovementVersion) -> dict[str, Any]:
    where = {"slug": improvement.slug, "number": version.number}
    return {
        "number": version.number,
        "at": version.at,
        "correction": version.corrects,
        "notes": dict(version.notes or {}),
        "url": links.public("improvements.version", **where),
    }


def _owner(given: Mapping[str, Any]) -> dict[str, Any]:
    """The account with this address, or the name of somebody without one."""
    if "owner" not in given:
        return {}
    wanted = given["owner"]
    account = accounts.by_email(wanted) if wanted and "@" in wanted else None
    return {"owner_id": account.id if account else None, "owner_name": None if account else wanted}


def _notes(primary: str, given: Mapping[str, Any]) -> dict[str, str]:
    named = {primary: given, **given.get("translations", {})}
    return {locale: words["note"] for locale, words in named.items() if words and words.get("note")}


def _changes(improvement: Improvement, given: Mapping[str, Any]) -> Changes:
    present = gate.texts_of(improvement)
    return Changes(
        status=given.get("status", UNSET),
        category=given.get("category", UNSET),
        **_owner(given),
        target_on=given.get("target_on", UNSET),
        notes=_notes(given.get("locale", improvement.locale), given),
        locale=given.get("locale", UNSET),
        texts=_merged(present, given.get("locale", improvement.locale), given),
        complaint_ids=_complaint_ids(given),
    )


def _merged(present: Mapping[str, Words], primary: str, given: Mapping[str, Any]) -> dict[str, Words | None]:
    """The languages that are named, each whole: what is not given of one stays as it was."""
    found: dict[str, Words | None] = {}
    for locale, words in given.get("translations", {}).items():
        name = f"translations.{locale}"
        if locale == primary:
            raise Unprocessable(fields={name: ["is the language of `you_said` and `we_did` themselves"]})
        found[locale] = None if words is None else _whole(present.get(locale), words, f"{name}.")
    own = {name: given[name] for name in _WORDS if name in given}
    if own:
        found[primary] = _whole(present.get(primary), own, "")
    return found


def _whole(before: Words | None, given: Mapping[str, str | None], prefix: str) -> Words:
    parts = {name: given.get(name) or getattr(before, name, None) for name in ("you_said", "we_did")}
    missing = {f"{prefix}{name}": ["is required"] for name, value in parts.items() if not value}
    if missing:
        raise Unprocessable(fields=missing)
    reason = given["reason"] if "reason" in given else getattr(before, "reason", None)
    return Words(str(parts["you_said"]), str(parts["we_did"]), reason)


def _complaint_ids(given: Mapping[str, Any]) -> list[int] | Unset:
    if "complaints" not in given:
        return UNSET
    wrong = [one for one in given["complaints"] if not (one.isascii() and one.isdecimal() and int(one) <= _LARGEST_ID)]
    if wrong:
        raise Unprocessable(fields={"complaints": [f"there is no complaint with the id {wrong[0][:40]!r}"]})
    return [int(one) for one in given["complaints"]]


_NONE = "There is no improvement with this id."
