"""Cases with priority and outcome, discretion, reply texts, public replies"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, Json, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reply_texts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("situation", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_texts")),
        sa.UniqueConstraint("purpose", "situation", "locale", name=op.f("uq_reply_texts_purpose_situation_locale")),
    )
    op.create_table(
        "discretion_budgets",
        sa.Column("staff_id", BigId, autoincrement=False, nullable=False),
        sa.Column("monthly_cents", BigId, nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_discretion_budgets_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_discretion_budgets")),
    )
    op.create_table(
        "public_replies",
        sa.Column("id", BigId, nullable=False),
        sa.Column("complaint_id", BigId, nullable=False),
        sa.Column("situation", sa.String(length=40), nullable=True),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=True),
        sa.Column("placed_by", BigId, nullable=True),
        sa.Column("placed_url", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_public_replies_complaint_id_complaints")
        ),
        sa.ForeignKeyConstraint(["placed_by"], ["staff.id"], name=op.f("fk_public_replies_placed_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_replies")),
        sa.UniqueConstraint("complaint_id", name=op.f("uq_public_replies_complaint_id")),
    )
    with op.batch_alter_table("public_replies", schema=None) as batch_op:
        batch_op.create_index("ix_public_replies_status", ["status", "id"], unique=False)

    op.create_table(
        "case_replies",
        sa.Column("id", BigId, nullable=False),
        sa.Column("once", sa.String(length=36), nullable=False),
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("complaint_id", BigId, nullable=False),
        sa.Column("situation", sa.String(length=40), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("refused", sa.String(length=40), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["recovery_cases.id"], name=op.f("fk_case_replies_case_id_recovery_cases")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_case_replies_complaint_id_complaints")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_replies_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_replies")),
        sa.UniqueConstraint("once", name=op.f("uq_case_replies_once")),
    )
    with op.batch_alter_table("case_replies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_replies_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_replies_complaint_id"), ["complaint_id"], unique=False)

    op.create_table(
        "discretion_spendings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("once", sa.String(length=36), nullable=False),
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("complaint_id", BigId, nullable=False),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("amount_cents", BigId, nullable=False),
        sa.Column("rule", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", BigId, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["recovery_cases.id"], name=op.f("fk_discretion_spendings_case_id_recovery_cases")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_discretion_spendings_complaint_id_complaints")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_discretion_spendings_decided_by_staff")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_discretion_spendings_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discretion_spendings")),
        sa.UniqueConstraint("once", name=op.f("uq_discretion_spendings_once")),
    )
    with op.batch_alter_table("discretion_spendings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_discretion_spendings_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_discretion_spendings_complaint_id"), ["complaint_id"], unique=False)
        batch_op.create_index("ix_discretion_spendings_month", ["month", "staff_id"], unique=False)
        batch_op.create_index("ix_discretion_spendings_status", ["status", "id"], unique=False)

    with op.batch_alter_table("recovery_cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("outcome_reason", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("priority_reasons", Json, nullable=True))
        batch_op.add_column(sa.Column("escalation", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("escalated_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("owner_before", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("alarmed_at", UtcDateTime(), nullable=True))
        batch_op.create_index("ix_recovery_cases_priority", ["status", "priority", "due_at", "id"], unique=False)

    _weigh_open_cases()


def downgrade() -> None:
    with op.batch_alter_table("recovery_cases", schema=None) as batch_op:
        batch_op.drop_index("ix_recovery_cases_priority")
        batch_op.drop_column("alarmed_at")
        batch_op.drop_column("owner_before")
        batch_op.drop_column("escalated_at")
        batch_op.drop_column("escalation")
        batch_op.drop_column("priority_reasons")
        batch_op.drop_column("priority")
        batch_op.drop_column("outcome_reason")

    with op.batch_alter_table("discretion_spendings", schema=None) as batch_op:
        batch_op.drop_index("ix_discretion_spendings_status")
        batch_op.drop_index("ix_discretion_spendings_month")
        batch_op.drop_index(batch_op.f("ix_discretion_spendings_complaint_id"))
        batch_op.drop_index(batch_op.f("ix_discretion_spendings_case_id"))

    op.drop_table("discretion_spendings")
    with op.batch_alter_table("case_replies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_replies_complaint_id"))
        batch_op.drop_index(batch_op.f("ix_case_replies_case_id"))

    op.drop_table("case_replies")
    with op.batch_alter_table("public_replies", schema=None) as batch_op:
        batch_op.drop_index("ix_public_replies_status")

    op.drop_table("public_replies")
    op.drop_table("discretion_budgets")
    op.drop_table("reply_texts")


def _weigh_open_cases() -> None:
    """Cases that are open get the priority that their answer would give them today."""
    cases = sa.table(
        "recovery_cases",
        sa.column("id", BigId),
        sa.column("check_in_id", BigId),
        sa.column("status", sa.String()),
        sa.column("priority", sa.Integer()),
        sa.column("priority_reasons", Json),
    )
    answers = sa.table(
        "answers",
        sa.column("check_in_id", BigId),
        sa.column("latest", sa.Boolean()),
        sa.column("satisfied", sa.String()),
        sa.column("rating", sa.Integer()),
        sa.column("recommend", sa.Integer()),
        sa.column("call_me", sa.Boolean()),
    )
    a = answers.c
    wanted = (
        sa.select(cases.c.id, a.satisfied, a.rating, a.recommend, a.call_me)
        .join(answers, a.check_in_id == cases.c.check_in_id)
        .where(cases.c.status == "open", a.latest)
    )
    weights = {"said_no": 2, "rated_1": 2, "wants_a_call": 2, "rated_2": 1, "would_not_recommend": 1}
    for row in op.get_bind().execute(wanted).all():
        said = {
            "said_no": row.satisfied == "no",
            "rated_1": row.rating == 1,
            "wants_a_call": row.call_me,
            "rated_2": row.rating == 2,
            "would_not_recommend": row.recommend is not None and row.recommend <= 6,
        }
        codes = [code for code in weights if said[code]]
        values = {"priority": sum(weights[code] for code in codes), "priority_reasons": codes}
        op.execute(sa.update(cases).where(cases.c.id == row.id).values(values))
