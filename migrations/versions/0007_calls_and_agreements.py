"""Calls by telephone, summaries that people confirm, steps that they agree to"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UNDER_WAY = "status IN ('scheduled', 'sent')"
ADDED = (("promise_flag", 40), ("crisis", 32), ("agreed_summary", 500))


def upgrade() -> None:
    for name, length in ADDED:
        op.add_column("complaints", sa.Column(name, sa.String(length=length), nullable=True))
    op.create_table(
        "calls",
        sa.Column("id", BigId, nullable=False),
        sa.Column("check_in_id", BigId, nullable=False),
        sa.Column("complaint_id", BigId, nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["check_in_id"], ["check_ins.id"], name=op.f("fk_calls_check_in_id_check_ins")),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_calls_complaint_id_complaints")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("check_in_id", "why", name=op.f("uq_calls_check_in_id_why")),
    )
    op.create_index("ix_calls_order", "calls", ["status", "rank", "due_at", "id"])
    op.create_index("ix_calls_closed", "calls", ["closed_at", "id"])
    op.create_index("ix_calls_complaint", "calls", ["complaint_id", "status"])
    op.create_table(
        "call_tries",
        sa.Column("id", BigId, nullable=False),
        sa.Column("call_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("tried_by", sa.String(length=64), nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_tries_call_id_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_tries")),
        sa.UniqueConstraint("call_id", "number", name=op.f("uq_call_tries_call_id_number")),
    )
    op.create_table(
        "proposals",
        sa.Column("id", BigId, nullable=False),
        sa.Column("complaint_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("written_by", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("answer", sa.String(length=16), nullable=True),
        sa.Column("agreed_text", sa.Text(), nullable=True),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_proposals_complaint_id_complaints")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sa.UniqueConstraint("complaint_id", "kind", "number", name=op.f("uq_proposals_complaint_id_kind_number")),
    )
    where = sa.text(UNDER_WAY)
    op.create_index(
        "uq_proposals_under_way",
        "proposals",
        ["complaint_id", "kind"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_index("ix_proposals_undecided", "proposals", ["kind", "answer", "decision", "id"])
    op.create_table(
        "proposal_answers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("proposal_id", BigId, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("said_by", sa.String(length=64), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_proposal_answers_proposal_id_proposals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_answers")),
        sa.UniqueConstraint("proposal_id", "version", name=op.f("uq_proposal_answers_proposal_id_version")),
    )
    op.create_table(
        "improvement_steps",
        sa.Column("proposal_id", BigId, nullable=False),
        sa.Column("improvement_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["improvement_id"], ["improvements.id"], name=op.f("fk_improvement_steps_improvement_id_improvements")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_improvement_steps_proposal_id_proposals")
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_improvement_steps")),
    )
    op.create_index(op.f("ix_improvement_steps_improvement_id"), "improvement_steps", ["improvement_id"])


def downgrade() -> None:
    for name in ("improvement_steps", "proposal_answers", "proposals", "call_tries", "calls"):
        op.drop_table(name)
    with op.batch_alter_table("complaints") as batch:
        for name, _length in reversed(ADDED):
            batch.drop_column(name)
