"""The one note of a person on the board goes: since 0013 notes have a table of their own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("ambassadors", "note")


def downgrade() -> None:
    op.add_column("ambassadors", sa.Column("note", sa.Text(), nullable=True))
