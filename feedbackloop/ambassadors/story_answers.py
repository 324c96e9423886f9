"""What a person says about their story, and what ends it: their word, a consent that ends, a complaint open again."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import force_locale

from feedbackloop.ambassadors import ask_queries, stories, story_words
from feedbackloop.ambassadors import story_queries as queries
from feedbackloop.ambassadors import story_rules as rules
from feedbackloop.ambassadors.events import AsksAnswered
from feedbackloop.ambassadors.stories import MAIL
from feedbackloop.ambassadors.story_models import Story, StoryVersion
from feedbackloop.ambassadors.story_rules import QUOTE, STORY
from feedbackloop.complaints import queries as complaints
from feedbackloop.complaints.events import ComplaintsReopened, ConfirmationsTakenBack
from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.core.decisions import Decision
from feedbackloop.core.errors import Conflict, Gone, NotFound
from feedbackloop.extensions import db
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.people import consents
from feedbackloop.people.events import ConsentsChanged, PeopleErased

_SYSTEM = "system"
_LIVE = ("draft", "asked", "agreed", "published")


def may_answer(version: StoryVersion, story: Story) -> Decision:
    """Whether this link takes a 'yes' now; a 'no' it also takes where there is a newer text."""
    return rules.may_answer(
        asked=version.asked_at is not None and version.text is not None,
        newest=version.number == story.version,
        answered=version.answer is not None,
        expired=stories.is_expired(version),
        erased=story.customer is None or story.customer.erased_at is not None,
    )


def refuse(decision: Decision) -> None:
    """Raises what a decision against opening the link means. Nothing where it can be read."""
    if decision.reason == "not_found":
        raise NotFound
    if decision.reason == "expired":
        raise Gone


def answer(version_id: int, said: str, words: str | None, name: str | None) -> None:
    """Keeps what the person says to the very words that they were shown; the same again changes nothing.

    A 'yes' is a consent, in the words that they saw, and `name` a second one. Raises NotFound, Gone, and Conflict where
    another text stands there now.
    """
    version = queries.version(version_id)
    story = queries.lock(version.story_id) if version else None
    if version is None or story is None:
        raise NotFound
    db.session.refresh(version)
    decision = may_answer(version, story)
    refuse(decision)
    if not decision and said != "no":
        raise Conflict(code=decision.reason)
    actor = f"customer:{story.customer_id}"
    same = (version.answer, version.words, version.named) == (said, words, name)
    if same and not (said == "no" and story.status != "withdrawn") and not (said == "yes" and _is_away(story)):
        return
    version.answer, version.words, version.named, version.answered_at = said, words, name, clock.now()
    version.decision = None
    mailing.cancel_unsent(MAIL, [version.id], "answered")
    {"yes": _accept, "changes": _propose, "no": _take_back}[said](story, name, actor)
    db.session.flush()


def _is_away(story: Story) -> bool:
    return story.status not in ("agreed", "published")


def _accept(story: Story, name: str | None, actor: str) -> None:
    _give(story, name)
    story.stands_on, story.shown_name, story.agreed_at = STORY, name, clock.now()
    if _is_away(story):
        stories.move(story, "agreed", "said_yes", actor)
    else:
        stories.record(story, "named", actor, story.status)


def _propose(story: Story, name: str | None, actor: str) -> None:
    """Their own words count as allowed, and wait for us: what stood there is not what they want."""
    _give(story, name)
    story.stands_on = story.agreed_at = None
    if story.status != "draft":
        stories.move(story, "draft", "said_changes", actor)
    else:
        stories.record(story, "proposed", actor, story.status)


def _take_back(story: Story, _name: str | None, actor: str) -> None:
    story.shown_name, story.agreed_at = None, None
    if story.status != "withdrawn":
        stories.move(story, "withdrawn", "said_no", actor)
    else:
        story.reason = "said_no"
    if story.customer_id is not None and not _others_stand(story):
        consents.withdraw(story.customer_id, story.complaint_id, STORY)


def _others_stand(story: Story) -> bool:
    """Whether another story of theirs about the same case needs the same consent."""
    others = queries.held_of([story.customer_id or 0], ("agreed", "published"))
    return any(
        one.id != story.id and one.complaint_id == story.complaint_id and one.stands_on == STORY for one in others
    )


def _give(story: Story, name: str | None) -> None:
    if story.customer_id is None:
        raise NotFound
    with force_locale(settings().pick_locale(story.customer.locale if story.customer else None)):
        words = {STORY: str(story_words.STORY_TEXT), "name": str(story_words.NAME_TEXT)}
    consents.give(story.customer_id, story.complaint_id, STORY, story_words.STORY_VERSION, words[STORY])
    if name:
        consents.give(story.customer_id, story.complaint_id, "name", story_words.NAME_VERSION, words["name"])


# What happens


def keep_up_with_consents(event: ConsentsChanged) -> None:
    """Takes away what stands on a consent that ended: the whole story, or the name or picture with it."""
    found = queries.held_of(event.ids, _LIVE)
    allowed = queries.allowed([one.id for one in found])
    for one in found:
        holds = allowed.get(one.id, set())
        if one.shown_name and "name" not in holds:
            one.shown_name = None
            stories.record(one, "unnamed", _SYSTEM, one.status, "consent_ended")
        if one.with_picture and "picture" not in holds:
            one.with_picture = False
            stories.record(one, "without_picture", _SYSTEM, one.status, "consent_ended")
        needs = one.stands_on if one.status in ("agreed", "published") else QUOTE if one.kind == QUOTE else None
        if needs in (QUOTE, STORY) and needs not in holds and not (one.kind == QUOTE and STORY in holds):
            _end(one, "consent_ended")
    db.session.flush()


def begin_agreed(event: AsksAnswered) -> None:
    """Who said that we may tell their story gets a draft, for staff to write."""
    asked = ask_queries.by_ids(event.ids).values()
    begin_for([(one.customer_id, one.complaint_id) for one in asked if one.kind == "story" and one.answer == "yes"])


def begin_for(cases: Iterable[tuple[int, int]]) -> list[int]:
    """A draft for each (person, case) that has none, for people who said that we may tell their story: its words are
    what was done, for staff to go on with. Its person still reads and agrees to the very text. The ids of the drafts.
    """
    made = []
    for customer_id, complaint_id in cases:
        case = complaints.by_ids([complaint_id]).get(complaint_id)
        told = [one for one in queries.held_of([customer_id], rules.STATUSES) if one.complaint_id == complaint_id]
        if case is None or case.customer_id != customer_id or any(one.kind == STORY for one in told):
            continue
        locale = settings().pick_locale(case.customer.locale if case.customer else None)
        with force_locale(locale):
            words = stories.Words(case.resolution or str(story_words.TO_WRITE), case.external_id)
        about = stories.About(complaint_id, customer_id, case.category, locale)
        made.append(stories.begin(STORY, about, words, _SYSTEM).id)
    return made


def step_back(event: ComplaintsReopened | ConfirmationsTakenBack) -> None:
    """Takes stories off the pages while their complaint is open again, or in doubt: staff may put them back later."""
    for one in queries.held_about(event.ids, ("published",)):
        stories.move(one, "agreed", "open_again", _SYSTEM)


def mails_sent(event: MailsSent) -> None:
    """It went out: from now its link lives."""
    if event.kind == MAIL:
        for one in queries.versions(event.subject_ids).values():
            one.sent_at = clock.now()
        db.session.flush()


def mails_ended(event: MailsEnded) -> None:
    """It will not arrive, or did not: the story is a draft again, and says why."""
    if event.kind == MAIL:
        for one in queries.versions(event.subject_ids).values():
            story = queries.lock(one.story_id)
            if story is not None and story.status == "asked" and story.version == one.number:
                one.not_sent = event.reason or event.status
                stories.move(story, "draft", "not_sent", _SYSTEM)
        db.session.flush()


def erase(event: PeopleErased) -> None:
    """Takes erased people's stories away, with every word of them."""
    for one in queries.held_for_erasure(event.ids):
        _end(one, "erased")
        _forget([one])


def _end(story: Story, reason: str) -> None:
    stories.stop_asking(story, reason)
    if story.status != "withdrawn":
        stories.move(story, "withdrawn", reason, _SYSTEM)
    story.reason = reason
    story.agreed_at = None


def _forget(found: Iterable[Story]) -> None:
    for story in found:
        story.title = story.text = story.shown_name = None
        story.with_picture = False
        story.slug = f"{story.kind}-{story.id}"
        for version in story.versions:
            version.title = version.text = version.words = version.named = None
    db.session.flush()
