"""Followers of the log and their news; what people write when they say that an improvement is not it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "followers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("address", sa.String(length=320), nullable=True),
        sa.Column("address_key", sa.String(length=64), nullable=True),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followers")),
        sa.UniqueConstraint("address_key", name=op.f("uq_followers_address_key")),
    )
    op.create_index("ix_followers_status", "followers", ["status", "id"])
    op.create_table(
        "digests",
        sa.Column("id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_at", UtcDateTime(), nullable=False),
        sa.Column("until_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("number", name=op.f("uq_digests_number")),
    )
    op.add_column("tellings", sa.Column("comment", sa.Text(), nullable=True))
    op.add_column("tellings", sa.Column("looked_at", UtcDateTime(), nullable=True))
    # What is to be looked at, and nothing else: most tellings have no answer.
    waiting = sa.text("helps = 'no' AND looked_at IS NULL")
    op.create_index(
        "ix_tellings_not_it", "tellings", ["answered_at", "id"], postgresql_where=waiting, sqlite_where=waiting
    )


def downgrade() -> None:
    op.drop_index("ix_tellings_not_it", table_name="tellings")
    with op.batch_alter_table("tellings", schema=None) as batch_op:
        batch_op.drop_column("looked_at")
        batch_op.drop_column("comment")
    op.drop_table("digests")
    op.drop_index("ix_followers_status", table_name="followers")
    op.drop_table("followers")
