"""Loading the sample organisation: as if the last 60 days had happened, and what an older list holds of before."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.extensions import db
from feedbackloop.reviews.destinations import DestinationInput, add_destination
from feedbackloop.sample import (
    asking,
    content,
    earlier,
    following,
    improving,
    recovering,
    replay,
    sign_in,
    storytelling,
    suggesting,
)
from feedbackloop.staff import service as staff


@dataclass(frozen=True)
class Loaded:
    """How much there is of it, and who can sign in."""

    complaints: int
    improvements: int
    account: sign_in.SampleSignIn


def is_loaded() -> bool:
    return db.session.scalar(select(Complaint.id).where(Complaint.sample).limit(1)) is not None


def load() -> Loaded:
    """Replays the sample in the open transaction: nobody is mailed for what lies in the past."""
    found = settings()
    told = content.read()
    stage = replay.Stage(told, clock.now().astimezone(found.timezone))
    account = sign_in.make(found.instance, told.staff[0]["email"])
    for person in told.staff:
        words = (person["email"], person["name"], person["role"], account.password)
        stage.staff[person["key"]] = staff.create(*words, sample=True, locale=person["locale"]).id
    for place in told.destinations:
        given = DestinationInput(place["name"], place["url"], place["audience"])
        made = add_destination(given, "sample", sample=True)
        stage.destinations[place["key"]] = made.id
    steps = [step for one in told.complaints for step in replay.steps_of(stage, one)]
    steps += [step for one in told.improvements for step in improving.steps_of(stage, one)]
    steps += following.steps_of(stage, told.followers, told.digest)
    steps += earlier.steps_of(stage, told.earlier)
    steps += recovering.steps_of(stage, told.recovery)
    steps += storytelling.steps_of(stage, told.stories)
    steps += asking.steps_of(stage, told.asks)
    replay.run(steps)
    replay.bring_in(stage)
    suggesting.suggest(stage)
    return Loaded(len(told.complaints) + earlier.number_of(told.earlier), len(told.improvements) + 1, account)
