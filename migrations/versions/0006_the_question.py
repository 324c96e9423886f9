"""What the question asks: reasons kept by staff, files, later"""

from __future__ import annotations

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
