"""Whom a destination asks, replies, reviews left elsewhere

A link to a platform that was in use stays in use; what it forbids (asking only satisfied people) was refused already.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedbackloop.core.types import BigId, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Platforms whose rules do not say whom one may ask, by what their addresses hold. Others could not be added before.
_KNOWN = {"kiyoh": ("%//kiyoh.%", "%.kiyoh.%"), "facebook": ("%//facebook.%", "%.facebook.%", "%//fb.%")}


def upgrade() -> None:
    with op.batch_alter_table("destinations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("platform", sa.String(length=16), nullable=False, server_default="other"))
        batch_op.add_column(sa.Column("audience", sa.String(length=16), nullable=False, server_default="satisfied"))
    _name_platforms()
    with op.batch_alter_table("destinations", schema=None) as batch_op:
        batch_op.alter_column("platform", existing_type=sa.String(length=16), server_default=None)
        batch_op.alter_column("audience", existing_type=sa.String(length=16), server_default=None)

    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("audience", sa.String(length=16), nullable=False, server_default="satisfied"))
        batch_op.add_column(sa.Column("occasion", sa.String(length=16), nullable=False, server_default="confirmed"))
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.alter_column("audience", existing_type=sa.String(length=16), server_default=None)
        batch_op.alter_column("occasion", existing_type=sa.String(length=16), server_default=None)
        batch_op.create_index("ix_invitations_clicked", ["destination_id", "clicked_at"], unique=False)

    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reply", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("replied_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("replied_by", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("reply_changed_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("made_complaint_id", BigId, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_reviews_made_complaint_id_complaints"), "complaints", ["made_complaint_id"], ["id"]
        )
        batch_op.create_unique_constraint(op.f("uq_reviews_made_complaint_id"), ["made_complaint_id"])

    with op.batch_alter_table("check_ins", schema=None) as batch_op:
        batch_op.create_index("ix_check_ins_sent", ["sent_at"], unique=False)

    op.create_table(
        "outside_reviews",
        sa.Column("id", BigId, nullable=False),
        sa.Column("destination_id", BigId, nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=True),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("invitation_id", BigId, nullable=True),
        sa.Column("customer_id", BigId, nullable=True),
        sa.Column("match_reason", sa.String(length=16), nullable=True),
        sa.Column("unmatched_at", UtcDateTime(), nullable=True),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.Column("made_complaint_id", BigId, nullable=True),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_outside_reviews_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["destinations.id"], name=op.f("fk_outside_reviews_destination_id_destinations")
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_outside_reviews_invitation_id_invitations")
        ),
        sa.ForeignKeyConstraint(
            ["made_complaint_id"], ["complaints.id"], name=op.f("fk_outside_reviews_made_complaint_id_complaints")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_reviews")),
        sa.UniqueConstraint(
            "destination_id", "external_id", name=op.f("uq_outside_reviews_destination_id_external_id")
        ),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_outside_reviews_invitation_id")),
        sa.UniqueConstraint("made_complaint_id", name=op.f("uq_outside_reviews_made_complaint_id")),
    )
    with op.batch_alter_table("outside_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outside_reviews_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_outside_reviews_destination", ["destination_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("outside_reviews")
    with op.batch_alter_table("check_ins", schema=None) as batch_op:
        batch_op.drop_index("ix_check_ins_sent")
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("uq_reviews_made_complaint_id"), type_="unique")
        batch_op.drop_constraint(op.f("fk_reviews_made_complaint_id_complaints"), type_="foreignkey")
        for name in ("made_complaint_id", "reply_changed_at", "replied_by", "replied_at", "reply"):
            batch_op.drop_column(name)
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index("ix_invitations_clicked")
        batch_op.drop_column("occasion")
        batch_op.drop_column("audience")
    # The version before asks satisfied people only: a link that is for everybody would mislead there.
    op.execute("UPDATE destinations SET active = false WHERE audience = 'everyone' AND kind = 'link'")
    with op.batch_alter_table("destinations", schema=None) as batch_op:
        batch_op.drop_column("audience")
        batch_op.drop_column("platform")


def _name_platforms() -> None:
    places = sa.table("destinations", sa.column("kind"), sa.column("platform"), sa.column("url"))
    op.execute(places.update().where(places.c.kind == "own").values(platform="own"))
    for platform, patterns in _KNOWN.items():
        holds = sa.or_(*(sa.func.lower(places.c.url).like(one) for one in patterns))
        op.execute(places.update().where(places.c.kind == "link", holds).values(platform=platform))
