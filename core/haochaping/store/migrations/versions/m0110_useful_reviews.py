"""Published comments by votes and tags; their full text knows what they can be narrowed to."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0110"
down_revision = "m0102"
branch_labels = None
depends_on = None

_TAGS = {
    "sqlite": """
INSERT INTO review_tag (option, review_id)
SELECT DISTINCT chosen.value, review.id FROM review
JOIN evaluation ON evaluation.region = review.region
  AND evaluation.served_month = review.served_month AND evaluation.id = review.evaluation_id
JOIN json_each(evaluation.options) AS chosen
WHERE chosen.value NOT GLOB '*[^0-9A-Za-z]*'
""",
    "postgresql": """
INSERT INTO review_tag (option, review_id)
SELECT DISTINCT chosen.value, review.id FROM review
JOIN evaluation ON evaluation.region = review.region
  AND evaluation.served_month = review.served_month AND evaluation.id = review.evaluation_id
CROSS JOIN LATERAL json_array_elements_text(evaluation.options::json) AS chosen(value)
WHERE chosen.value ~ '^[0-9A-Za-z]+$'
""",
}

_EMPTY = "DELETE FROM review_search"
"""The worker indexes published comments anew, with what they can be narrowed to."""


def upgrade() -> None:
    """Apply this migration."""
    op.add_column("review", sa.Column("useful", types.Int(), server_default="0", nullable=False))
    op.create_index(
        "ix_review_useful", "review", [sa.text("useful DESC"), sa.text("batch_id DESC"), "place"]
    )
    op.create_table(
        "review_tag",
        sa.Column("option", types.Words(), nullable=False),
        sa.Column("review_id", types.Id(), nullable=False),
        sa.PrimaryKeyConstraint("option", "review_id", name="pk_review_tag"),
        sqlite_strict=True,
    )
    op.create_index("ix_review_tag_review_id", "review_tag", ["review_id"])
    op.create_table(
        "review_vote",
        sa.Column("review_id", types.Id(), nullable=False),
        sa.Column("visitor", types.Words(), nullable=False),
        sa.Column("network", types.Words(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("review_id", "visitor", name="pk_review_vote"),
        sqlite_strict=True,
    )
    op.create_index("ix_review_vote_network", "review_vote", ["review_id", "network"])
    op.create_index("ix_review_vote_at", "review_vote", ["at"])
    dialect = op.get_context().dialect.name
    op.execute(sa.text(_TAGS[dialect]))
    if dialect == "sqlite":
        op.execute(sa.text("INSERT INTO review_fts(review_fts) VALUES ('delete-all')"))
    op.execute(_EMPTY)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("review_vote")
    op.drop_table("review_tag")
    op.drop_index("ix_review_useful", "review")
    op.drop_column("review", "useful")
