"""Publishing: versions, corrections, findings that were overruled, evidence

What is public already gets its first version: the words as they stand.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, Json, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("improvements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner_id", BigId, nullable=True))
        batch_op.add_column(sa.Column("asked_by", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("asked_at", UtcDateTime(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_improvements_owner_id_staff"), "staff", ["owner_id"], ["id"])
    with op.batch_alter_table("improvement_texts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.Text(), nullable=True))
    _make_versions()
    op.create_table(
        "waiting_corrections",
        sa.Column("improvement_id", BigId, nullable=False),
        sa.Column("changes", Json, nullable=False),
        sa.Column("writers", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["improvement_id"], ["improvements.id"], name=op.f("fk_waiting_corrections_improvement_id_improvements")
        ),
        sa.PrimaryKeyConstraint("improvement_id", name=op.f("pk_waiting_corrections")),
    )
    op.create_table(
        "overrulings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("improvement_id", BigId, nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["improvement_id"], ["improvements.id"], name=op.f("fk_overrulings_improvement_id_improvements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrulings")),
        sa.UniqueConstraint(
            "improvement_id",
            "place",
            "kind",
            "digest",
            name=op.f("uq_overrulings_improvement_id_place_kind_digest"),
        ),
    )
    op.create_table(
        "evidence",
        sa.Column("id", BigId, nullable=False),
        sa.Column("improvement_id", BigId, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("file", sa.String(length=40), nullable=True),
        sa.Column("type", sa.String(length=40), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["improvement_id"], ["improvements.id"], name=op.f("fk_evidence_improvement_id_improvements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("file", name=op.f("uq_evidence_file")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_improvement", ["improvement_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("evidence")
    op.drop_table("overrulings")
    op.drop_table("waiting_corrections")
    op.drop_table("improvement_versions")
    # The version before knows no ideas: nobody was promised anything, so it is a plan that nobody sees.
    op.execute("UPDATE improvements SET status = 'planned' WHERE status = 'idea'")
    with op.batch_alter_table("improvement_texts", schema=None) as batch_op:
        batch_op.drop_column("reason")
    with op.batch_alter_table("improvements", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_improvements_owner_id_staff"), type_="foreignkey")
        for name in ("asked_at", "asked_by", "owner_id"):
            batch_op.drop_column(name)


def _make_versions() -> None:
    versions = op.create_table(
        "improvement_versions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("improvement_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("corrects", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("texts", Json, nullable=False),
        sa.Column("notes", Json, nullable=True),
        sa.ForeignKeyConstraint(
            ["improvement_id"], ["improvements.id"], name=op.f("fk_improvement_versions_improvement_id_improvements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_improvement_versions")),
        sa.UniqueConstraint("improvement_id", "number", name=op.f("uq_improvement_versions_improvement_id_number")),
    )
    improvements = sa.table(
        "improvements",
        *(sa.column(name) for name in ("id", "status", "locale")),
        sa.column("published_at", UtcDateTime()),
    )
    words = sa.table(
        "improvement_texts", *(sa.column(name) for name in ("improvement_id", "locale", "you_said", "we_did"))
    )
    bind = op.get_bind()
    texts: dict[int, dict[str, dict[str, str | None]]] = {}
    for row in bind.execute(sa.select(words)):
        shown = {"you_said": row.you_said, "we_did": row.we_did, "reason": None}
        texts.setdefault(row.improvement_id, {})[row.locale] = shown
    for row in bind.execute(sa.select(improvements).where(improvements.c.published_at.is_not(None))).all():
        first = {
            "improvement_id": row.id,
            "number": 1,
            "at": row.published_at,
            "actor": "system",
            "corrects": False,
            "status": row.status,
            "locale": row.locale,
            "texts": texts.get(row.id, {}),
        }
        bind.execute(versions.insert().values(first))
