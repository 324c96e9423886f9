"""A few hundred complaints with every kind of history, as rows: seeded, so that each run has the same."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint, Round
from feedbackloop.extensions import db
from feedbackloop.people.models import Customer
from feedbackloop.reviews.models import Destination, Invitation, OutsideReview, Review

_CATEGORIES = ("Bezorging", "Winkels", "Webwinkel", None)
_HANDLERS = (
    ("Youssef Amrani", "youssef@ours.example"),
    ("Pim Verbeek", None),
    (None, "els@ours.example"),
    (None, None),
)
_LOCALES = ("nl", "nl-BE", "en", "EN_gb", None, "de")


class Mix:
    """Adds people and their complaints to the open transaction."""

    def __init__(self, now: datetime, seed: int = 7) -> None:
        self.now, self.random, self.number = now, random.Random(seed), 0  # noqa: S311
        self.places = [self._place("own", "Onze pagina"), self._place("link", "Winkelspiegel")]

    def add(self, people: int) -> None:
        for _ in range(people):
            self._person()
        db.session.flush()

    def _place(self, kind: str, name: str) -> Destination:
        url = None if kind == "own" else "https://winkelspiegel.example/schrijf"
        place = db.session.scalar(select(Destination).where(Destination.kind == "own")) if kind == "own" else None
        if place is None:
            place = Destination(kind=kind, name=name, url=url, created_at=self.now)
            db.session.add(place)
            db.session.flush()
        return place

    def _person(self) -> None:
        pick = self.random.choice
        person = Customer(name="Marleen Osinga", locale=pick(_LOCALES), created_at=self.now)
        db.session.add(person)
        db.session.flush()
        cases = [self._complaint(person) for _ in range(pick((1, 1, 1, 2)))]
        yes = [one for one, answer in cases if answer == "yes"]
        if yes and self.random.random() < 0.8:
            case = pick(yes)
            stage = pick(("satisfied", "invited", "clicked", "reviewed", "ambassador"))
            since = (case.resolved_at or self.now) + timedelta(days=pick((9, 20)))
            left = self.now if self.random.random() < 0.15 else None
            row = {"customer_id": person.id, "complaint_id": case.id, "stage": stage, "stage_since": since}
            db.session.add(Ambassador(**row, left_at=left, created_at=since))

    def _complaint(self, person: Customer) -> tuple[Complaint, str | None]:
        pick, self.number = self.random.choice, self.number + 1
        # Some at the edge of a week: Sunday late and Monday early, in a zone that is not the database's.
        resolved = self.now - timedelta(days=pick(range(3, 110)), minutes=pick(range(1440)))
        if self.number % 10 == 0:
            monday = (resolved - timedelta(days=resolved.weekday())).replace(hour=0, minute=0)
            resolved = monday - timedelta(minutes=pick((30, 70, 90, 150)))
        handler = pick(_HANDLERS)
        status = pick(("resolved", "resolved", "confirmed", "confirmed", "reopened", "reopened", "open"))
        cycle = 0 if status == "open" else pick((1, 1, 1, 2, 3))
        taken_back = status == "reopened" and pick((True, False))
        one = Complaint(
            source="mix",
            external_id=f"M-{self.number}",
            customer_id=person.id,
            status=status,
            cycle=cycle,
            category=pick(_CATEGORIES),
            opened_at=resolved - timedelta(days=5),
            resolved_at=None if taken_back or not cycle else resolved,
            handler_name=handler[0],
            handler_email=handler[1],
            created_at=self.now,
            updated_at=self.now,
        )
        db.session.add(one)
        db.session.flush()
        answer = None
        for place in range(1, cycle + 1):
            latest = place == cycle
            at = resolved if latest else resolved - timedelta(days=30 * (cycle - place))
            if not latest or status == "reopened":
                db.session.add(Round(complaint_id=one.id, cycle=place, resolved_at=at))
            answer = self._asked(one, place, at) if self.random.random() < 0.92 else None
        return one, answer

    def _asked(self, one: Complaint, cycle: int, resolved: datetime) -> str | None:
        pick = self.random.choice
        status = pick(("scheduled", "suppressed", "bounced", "sent", *["answered"] * 7))
        by_telephone = status == "answered" and self.random.random() < 0.15
        sent = resolved + timedelta(days=pick((3, 4)), hours=pick(range(20)))
        given: dict[str, Any] = {"complaint_id": one.id, "cycle": cycle, "status": status, "due_at": sent}
        asked = CheckIn(**given, created_at=resolved)
        if status in ("bounced", "sent", "answered") and not by_telephone:
            asked.sent_at = sent
        if status != "answered":
            db.session.add(asked)
            return None
        first = sent + timedelta(hours=pick((1, 20, 50, 200)))
        asked.answered_at = first
        db.session.add(asked)
        db.session.flush()
        said = [pick(("yes", "yes", "yes", "partly", "no", "later")) for _ in range(pick((1, 1, 1, 2)))]
        for version, word in enumerate(said, 1):
            at = first + timedelta(hours=30 * (version - 1))
            mark = pick((None, *range(11), 9, 10, 9, 8))
            row: dict[str, Any] = {"version": version, "latest": version == len(said), "satisfied": word}
            db.session.add(Answer(check_in_id=asked.id, **row, recommend=mark, answered_at=at, recorded_by="mix"))
        # Who said yes first and no later keeps an invitation that was sent meanwhile.
        if "yes" in said and self.random.random() < 0.85:
            self._invited(one, cycle, first)
        return said[-1]

    def _invited(self, one: Complaint, cycle: int, answered: datetime) -> None:
        pick = self.random.choice
        status = pick(("scheduled", "cancelled", "bounced", "sent", "clicked", "clicked", "reviewed", "reviewed"))
        if status == "scheduled" and self._has_another(one):
            status = "cancelled"
        sent = answered + timedelta(days=pick((1, 2)))
        row: dict[str, Any] = {"complaint_id": one.id, "customer_id": one.customer_id, "cycle": cycle}
        found = Invitation(**row, status=status, due_at=sent, created_at=answered)
        if status in ("bounced", "sent", "clicked", "reviewed"):
            found.sent_at = sent
        if status in ("clicked", "reviewed"):
            found.clicked_at = None if pick((True, False, False)) and status == "reviewed" else sent + timedelta(days=1)
            found.destination_id = pick(self.places).id
        db.session.add(found)
        db.session.flush()
        if status == "reviewed":
            self._review(one, found, sent + timedelta(days=pick((2, 6))))

    def _has_another(self, one: Complaint) -> bool:
        """A person has one invitation on its way at most."""
        theirs = select(Invitation.id).where(Invitation.customer_id == one.customer_id)
        return db.session.scalar(theirs.where(Invitation.status == "scheduled").limit(1)) is not None

    def _review(self, one: Complaint, found: Invitation, at: datetime) -> None:
        whose = {"invitation_id": found.id, "customer_id": one.customer_id}
        if found.destination_id == self.places[0].id:
            review = Review(**whose, complaint_id=one.id, rating=4, locale="nl", written_at=at)
            review.status = self.random.choice(("pending", "published", "withdrawn"))
            db.session.add(review)
            return
        row: dict[str, Any] = {"destination_id": found.destination_id, "external_id": f"X-{self.number}-{found.id}"}
        db.session.add(
            OutsideReview(**row, **whose, rating=5, written_at=at, digest="mix", match_reason="x", imported_at=at)
        )
