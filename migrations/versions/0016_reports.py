"""Reports by mail, suggestions, whose turn it is, and what was exported"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, Json, UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _reports()
    _suggestions()


def _reports() -> None:
    op.create_table(
        "exports",
        sa.Column("id", BigId, nullable=False),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("wanted", Json, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_exports_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_staff_id", "exports", ["staff_id"])
    op.create_table(
        "report_subscriptions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("every", sa.String(length=8), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_report_subscriptions_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_subscriptions")),
        sa.UniqueConstraint("staff_id", "every", name=op.f("uq_report_subscriptions_staff_id_every")),
    )
    op.create_index("ix_report_subscriptions_next", "report_subscriptions", ["next_at", "id"])
    op.create_table(
        "reports",
        sa.Column("id", BigId, nullable=False),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("every", sa.String(length=8), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_reports_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("staff_id", "every", "first_day", name=op.f("uq_reports_staff_id_every_first_day")),
    )
    op.create_index("ix_reports_staff", "reports", ["staff_id", "id"])


def _suggestions() -> None:
    op.create_table(
        "suggestion_rules",
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_suggestion_rules")),
    )
    op.create_table(
        "suggestions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ambassador_id", BigId, nullable=False),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("suggested_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["ambassador_id"], ["ambassadors.id"], name=op.f("fk_suggestions_ambassador_id_ambassadors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestions")),
        sa.UniqueConstraint("ambassador_id", "rule", name=op.f("uq_suggestions_ambassador_id_rule")),
    )
    op.create_index("ix_suggestions_status", "suggestions", ["status", "id"])
    op.create_index("ix_suggestions_decided", "suggestions", ["decided_at", "id"])
    op.create_table(
        "suggestion_rounds",
        sa.Column("id", BigId, nullable=False),
        sa.Column("swept_to", BigId, nullable=False),
        sa.Column("seen", Json, nullable=False),
        sa.Column("last_seen", Json, nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_rounds")),
    )
    op.create_table(
        "owner_rotation",
        sa.Column("id", BigId, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("looked_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_rotation")),
    )
    op.create_table(
        "owner_turns",
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=True),
        sa.Column("given", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_owner_turns_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_owner_turns")),
    )


def downgrade() -> None:
    for name in ("owner_turns", "owner_rotation", "suggestion_rounds", "suggestions", "suggestion_rules"):
        op.drop_table(name)
    for name in ("reports", "report_subscriptions", "exports"):
        op.drop_table(name)
