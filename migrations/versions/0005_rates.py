"""How many mails went in a minute, where the settings cap it, and which mails are held back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import UtcDateTime

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sending_rates",
        sa.Column("bucket", sa.String(length=255), nullable=False),
        sa.Column("minute", UtcDateTime(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("put_off_to", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_sending_rates")),
    )
    with op.batch_alter_table("sending_rates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sending_rates_minute"), ["minute"], unique=False)
    where = sa.text("status = 'queued' AND reason IS NOT NULL")
    op.create_index("ix_outbox_held_back", "outbox", ["reason", "due_at"], postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    op.drop_index("ix_outbox_held_back", "outbox")
    op.drop_table("sending_rates")
