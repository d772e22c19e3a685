"""Create the journal, its cursors and its seals."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types
from haochaping.store.watermark import CurrentTransaction

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None


_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABO"
        "RT, 'the journal is append-only'); END",
        "CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABO"
        "RT, 'the journal is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEG"
        "IN RAISE EXCEPTION 'the journal is append-only'; END $$",
        "CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journa"
        "l FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()",
    ),
}


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "journal",
        sa.Column("seq", types.Id(), autoincrement=True, nullable=False),
        sa.Column("xid", types.Id(), server_default=CurrentTransaction(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("subject", types.Words(), nullable=False),
        sa.Column("region", types.Words(), server_default="", nullable=False),
        sa.Column("payload", types.Words(), nullable=False),
        sa.Column("digest", types.Blob(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_journal"),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_journal_xid_seq", "journal", ["xid", "seq"], unique=False)
    op.create_table(
        "journal_cursor",
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("xid", types.Id(), server_default="0", nullable=False),
        sa.Column("seq", types.Id(), server_default="0", nullable=False),
        sa.Column("at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_journal_cursor"),
        sqlite_strict=True,
    )
    op.create_table(
        "journal_parked",
        sa.Column("id", types.Id(), autoincrement=True, nullable=False),
        sa.Column("reader", types.Words(), nullable=False),
        sa.Column("seq", types.Id(), nullable=False),
        sa.Column("subject", types.Words(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("attempts", types.Int(), server_default="0", nullable=False),
        sa.Column("ready_at", types.Moment(), nullable=False),
        sa.Column("error", types.Words(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal_parked"),
        sa.UniqueConstraint("reader", "seq", name="uq_journal_parked_reader_seq"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_journal_parked_open",
        "journal_parked",
        ["reader", "subject"],
        unique=False,
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_table(
        "journal_seal",
        sa.Column("number", types.Int(), autoincrement=False, nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("first_seq", types.Id(), nullable=False),
        sa.Column("last_xid", types.Id(), nullable=False),
        sa.Column("last_seq", types.Id(), nullable=False),
        sa.Column("count", types.Int(), nullable=False),
        sa.Column("leaves", types.Blob(), nullable=False),
        sa.Column("root", types.Blob(), nullable=False),
        sa.Column("head", types.Blob(), nullable=False),
        sa.Column("signature", types.Blob(), nullable=False),
        sa.Column("public_key", types.Blob(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_journal_seal"),
        sqlite_strict=True,
    )
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Take it back."""
    op.drop_table("journal_seal")
    op.drop_table("journal_parked")
    op.drop_table("journal_cursor")
    op.drop_table("journal")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("DROP FUNCTION journal_append_only"))
