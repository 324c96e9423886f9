"""People whose words and stories are shown, and what staff do with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from feedbackloop.ambassadors import stories
from feedbackloop.ambassadors import story_queries as queries
from feedbackloop.ambassadors.stories import About, Words
from feedbackloop.ambassadors.story_models import Story
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.people import consents
from tests.support.reviewer import Reviewer

SAID = "Ik was boos, want de taart was te laat. Maar u belde zelf, en het is netjes opgelost."
TOLD = Words("Wij brachten de taart alsnog.\n\nDe volgende keer bellen wij eerder.", "Toch nog taart")
MARKETING = "staff:1"


@dataclass
class Storyteller(Reviewer):
    """What a test does with stories; each verb is a transaction of its own."""

    def allows_quote(self, external_id: str = "K-1", comment: str = SAID, **given: Any) -> int:
        """Somebody who says yes in these words and lets us show them; the id of their answer."""
        complaint = self.says_yes(external_id, {"comment": comment, "quote_consent": "1"}, **given)
        with self.app.app_context():
            wanted = select(Answer.id).join(CheckIn, CheckIn.id == Answer.check_in_id)
            return db.session.scalars(wanted.where(CheckIn.complaint_id == complaint)).one()

    def quoted(self, external_id: str = "K-1", **given: Any) -> int:
        """A quote in the library; its id."""
        answer_id = self.allows_quote(external_id, **given)
        with self.writing():
            return stories.quote("answer", answer_id, MARKETING).id

    def drafted(self, external_id: str = "K-1", words: Words = TOLD, kind: str = "story", **given: Any) -> int:
        """A draft of ours about somebody who says yes; its id."""
        complaint = self.says_yes(external_id, **given)
        with self.writing():
            case = db.session.get_one(Complaint, complaint)
            return stories.begin(kind, About(case.id, case.customer_id, case.category, "nl"), words, MARKETING).id

    def asked(self, external_id: str = "K-1", **given: Any) -> tuple[int, str]:
        """A story whose person was mailed; its id, and the path of the link in that mail."""
        story_id = self.drafted(external_id, **given)
        return story_id, self.asks(story_id)

    def asks(self, story_id: int) -> str:
        with self.writing():
            assert stories.ask(story_id, MARKETING)
        (mail,) = [mail for mail in self.delivers() if "/story/" in mail.text]
        return self.path(mail, "/story/")

    def told(self, external_id: str = "K-1", **given: Any) -> tuple[int, str]:
        """A published story that its person agreed to; its id, and their link."""
        story_id, path = self.asked(external_id, **given)
        assert self.sends(path, answer="yes", naming="without").status_code == 303
        self.publishes(story_id)
        return story_id, path

    def publishes(self, story_id: int) -> None:
        with self.writing():
            stories.publish(story_id, MARKETING)

    def edits(self, story_id: int, text: str, title: str | None = None) -> None:
        with self.writing():
            found = db.session.get_one(Story, story_id)
            stories.edit(story_id, found.version, Words(text, title), MARKETING)

    def takes_back(self, story_id: int, purpose: str) -> None:
        """What the person allowed ends, wherever they said so."""
        story = self.told_of(story_id)
        with self.writing():
            consents.withdraw(story.customer_id or 0, story.complaint_id, purpose)

    def told_of(self, story_id: int) -> Story:
        with self.app.app_context():
            found = queries.by_id(story_id)
            assert found is not None
            return found

    def state(self, story_id: int) -> tuple[str, str | None]:
        found = self.told_of(story_id)
        return found.status, found.reason

    def allowed(self, story_id: int) -> set[str]:
        with self.app.app_context():
            return queries.allowed([story_id]).get(story_id, set())

    def consent_texts(self, story_id: int) -> dict[str, str]:
        """The words of what the person allows about this case, by purpose."""
        story = self.told_of(story_id)
        with self.app.app_context():
            found = {
                purpose: consents.given(story.customer_id or 0, story.complaint_id, purpose)
                for purpose in ("story", "name")
            }
            return {purpose: f"{one.text_version}: {one.text}" for purpose, one in found.items() if one}

    def sees(self, path: str) -> TestResponse:
        return self.app.test_client().get(path)

    def everywhere(self, slug: str) -> dict[str, str]:
        """What each public place of stories answers, by path; a page that is gone is empty."""
        paths = (
            "/stories/",
            f"/stories/{slug}",
            "/stories/feed.atom",
            "/stories/feed.json",
            "/stories.json",
            "/embed/stories",
            "/sitemap.xml",
        )
        answers = {path: self.sees(path) for path in paths}
        return {path: answer.text if answer.status_code == 200 else "" for path, answer in answers.items()}
