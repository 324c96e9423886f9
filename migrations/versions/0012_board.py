"""The board at any size: kept copies on its rows, its counts, owners and tags"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, Json, UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KIND = ("board_column", "category", "locale", "owner_id", "consents", "band")


def upgrade() -> None:
    with op.batch_alter_table("ambassadors", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner_id", BigId, nullable=True))
        batch_op.add_column(sa.Column("board_column", sa.String(length=16), nullable=False, server_default="satisfied"))
        batch_op.add_column(sa.Column("category", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("locale", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("consents", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("recommend", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("quote_answer_id", BigId, nullable=True))
        batch_op.create_foreign_key(op.f("fk_ambassadors_owner_id_staff"), "staff", ["owner_id"], ["id"])
        batch_op.create_foreign_key(
            op.f("fk_ambassadors_quote_answer_id_answers"), "answers", ["quote_answer_id"], ["id"]
        )
        batch_op.create_index("ix_ambassadors_owner_id", ["owner_id"])
    with op.batch_alter_table("ambassadors", schema=None) as batch_op:
        batch_op.alter_column("board_column", server_default=None)
        batch_op.alter_column("consents", server_default=None)
    op.create_table(
        "ambassador_tags",
        sa.Column("ambassador_id", BigId, nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["ambassador_id"], ["ambassadors.id"], name=op.f("fk_ambassador_tags_ambassador_id_ambassadors")
        ),
        sa.PrimaryKeyConstraint("ambassador_id", "tag", name=op.f("pk_ambassador_tags")),
    )
    op.create_index("ix_ambassador_tags_tag", "ambassador_tags", ["tag", "ambassador_id"])
    for name in ("board_counts", "board_changes"):
        op.create_table(
            name,
            sa.Column("id", BigId, nullable=False),
            sa.Column("board_column", sa.String(length=16), nullable=False),
            sa.Column("category", sa.String(length=100), nullable=False),
            sa.Column("locale", sa.String(length=16), nullable=False),
            sa.Column("owner_id", BigId, nullable=False),
            sa.Column("consents", sa.Integer(), nullable=False),
            sa.Column("band", sa.String(length=16), nullable=False),
            sa.Column("people", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            *(
                [sa.UniqueConstraint(*_KIND, name=op.f("_".join(("uq_board_counts", *_KIND))))]
                if name == "board_counts"
                else []
            ),
        )
    op.create_table(
        "board_state",
        sa.Column("id", BigId, nullable=False),
        sa.Column("folded", BigId, nullable=False),
        sa.Column("totals", Json, nullable=False),
        sa.Column("folded_at", UtcDateTime(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_state")),
    )


def downgrade() -> None:
    for name in ("board_state", "board_changes", "board_counts", "ambassador_tags"):
        op.drop_table(name)
    with op.batch_alter_table("ambassadors", schema=None) as batch_op:
        batch_op.drop_index("ix_ambassadors_owner_id")
        batch_op.drop_constraint(op.f("fk_ambassadors_quote_answer_id_answers"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_ambassadors_owner_id_staff"), type_="foreignkey")
        for column in (
            "quote_answer_id",
            "recommend",
            "consents",
            "locale",
            "category",
            "board_column",
            "owner_id",
        ):
            batch_op.drop_column(column)
