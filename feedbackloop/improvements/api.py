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
from feedbackloop.improvements import queries, schemas, service, telling_queries
from feedbackloop.improvements.models import Improvement
from feedbackloop.improvements.service import Changes, NewImprovement, Words

blp = Blueprint(
    "improvements_api",
    __name__,
    url_prefix="/api/v1/improvements",
    description="What was done with what people said: 'you said, we did'.",
)
_BEARER: list[dict[str, list[str]]] = [{"bearer": []}]
_ONE = "/<int:improvement_id>"
_LARGEST_ID = 2**63 - 1


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

        A field that is absent stays as it is. Becoming `done` while it is public tells the people behind it. 409 where
        public words would hold personal data, or the status cannot follow. Needs the scope `improvements`.
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

    Everybody behind its complaints is told once, by mail; doing it again changes nothing. 409 where the words hold
    personal data: then a member of staff looks at it. Needs the scope `improvements`.
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

    Mails that were not sent yet are cancelled. Needs the scope `improvements`.
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
    told = telling_queries.results(found)
    return [
        _shown(found[one], complaints[one], people.get(one, 0), told[one]) for one in improvement_ids if one in found
    ]


def _shown(
    improvement: Improvement, complaint_ids: Sequence[int], people: int, told: telling_queries.Results
) -> dict[str, Any]:
    texts = {one.locale: {"you_said": one.you_said, "we_did": one.we_did} for one in improvement.texts}
    names = ("slug", "status", "category", "locale", "version")
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


def _changes(improvement: Improvement, given: Mapping[str, Any]) -> Changes:
    present = {one.locale: Words(one.you_said, one.we_did) for one in improvement.texts}
    return Changes(
        status=given.get("status", UNSET),
        category=given.get("category", UNSET),
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
    own = {name: given[name] for name in ("you_said", "we_did") if name in given}
    if own:
        found[primary] = _whole(present.get(primary), own, "")
    return found


def _whole(before: Words | None, given: Mapping[str, str], prefix: str) -> Words:
    parts = {name: given.get(name) or getattr(before, name, None) for name in ("you_said", "we_did")}
    missing = {f"{prefix}{name}": ["is required"] for name, value in parts.items() if not value}
    if missing:
        raise Unprocessable(fields=missing)
    return Words(str(parts["you_said"]), str(parts["we_did"]))


def _complaint_ids(given: Mapping[str, Any]) -> list[int] | Unset:
    if "complaints" not in given:
        return UNSET
    wrong = [one for one in given["complaints"] if not (one.isascii() and one.isdecimal() and int(one) <= _LARGEST_ID)]
    if wrong:
        raise Unprocessable(fields={"complaints": [f"there is no complaint with the id {wrong[0][:40]!r}"]})
    return [int(one) for one in given["complaints"]]


_NONE = "There is no improvement with this id."
