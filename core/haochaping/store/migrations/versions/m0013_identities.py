"""Let accounts sign in through identity providers; remember who made an account."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0013"
down_revision = "m0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.add_column("account", sa.Column("created_by", types.Id()))
    op.add_column("session", sa.Column("via", types.Words(), nullable=False, server_default=""))
    op.create_table(
        "identity_binding",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("provider", types.Words(), nullable=False),
        sa.Column("subject_mac", types.Words(), nullable=False),
        sa.Column("hint", types.Words(), nullable=False),
        sa.Column("bound_at", types.Moment(), nullable=False),
        sa.Column("bound_by", types.Id(), nullable=False),
        sa.Column("used_at", types.Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_identity_binding"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.UniqueConstraint(
            "provider", "subject_mac", name="uq_identity_binding_provider_subject_mac"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_identity_binding_account_id", "identity_binding", ["account_id"])
    op.create_table(
        "identity_attempt",
        sa.Column("state_mac", types.Words(), nullable=False),
        sa.Column("browser_mac", types.Words(), nullable=False),
        sa.Column("provider", types.Words(), nullable=False),
        sa.Column("account_id", types.Id()),
        sa.Column("sealed", types.Blob(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("state_mac", name="pk_identity_attempt"),
        sqlite_strict=True,
    )
    op.create_index("ix_identity_attempt_expires_at", "identity_attempt", ["expires_at"])


def downgrade() -> None:
    """Take this migration back."""
    op.drop_table("identity_attempt")
    op.drop_table("identity_binding")
    op.drop_column("session", "via")
    op.drop_column("account", "created_by")
