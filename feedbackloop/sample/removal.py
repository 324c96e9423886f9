"""Taking the sample organisation out again. Its cases are invented, so this is the one place that deletes any."""

from __future__ import annotations

from typing import cast

from sqlalchemy import ColumnElement, Table, delete, func, or_, select, update

from feedbackloop.ambassadors import counts
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.numbers import service as numbers
from feedbackloop.ambassadors.reports import service as reports
from feedbackloop.ambassadors.reports.models import Report
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core.history import History
from feedbackloop.core.keys import address_keys
from feedbackloop.extensions import Base, db
from feedbackloop.improvements import follow
from feedbackloop.improvements.follow_models import Follower
from feedbackloop.improvements.models import Improvement
from feedbackloop.mailing.models import Outbox, Suppression
from feedbackloop.people.models import Customer
from feedbackloop.reviews.models import Destination, Invitation
from feedbackloop.sample import sign_in
from feedbackloop.staff.models import Staff

# What history calls the things that have no complaint to be found by.
_SUBJECTS = {
    "improvements": "improvement",
    "stories": "story",
    "staff": "staff",
    "destinations": "destination",
    "outside_reviews": "outside_review",
    "customers": "customer",
    "followers": "follower",
    "exports": "export",
    "reports": "report",
    "report_subscriptions": "report_subscription",
}


def remove() -> int:
    """Deletes every sample row and what hangs on it, in the open transaction; the number of complaints that went."""
    number = db.session.scalar(select(func.count()).select_from(Complaint).where(Complaint.sample)) or 0
    _keep_what_real_cases_use()
    addresses = db.session.scalars(select(Customer.email).where(Customer.sample, Customer.email.is_not(None)))
    keys = address_keys({one for one in addresses if one})
    db.session.execute(delete(Suppression).where(Suppression.address_key.in_(keys.values())))
    theirs = select(Follower.id).where(Follower.sample)
    db.session.execute(delete(Outbox).where(Outbox.kind.in_(follow.KINDS), Outbox.subject_id.in_(theirs)))
    made = select(Report.id).join(Staff, Staff.id == Report.staff_id).where(Staff.sample)
    db.session.execute(delete(Outbox).where(Outbox.kind == reports.KIND, Outbox.subject_id.in_(made)))
    doomed = _doomed()
    counts.take_off(doomed[cast(Table, Ambassador.__table__)])
    numbers.take_off(db.session.scalars(select(Complaint.id).where(doomed[cast(Table, Complaint.__table__)])).all())
    for name, subject in _SUBJECTS.items():
        table = Base.metadata.tables[name]
        ids = select(table.c.id).where(doomed[table])
        db.session.execute(delete(History).where(History.subject == subject, History.subject_id.in_(ids)))
    for table in reversed(Base.metadata.sorted_tables):
        if table in doomed:
            db.session.execute(delete(table).where(doomed[table]))
    while counts.fold():
        pass  # nothing of the sample is left to be counted
    sign_in.remove(settings().instance)
    return number


def _keep_what_real_cases_use() -> None:
    """A sample person or place that a real case came to use is real from then on."""
    real = select(Complaint.id).where(~Complaint.sample)
    people = select(Complaint.customer_id).where(Complaint.id.in_(real))
    places = select(Invitation.destination_id).where(Invitation.complaint_id.in_(real))
    db.session.execute(update(Customer).where(Customer.sample, Customer.id.in_(people)).values(sample=False))
    db.session.execute(update(Destination).where(Destination.sample, Destination.id.in_(places)).values(sample=False))
    counts.release(select(Staff.id).where(Staff.sample))
    # A real improvement stays when its owner goes; the name stays with it.
    name = select(Staff.name).where(Staff.id == Improvement.owner_id).scalar_subquery()
    owned = update(Improvement).where(
        ~Improvement.sample, Improvement.owner_id.in_(select(Staff.id).where(Staff.sample))
    )
    db.session.execute(owned.values(owner_name=name, owner_id=None))


def _doomed() -> dict[Table, ColumnElement[bool]]:
    """Which rows of each table go: those marked as sample, and those that point at a row that goes."""
    found: dict[Table, ColumnElement[bool]] = {}
    for table in Base.metadata.sorted_tables:
        reasons: list[ColumnElement[bool]] = [table.c.sample] if "sample" in table.c else []
        for key in table.foreign_keys:
            parent = key.column.table
            if parent in found:
                reasons.append(key.parent.in_(select(key.column).where(found[parent])))
        if reasons:
            found[table] = or_(*reasons)
    return found
