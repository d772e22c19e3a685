"""Typical cases: what is told of a closed case, who signed it, the search in it."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0056"
down_revision = "m0054"
branch_labels = None
depends_on = None

_STRICT = {"sqlite_strict": True}
_LIVE = sa.text("state in ('draft', 'signing', 'published')")
_FULL_TEXT = (
    "CREATE VIRTUAL TABLE typical_fts USING fts5("
    "grams, content='typical_search', content_rowid='position', tokenize='unicode61')"
)


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "typical_case",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("public_id", types.Words(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("occurrence_id", types.Id()),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("hall_id", types.Id()),
        sa.Column("staff_id", types.Id()),
        sa.Column("item_id", types.Id()),
        sa.Column("grade", types.Int(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("version", types.Int(), nullable=False),
        sa.Column("title", types.Words(), nullable=False),
        sa.Column("said", types.Words(), nullable=False),
        sa.Column("found", types.Words(), nullable=False),
        sa.Column("done", types.Words(), nullable=False),
        sa.Column("learnt", types.Words(), nullable=False),
        sa.Column("english", types.Words(), nullable=False),
        sa.Column("masked", types.Json(), nullable=False),
        sa.Column("failure", types.Words(), nullable=False, server_default=""),
        sa.Column("note", types.Words(), nullable=False, server_default=""),
        sa.Column("begun_by", types.Id(), nullable=False),
        sa.Column("written_by", types.Id(), nullable=False),
        sa.Column("written_at", types.Moment(), nullable=False),
        sa.Column("published_at", types.Moment()),
        sa.Column("withdrawn_by", types.Id()),
        sa.Column("withdrawn_at", types.Moment()),
        sa.Column("reason", types.Words(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_typical_case"),
        sa.UniqueConstraint("public_id", name="uq_typical_case_public_id"),
        **_STRICT,
    )
    op.create_index("ix_typical_case_published_at", "typical_case", ["published_at", "id"])
    op.create_index(
        "ix_typical_case_live",
        "typical_case",
        ["case_id"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_table(
        "typical_signature",
        sa.Column("typical_id", types.Id(), nullable=False),
        sa.Column("version", types.Int(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("typical_id", "version", "account_id", name="pk_typical_signature"),
        **_STRICT,
    )
    op.create_table(
        "typical_search",
        sa.Column("position", types.Id(), autoincrement=False, nullable=False),
        sa.Column("typical_id", types.Id(), nullable=False),
        sa.Column("grams", types.Grams(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_typical_search"),
        sa.UniqueConstraint("typical_id", name="uq_typical_search_typical_id"),
        **_STRICT,
    )
    if op.get_context().dialect.name == "sqlite":
        op.execute(sa.text(_FULL_TEXT))
    else:
        op.create_index(
            "ix_typical_search_grams", "typical_search", ["grams"], postgresql_using="gin"
        )


def downgrade() -> None:
    """Take it back."""
    if op.get_context().dialect.name == "sqlite":
        op.execute(sa.text("DROP TABLE typical_fts"))
    for name in ("typical_search", "typical_signature", "typical_case"):
        op.drop_table(name)
