"""What in a story could tell who somebody is: shown to staff before it becomes public, who then say that it may stand.

A person reads and agrees to the very words, so that this warns and does not stop; an exception that names nobody was
shown to no one, and is where it matters most.
"""

from __future__ import annotations

from sqlalchemy import select

from feedbackloop.ambassadors.story_models import Story
from feedbackloop.ambassadors.story_rules import QUOTE
from feedbackloop.checkins import known as people
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import personal
from feedbackloop.core.personal import Finding


def findings(story: Story) -> list[Finding]:
    """What stands in the words, each once. The name that the person gave to be shown is no finding, nor that a quote is
    what they wrote."""
    own = [settings().organisation, settings().sender.address]
    if story.shown_name:
        own.append(story.shown_name)
    known = people.known(select(Complaint).where(Complaint.id == story.complaint_id), own)
    texts = {"title": story.title or "", "text": story.text or ""}
    found = personal.findings({name: text for name, text in texts.items() if text}, known)
    return [one for one in found if not (story.kind == QUOTE and one.kind == "copied")]
