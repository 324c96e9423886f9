"""Indexes of the outbox that sending leaves alone: most of them cover only rows that wait"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WAITING_NOW = "status IN ('queued', 'retry', 'uncertain')"
CLAIMED = "status = 'claimed'"
APART = "status IN ('retry', 'uncertain', 'parked')"
NOT_SENT = "status IN ('suppressed', 'bounced', 'expired', 'cancelled')"


def _partial(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "outbox", columns, postgresql_where=where, sqlite_where=where)


def upgrade() -> None:
    for name in ("ix_outbox_due", "ix_outbox_sent", "ix_outbox_customer"):
        op.drop_index(name, "outbox")
    _partial("ix_outbox_waiting", ["due_at", "id"], WAITING_NOW)
    _partial("ix_outbox_claimed", ["leased_until", "id"], CLAIMED)
    _partial("ix_outbox_apart", ["status", "due_at", "id"], APART)
    _partial("ix_outbox_not_sent", ["created_at", "status", "reason"], NOT_SENT)
    _partial("ix_outbox_sent", ["sent_at"], "sent_at IS NOT NULL")
    op.create_index("ix_outbox_customer", "outbox", ["customer_id", "kind"])


def downgrade() -> None:
    for name in ("waiting", "claimed", "apart", "not_sent", "sent", "customer"):
        op.drop_index(f"ix_outbox_{name}", "outbox")
    op.create_index("ix_outbox_due", "outbox", ["status", "due_at", "id"])
    op.create_index("ix_outbox_sent", "outbox", ["sent_at"])
    op.create_index("ix_outbox_customer", "outbox", ["customer_id", "kind", "status"])
