"""What marketing asks of people and what they said; notes of colleagues, of which the one there was is the first"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, Json, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_UNDER_WAY = sa.text("status IN ('scheduled', 'sent')")

_FIRST_NOTES = """
INSERT INTO ambassador_notes (ambassador_id, text, written_by, written_at)
SELECT a.id, a.note, COALESCE(h.actor, 'system'), COALESCE(h.at, a.created_at)
FROM ambassadors a
LEFT JOIN history h ON h.id = (
    SELECT MAX(p.id) FROM history p
    WHERE p.subject = 'ambassador' AND p.subject_id = a.id AND p.what = 'planned'
)
WHERE a.note IS NOT NULL
"""
_ONE_NOTE = """
UPDATE ambassadors SET note = (
    SELECT n.text FROM ambassador_notes n
    WHERE n.id = (SELECT MAX(m.id) FROM ambassador_notes m WHERE m.ambassador_id = ambassadors.id)
)
"""


def upgrade() -> None:
    op.create_table(
        "asks",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ambassador_id", BigId, nullable=False),
        sa.Column("customer_id", BigId, nullable=False),
        sa.Column("complaint_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("line", sa.String(length=300), nullable=True),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=True),
        sa.Column("answers", Json, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["ambassador_id"], ["ambassadors.id"], name=op.f("fk_asks_ambassador_id_ambassadors")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_asks_customer_id_customers")),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_asks_complaint_id_complaints")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asks")),
    )
    op.create_index("ix_asks_ambassador", "asks", ["ambassador_id", "id"])
    op.create_index("ix_asks_customer", "asks", ["customer_id"])
    op.create_index("ix_asks_complaint", "asks", ["complaint_id"])
    op.create_index("ix_asks_sent", "asks", ["status", "sent_at"])
    op.create_index(
        "uq_asks_under_way",
        "asks",
        ["ambassador_id", "kind"],
        unique=True,
        sqlite_where=_UNDER_WAY,
        postgresql_where=_UNDER_WAY,
    )
    op.create_table(
        "ask_pictures",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ask_id", BigId, nullable=False),
        sa.Column("customer_id", BigId, nullable=False),
        sa.Column("complaint_id", BigId, nullable=False),
        sa.Column("file", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uses", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("gone_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["ask_id"], ["asks.id"], name=op.f("fk_ask_pictures_ask_id_asks")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_ask_pictures_customer_id_customers")),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaints.id"], name=op.f("fk_ask_pictures_complaint_id_complaints")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask_pictures")),
        sa.UniqueConstraint("file", name=op.f("uq_ask_pictures_file")),
    )
    op.create_index(op.f("ix_ask_pictures_ask_id"), "ask_pictures", ["ask_id"])
    op.create_index(op.f("ix_ask_pictures_customer_id"), "ask_pictures", ["customer_id"])
    op.create_table(
        "ambassador_notes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ambassador_id", BigId, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=64), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ambassador_id"], ["ambassadors.id"], name=op.f("fk_ambassador_notes_ambassador_id_ambassadors")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ambassador_notes")),
    )
    op.create_index("ix_ambassador_notes_ambassador", "ambassador_notes", ["ambassador_id", "id"])
    op.execute(_FIRST_NOTES)
    op.execute("UPDATE ambassadors SET note = NULL WHERE note IS NOT NULL")


def downgrade() -> None:
    op.execute(_ONE_NOTE)
    for name in ("ambassador_notes", "ask_pictures", "asks"):
        op.drop_table(name)
