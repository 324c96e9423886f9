"""The board at any size: kept copies on its rows, its counts, owners and tags"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, Json, UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BY_CODE = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")
_SORTED_BY = ["stage_since", "next_key", "number_key", "not_now_until"]
_FILTERED_BY = ["board_column", "category", "locale", "owner_id", "consents", "recommend"]
_BESIDES = {
    "ix_ambassadors_column": _FILTERED_BY,
    "ix_ambassadors_since": [*_FILTERED_BY, *_SORTED_BY],
    "ix_ambassadors_kind": _SORTED_BY,
    "ix_ambassadors_number": [*_FILTERED_BY, "stage_since"],
    "ix_ambassadors_next": [*_FILTERED_BY, "stage_since"],
}
_ON_BOARD: dict[str, tuple[list[str], str]] = {
    "ix_ambassadors_column": (["board_column", "stage_since", "id"], ""),
    "ix_ambassadors_since": (["stage_since", "id"], ""),
    "ix_ambassadors_kind": (["kind", "stage_since", "id"], ""),
    "ix_ambassadors_number": (["number_key", "id"], ""),
    "ix_ambassadors_next": (["next_key", "id"], ""),
    "ix_ambassadors_later": (["not_now_until", "id"], " AND board_column = 'not_now'"),
}
# What the home page counts by.
_COUNTED = {
    "ix_complaints_resolved": ("complaints", ["resolved_at"]),
    "ix_recovery_cases_opened": ("recovery_cases", ["opened_at"]),
    "ix_invitations_sent": ("invitations", ["sent_at"]),
    "ix_invitations_chosen": ("invitations", ["clicked_at"]),
    "ix_reviews_written": ("reviews", ["written_at"]),
    "ix_tellings_status": ("tellings", ["status", "id"]),
    "ix_tellings_sent": ("tellings", ["sent_at"]),
    "ix_tellings_answered": ("tellings", ["answered_at"]),
}


def upgrade() -> None:
    for name, (table, columns) in _COUNTED.items():
        op.create_index(name, table, columns)
    with op.batch_alter_table("ambassadors", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner_id", BigId, nullable=True))
        batch_op.add_column(sa.Column("board_column", sa.String(length=16), nullable=False, server_default="satisfied"))
        batch_op.add_column(sa.Column("category", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("locale", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("consents", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("recommend", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("quote_answer_id", BigId, nullable=True))
        batch_op.add_column(sa.Column("number_key", _BY_CODE, nullable=False, server_default=""))
        batch_op.add_column(sa.Column("next_key", sa.Date(), nullable=False, server_default="9999-12-31"))
        batch_op.add_column(sa.Column("kind", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.create_foreign_key(op.f("fk_ambassadors_owner_id_staff"), "staff", ["owner_id"], ["id"])
        batch_op.create_foreign_key(
            op.f("fk_ambassadors_quote_answer_id_answers"), "answers", ["quote_answer_id"], ["id"]
        )
        batch_op.create_index("ix_ambassadors_owner_id", ["owner_id"])
    with op.batch_alter_table("ambassadors", schema=None) as batch_op:
        batch_op.alter_column("board_column", server_default=None)
        batch_op.alter_column("consents", server_default=None)
        batch_op.alter_column("number_key", server_default=None)
        batch_op.alter_column("next_key", server_default=None)
        batch_op.alter_column("kind", server_default=None)
    for name, (columns, more) in _ON_BOARD.items():
        where = sa.text("left_at IS NULL" + more)
        besides = [one for one in _BESIDES.get(name, []) if one not in columns]
        kept: dict[str, Any] = {"postgresql_include": besides} if besides else {}
        op.create_index(name, "ambassadors", columns, sqlite_where=where, postgresql_where=where, **kept)
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
            sa.Column("kind", sa.BigInteger(), nullable=False),
            sa.Column("people", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            *([sa.UniqueConstraint("kind", name=op.f("uq_board_counts_kind"))] if name == "board_counts" else []),
        )
    op.create_table(
        "board_state",
        sa.Column("id", BigId, nullable=False),
        sa.Column("folded", BigId, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("totals", Json, nullable=False),
        sa.Column("categories", Json, nullable=False),
        sa.Column("folded_at", UtcDateTime(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_state")),
    )


def downgrade() -> None:
    for name in ("board_state", "board_changes", "board_counts", "ambassador_tags"):
        op.drop_table(name)
    for name in _ON_BOARD:
        op.drop_index(name, "ambassadors")
    for name, (table, _columns) in _COUNTED.items():
        op.drop_index(name, table)
    with op.batch_alter_table("ambassadors", schema=None) as batch_op:
        batch_op.drop_index("ix_ambassadors_owner_id")
        batch_op.drop_constraint(op.f("fk_ambassadors_quote_answer_id_answers"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_ambassadors_owner_id_staff"), type_="foreignkey")
        for column in (
            "kind",
            "next_key",
            "number_key",
            "quote_answer_id",
            "recommend",
            "consents",
            "locale",
            "category",
            "board_column",
            "owner_id",
        ):
            batch_op.drop_column(column)
