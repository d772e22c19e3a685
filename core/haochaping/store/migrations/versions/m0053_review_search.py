"""The search in published comments."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0053"
down_revision = "m0052"
branch_labels = None
depends_on = None

_FULL_TEXT = (
    "CREATE VIRTUAL TABLE review_fts USING fts5("
    "grams, content='review_search', content_rowid='position', tokenize='unicode61')"
)


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "review_search",
        sa.Column("position", types.Id(), autoincrement=False, nullable=False),
        sa.Column("review_id", types.Id(), nullable=False),
        sa.Column("grams", types.Grams(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_review_search"),
        sa.UniqueConstraint("review_id", name="uq_review_search_review_id"),
        sqlite_strict=True,
    )
    if op.get_context().dialect.name == "sqlite":
        op.execute(sa.text(_FULL_TEXT))
    else:
        op.create_index(
            "ix_review_search_grams", "review_search", ["grams"], postgresql_using="gin"
        )


def downgrade() -> None:
    """Take it back."""
    if op.get_context().dialect.name == "sqlite":
        op.execute(sa.text("DROP TABLE review_fts"))
    op.drop_table("review_search")
