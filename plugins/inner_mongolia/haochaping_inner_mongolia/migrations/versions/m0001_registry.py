"""Create the registry's tables."""

import sqlalchemy as sa
from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('proposed', 'seconded', 'listed', 'appealed')")


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "inner_mongolia_entry",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("person_index", sa.Text, nullable=False),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
        sa.Column("case_no", sa.Text, nullable=False),
        sa.Column("occurrence_no", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.BigInteger, nullable=False),
        sa.Column("proposed_at", sa.BigInteger, nullable=False),
        sa.Column("first_by", sa.BigInteger),
        sa.Column("second_by", sa.BigInteger),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("decision", sa.Text, nullable=False, server_default=""),
        sa.Column("term_days", sa.Integer, nullable=False),
        sa.Column("until_at", sa.BigInteger),
        sa.Column("appeal", sa.Text, nullable=False, server_default=""),
        sa.Column("appealed_at", sa.BigInteger),
        sa.Column("closing", sa.Text, nullable=False, server_default=""),
        sa.Column("closed_by", sa.BigInteger),
        sa.Column("closed_at", sa.BigInteger),
    )
    op.create_index(
        "uq_inner_mongolia_entry_open",
        "inner_mongolia_entry",
        ["person_index"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "inner_mongolia_listed",
        sa.Column("person_index", sa.Text, primary_key=True),
        sa.Column("entry_id", sa.BigInteger, nullable=False),
        sa.Column("until_at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("inner_mongolia_listed")
    op.drop_table("inner_mongolia_entry")
