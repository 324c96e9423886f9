"""What comes in: messages and events with their verdicts, and what people write back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, Json, UtcDateTime

revision = "0003"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "received",
        sa.Column("id", BigId, nullable=False),
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("identity", sa.String(length=160), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("code", sa.String(length=16), nullable=True),
        sa.Column("mail_id", BigId, nullable=True),
        sa.Column("customer_id", BigId, nullable=True),
        sa.Column("complaint_id", BigId, nullable=True),
        sa.Column("address_key", sa.String(length=64), nullable=True),
        sa.Column("facts", Json, nullable=True),
        sa.Column("look_again_at", UtcDateTime(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_received_complaint_id_complaints")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_received_customer_id_customers")),
        sa.ForeignKeyConstraint(["mail_id"], ["outbox.id"], name=op.f("fk_received_mail_id_outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received")),
        sa.UniqueConstraint("identity", name=op.f("uq_received_identity")),
    )
    with op.batch_alter_table("received", schema=None) as batch_op:
        batch_op.create_index("ix_received_address", ["address_key", "received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_received_kind", ["kind", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_mail_id"), ["mail_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_received_at"), ["received_at"], unique=False)
        batch_op.create_index("ix_received_waiting", ["look_again_at"], unique=False)

    op.create_table(
        "replies",
        sa.Column("id", BigId, nullable=False),
        sa.Column("received_id", BigId, nullable=False),
        sa.Column("complaint_id", BigId, nullable=True),
        sa.Column("customer_id", BigId, nullable=True),
        sa.Column("mail_id", BigId, nullable=True),
        sa.Column("written_by", sa.String(length=16), nullable=False),
        sa.Column("sender_name", sa.String(length=200), nullable=True),
        sa.Column("sender_address", sa.String(length=320), nullable=True),
        sa.Column("sender_key", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("quote_cut", sa.Boolean(), nullable=False),
        sa.Column("shortened", sa.Boolean(), nullable=False),
        sa.Column("attachments", Json, nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("read_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_replies_complaint_id_complaints")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_replies_customer_id_customers")),
        sa.ForeignKeyConstraint(["mail_id"], ["outbox.id"], name=op.f("fk_replies_mail_id_outbox")),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name=op.f("fk_replies_received_id_received")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
        sa.UniqueConstraint("received_id", name=op.f("uq_replies_received_id")),
    )
    with op.batch_alter_table("replies", schema=None) as batch_op:
        batch_op.create_index("ix_replies_complaint", ["complaint_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_replies_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_replies_sender_key"), ["sender_key"], unique=False)
        batch_op.create_index("ix_replies_unread", ["read_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("replies")
    op.drop_table("received")
