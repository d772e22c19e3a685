"""Keep the keys of ratings kept on devices, what devices say of them, and codes reprinted."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0014"
down_revision = "m0013"
branch_labels = None
depends_on = None

_REPORTED = (
    ("refused", types.Int(), "0"),
    ("refusals", types.Words(), ""),
    ("keeping", types.Words(), ""),
)


def upgrade() -> None:
    """Apply this migration."""
    for name, kind, default in _REPORTED:
        op.add_column("device", sa.Column(name, kind, nullable=False, server_default=default))
    op.create_table(
        "queue_key",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("private_sealed", types.Blob(), nullable=False),
        sa.Column("public", types.Blob(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_queue_key"),
        sqlite_strict=True,
    )
    op.create_index("ix_queue_key_created_at", "queue_key", ["created_at"])
    op.add_column("invitation", sa.Column("spent_through", types.Day(), nullable=True))


def downgrade() -> None:
    """Take this migration back."""
    op.drop_column("invitation", "spent_through")
    op.drop_table("queue_key")
    for name, _kind, _default in reversed(_REPORTED):
        op.drop_column("device", name)
