"""Create the tables of reviews, scores, votes and nominations."""

import sqlalchemy as sa
from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "shanghai_review",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
        sa.Column("handle", sa.Text, nullable=False),
        sa.Column("visitor", sa.Text),
        sa.Column("network", sa.Text),
        sa.Column("stars", sa.Integer, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("written_at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("objection", sa.Text, nullable=False, server_default=""),
        sa.Column("decided_by", sa.BigInteger),
        sa.Column("reply", sa.Text, nullable=False, server_default=""),
        sa.Column("replied_by", sa.BigInteger),
        sa.Column("follow_up", sa.Text, nullable=False, server_default=""),
        sa.Column("useful", sa.Integer, nullable=False),
        sa.Column("opinion_id", sa.BigInteger),
        sa.Column("case_public_id", sa.Text, nullable=False, server_default=""),
    )
    op.create_table(
        "shanghai_score",
        sa.Column("subject_kind", sa.Text, primary_key=True),
        sa.Column("subject_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("stars", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "shanghai_vote",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("target_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("visitor", sa.Text, primary_key=True),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "shanghai_nomination",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("votes", sa.Integer, nullable=False),
        sa.Column("nominated_by", sa.BigInteger, nullable=False),
        sa.Column("decided_by", sa.BigInteger),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index(
        "uq_shanghai_review_once", "shanghai_review", ["handle", "subject_kind"], unique=True
    )
    op.create_index(
        "ix_shanghai_review_subject", "shanghai_review", ["subject_kind", "subject_id", "state"]
    )
    op.create_index("ix_shanghai_vote_network", "shanghai_vote", ["kind", "target_id", "network"])
    op.create_index("ix_shanghai_nomination_year", "shanghai_nomination", ["year", "state"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("shanghai_nomination")
    op.drop_table("shanghai_vote")
    op.drop_table("shanghai_score")
    op.drop_table("shanghai_review")
