"""Create the accounts, devices, keys and the vault."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0004"
down_revision = "m0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "account",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("login", types.Words(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("password_hash", types.Words(), nullable=False),
        sa.Column("must_change", types.Flag(), nullable=False),
        sa.Column("active", types.Flag(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("password_at", types.Moment(), nullable=False),
        sa.Column("signed_in_at", types.Moment(), nullable=True),
        sa.Column("totp_sealed", types.Blob(), nullable=True),
        sa.Column("totp_confirmed", types.Flag(), nullable=False),
        sa.Column("totp_step", types.Id(), nullable=False),
        sa.Column("grants_version", types.Int(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("login", name="uq_account_login"),
        sqlite_strict=True,
    )
    op.create_table(
        "login_attempt",
        sa.Column("login_mac", types.Words(), nullable=False),
        sa.Column("failures", types.Int(), nullable=False),
        sa.Column("failed_at", types.Moment(), nullable=False),
        sa.Column("locked_until", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("login_mac", name="pk_login_attempt"),
        sqlite_strict=True,
    )
    op.create_index("ix_login_attempt_failed_at", "login_attempt", ["failed_at"], unique=False)
    op.create_table(
        "reveal",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("person_id", types.Id(), nullable=False),
        sa.Column("purpose", types.Words(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_reveal"),
        sqlite_strict=True,
    )
    op.create_index("ix_reveal_account_id", "reveal", ["account_id"], unique=False)
    op.create_index("ix_reveal_at", "reveal", ["at"], unique=False)
    op.create_index("ix_reveal_person_id", "reveal", ["person_id"], unique=False)
    op.create_table(
        "vault_key",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("wrapped", types.Blob(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vault_key"),
        sqlite_strict=True,
    )
    op.create_table(
        "vault_person",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("index_mac", types.Words(), nullable=True),
        sa.Column("mobile_mac", types.Words(), nullable=True),
        sa.Column("sealed", types.Blob(), nullable=False),
        sa.Column("key_id", types.Id(), nullable=False),
        sa.Column("commitment", types.Words(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.Column("erased_at", types.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_vault_person"),
        sqlite_strict=True,
    )
    op.create_index("ix_vault_person_index_mac", "vault_person", ["index_mac"], unique=False)
    op.create_index("ix_vault_person_key_id", "vault_person", ["key_id"], unique=False)
    op.create_index("ix_vault_person_mobile_mac", "vault_person", ["mobile_mac"], unique=False)
    op.create_index(
        "uq_vault_person_region_index_mac", "vault_person", ["region", "index_mac"], unique=True
    )
    op.create_table(
        "account_grant",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("role", types.Words(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=True),
        sa.Column("hall_id", types.Id(), nullable=True),
        sa.Column("staff_id", types.Id(), nullable=True),
        sa.Column("granted_at", types.Moment(), nullable=False),
        sa.Column("granted_by", types.Id(), nullable=True),
        sa.Column("revoked_at", types.Moment(), nullable=True),
        sa.Column("revoked_by", types.Id(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_grant"),
        sqlite_strict=True,
    )
    op.create_index("ix_account_grant_account_id", "account_grant", ["account_id"], unique=False)
    op.create_index(
        "ix_account_grant_organization_id", "account_grant", ["organization_id"], unique=False
    )
    op.create_index(
        "ix_account_grant_role_held",
        "account_grant",
        ["role"],
        unique=False,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("code_mac", types.Words(), nullable=False),
        sa.Column("used_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("account_id", "code_mac", name="pk_recovery_code"),
        sqlite_strict=True,
    )
    op.create_table(
        "session",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("token_mac", types.Words(), nullable=False),
        sa.Column("account_id", types.Id(), nullable=False),
        sa.Column("stage", types.Words(), nullable=False),
        sa.Column("client", types.Words(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("seen_at", types.Moment(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("revoked_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("token_mac", name="uq_session_token_mac"),
        sqlite_strict=True,
    )
    op.create_index("ix_session_account_id", "session", ["account_id"], unique=False)
    op.create_index("ix_session_seen_at", "session", ["seen_at"], unique=False)
    op.create_table(
        "api_key",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("key_mac", types.Words(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("scopes", types.Json(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("created_by", types.Id(), nullable=True),
        sa.Column("seen_at", types.Moment(), nullable=True),
        sa.Column("expires_at", types.Moment(), nullable=True),
        sa.Column("revoked_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("key_mac", name="uq_api_key_key_mac"),
        sqlite_strict=True,
    )
    op.create_index("ix_api_key_organization_id", "api_key", ["organization_id"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("key_mac", types.Words(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("window_id", types.Id(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("created_by", types.Id(), nullable=True),
        sa.Column("seen_at", types.Moment(), nullable=True),
        sa.Column("waiting", types.Int(), nullable=False),
        sa.Column("clock_offset_ms", types.Id(), nullable=False),
        sa.Column("software", types.Words(), nullable=False),
        sa.Column("revoked_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["window_id"],
            ["window.id"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_device"),
        sa.UniqueConstraint("key_mac", name="uq_device_key_mac"),
        sqlite_strict=True,
    )
    op.create_index("ix_device_window_id", "device", ["window_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("device")
    op.drop_table("api_key")
    op.drop_table("session")
    op.drop_table("recovery_code")
    op.drop_table("account_grant")
    op.drop_table("vault_person")
    op.drop_table("vault_key")
    op.drop_table("reveal")
    op.drop_table("login_attempt")
    op.drop_table("account")
