"""What the question asks: reasons kept by staff, files, later"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, UtcDateTime

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("answers") as batch:
        batch.add_column(sa.Column("reopens", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("meet", sa.Boolean(), nullable=False, server_default=sa.false()))
    # Until now every answer that was not 'yes' did.
    answers = sa.table("answers", sa.column("satisfied", sa.String()), sa.column("reopens", sa.Boolean()))
    op.execute(answers.update().where(answers.c.satisfied.in_(("partly", "no"))).values(reopens=sa.true()))

    op.create_table(
        "reasons",
        sa.Column("id", BigId, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("text_nl", sa.String(length=200), nullable=True),
        sa.Column("text_en", sa.String(length=200), nullable=True),
        sa.Column("reopens", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reasons")),
        sa.UniqueConstraint("code", name=op.f("uq_reasons_code")),
    )
    op.create_table(
        "attachments",
        sa.Column("id", BigId, nullable=False),
        sa.Column("check_in_id", BigId, nullable=False),
        sa.Column("answer_id", BigId, nullable=False),
        sa.Column("file", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_attachments_answer_id_answers")),
        sa.ForeignKeyConstraint(["check_in_id"], ["check_ins.id"], name=op.f("fk_attachments_check_in_id_check_ins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("file", name=op.f("uq_attachments_file")),
    )
    op.create_index(op.f("ix_attachments_check_in_id"), "attachments", ["check_in_id"])
    op.create_index(op.f("ix_attachments_answer_id"), "attachments", ["answer_id"])


def downgrade() -> None:
    op.drop_table("attachments")
    op.drop_table("reasons")
    with op.batch_alter_table("answers") as batch:
        batch.drop_column("meet")
        batch.drop_column("reopens")
