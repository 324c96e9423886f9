"""What the home page groups and splits is read from indexes alone; PostgreSQL's carry what is counted"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_GROUPED = ["category", "root_cause", "status"]


def upgrade() -> None:
    op.drop_index("ix_check_ins_sent", "check_ins")
    op.create_index("ix_check_ins_sent", "check_ins", ["sent_at", "id"])
    if op.get_bind().dialect.name != "postgresql":
        return
    op.drop_index("ix_complaints_opened", "complaints")
    op.create_index("ix_complaints_opened", "complaints", ["opened_at", "id"], postgresql_include=_GROUPED)
    op.drop_index("ix_answers_latest", "answers")
    op.create_index(
        "ix_answers_latest",
        "answers",
        ["check_in_id"],
        unique=True,
        postgresql_where=text("latest"),
        postgresql_include=["satisfied"],
    )


def downgrade() -> None:
    op.drop_index("ix_check_ins_sent", "check_ins")
    op.create_index("ix_check_ins_sent", "check_ins", ["sent_at"])
    if op.get_bind().dialect.name != "postgresql":
        return
    op.drop_index("ix_answers_latest", "answers")
    op.create_index("ix_answers_latest", "answers", ["check_in_id"], unique=True, postgresql_where=text("latest"))
    op.drop_index("ix_complaints_opened", "complaints")
    op.create_index("ix_complaints_opened", "complaints", ["opened_at", "id"])
