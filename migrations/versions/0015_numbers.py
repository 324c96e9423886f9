"""Kept numbers of the pipeline: a row a complaint, sums a week, typical days, and how far counting came"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, Json, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_MEASURES = (
    *("resolved", "asked", "answered", "satisfied", "invited", "clicked", "reviewed", "ambassador"),
    *("partly", "no", "promoter", "passive", "detractor"),
    *("again_answered", "again_satisfied", "again_promoter", "again_passive", "again_detractor"),
)
_KIND = ("kind", "category", "handler", "locale", "destination", "week")
_DAYS = ("kind", "value", "week", "step", "days")


def upgrade() -> None:
    op.create_table(
        "number_facts",
        sa.Column("complaint_id", BigId, autoincrement=False, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        *_dimensions(),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("band", sa.String(length=16), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("days", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_number_facts_complaint_id_complaints")
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_number_facts")),
    )
    op.create_index("ix_number_facts_week", "number_facts", ["week", "complaint_id"])
    for name in ("category", "handler", "destination"):
        op.create_index(f"ix_number_facts_{name}", "number_facts", [name, "week", "complaint_id"])
    op.create_index("ix_number_facts_reached", "number_facts", ["week", "reached", "complaint_id"])
    op.create_table(
        "number_cells",
        sa.Column("id", BigId, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        *_dimensions(),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _MEASURES),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_cells")),
        sa.UniqueConstraint(*_KIND, name=op.f("_".join(("uq_number_cells", *_KIND)))),
    )
    op.create_index("ix_number_cells_week", "number_cells", ["kind", "week"])
    op.create_index("ix_number_cells_handler", "number_cells", ["kind", "handler", "week"])
    op.create_index("ix_number_cells_place", "number_cells", ["kind", "destination", "locale", "week"])
    op.create_table(
        "number_days",
        sa.Column("id", BigId, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_days")),
        sa.UniqueConstraint(*_DAYS, name=op.f("_".join(("uq_number_days", *_DAYS)))),
    )
    op.create_index("ix_number_days_week", "number_days", ["week"])
    op.create_table(
        "number_marks",
        sa.Column("id", BigId, nullable=False),
        sa.Column("customer_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_number_marks_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_marks")),
    )
    op.create_table(
        "number_state",
        sa.Column("id", BigId, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("seen", BigId, nullable=False),
        sa.Column("settled", BigId, nullable=False),
        sa.Column("built_to", BigId, nullable=False),
        sa.Column("built_at", UtcDateTime(), nullable=True),
        sa.Column("counted_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_state")),
    )


def downgrade() -> None:
    for name in ("number_state", "number_marks", "number_days", "number_cells", "number_facts"):
        op.drop_table(name)


def _dimensions() -> list[sa.Column[str]]:
    lengths = {"category": 100, "handler": 200, "locale": 16, "destination": 20}
    return [sa.Column(name, sa.String(length=length), nullable=False) for name, length in lengths.items()]
