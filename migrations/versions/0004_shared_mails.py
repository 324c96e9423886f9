"""Several mails to one person can go as one"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SHARED = "shared_with IS NOT NULL"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("shared_with", BigId, nullable=True))
    where = sa.text(SHARED)
    op.create_index("ix_outbox_shared", "outbox", ["shared_with"], postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    op.drop_index("ix_outbox_shared", "outbox")
    op.drop_column("outbox", "shared_with")
