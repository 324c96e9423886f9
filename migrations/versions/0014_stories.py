"""Stories and quotes, agreed with their person"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stories",
        sa.Column("id", BigId, nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("customer_id", BigId, nullable=True),
        sa.Column("complaint_id", BigId, nullable=True),
        sa.Column("answer_id", BigId, nullable=True),
        sa.Column("review_id", BigId, nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("stands_on", sa.String(length=16), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("own_words", sa.Boolean(), nullable=False),
        sa.Column("shown_name", sa.String(length=80), nullable=True),
        sa.Column("with_picture", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("agreed_at", UtcDateTime(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_stories_customer_id_customers")),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaints.id"], name=op.f("fk_stories_complaint_id_complaints")),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f("fk_stories_answer_id_answers")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_stories_review_id_reviews")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
        sa.UniqueConstraint("slug", name=op.f("uq_stories_slug")),
        sa.UniqueConstraint("answer_id", name=op.f("uq_stories_answer_id")),
        sa.UniqueConstraint("review_id", name=op.f("uq_stories_review_id")),
    )
    op.create_index("ix_stories_published", "stories", ["status", "published_at", "id"])
    op.create_index("ix_stories_customer", "stories", ["customer_id"])
    op.create_index("ix_stories_complaint", "stories", ["complaint_id"])
    op.create_table(
        "story_versions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("story_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("written_by", sa.String(length=64), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("not_sent", sa.String(length=200), nullable=True),
        sa.Column("answer", sa.String(length=8), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("decision", sa.String(length=8), nullable=True),
        sa.Column("named", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_story_versions_story_id_stories")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story_versions")),
        sa.UniqueConstraint("story_id", "number", name=op.f("uq_story_versions_story_id_number")),
    )
    # Exceptions that may be told: few complaints name a rule.
    op.create_index(
        "ix_complaints_rule",
        "complaints",
        ["id"],
        postgresql_where=sa.text("rule IS NOT NULL"),
        sqlite_where=sa.text("rule IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_complaints_rule", "complaints")
    op.drop_table("story_versions")
    op.drop_table("stories")
