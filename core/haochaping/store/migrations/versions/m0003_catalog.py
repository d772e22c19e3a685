"""Create the catalogue."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0003"
down_revision = "m0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this migration."""
    op.create_table(
        "import_run",
        sa.Column("kind", types.Words(), nullable=False),
        sa.Column("digest", types.Words(), nullable=False),
        sa.Column("line", types.Int(), nullable=False),
        sa.Column("counts", types.Json(), nullable=False),
        sa.Column("rejects", types.Words(), nullable=False),
        sa.Column("rejects_size", types.Int(), nullable=False),
        sa.Column("finished", types.Flag(), nullable=False),
        sa.Column("started_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "digest", name="pk_import_run"),
        sqlite_strict=True,
    )
    op.create_table(
        "occurrence",
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("no", types.Int(), nullable=False),
        sa.Column("stage", types.Words(), nullable=False),
        sa.Column("service_channel", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("hall_id", types.Id(), nullable=True),
        sa.Column("window_id", types.Id(), nullable=True),
        sa.Column("staff_id", types.Id(), nullable=True),
        sa.Column("item_id", types.Id(), nullable=True),
        sa.Column("served_at", types.Moment(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("region", "served_month", "id", name="pk_occurrence"),
        sa.UniqueConstraint("case_id", "no", name="uq_occurrence_case_id_no"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_occurrence_window_id_served_at", "occurrence", ["window_id", "served_at"], unique=False
    )
    op.create_table(
        "region",
        sa.Column("code", types.Words(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("name_en", types.Words(), nullable=False),
        sa.Column("level", types.Words(), nullable=False),
        sa.Column("parent", types.Words(), nullable=True),
        sa.Column("path", types.Words(), nullable=False),
        sa.Column("county", types.Words(), nullable=False),
        sa.Column("valid_from", types.Day(), nullable=True),
        sa.Column("valid_to", types.Day(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent"],
            ["region.code"],
        ),
        sa.PrimaryKeyConstraint("code", name="pk_region"),
        sqlite_strict=True,
    )
    op.create_index("ix_region_parent", "region", ["parent"], unique=False)
    op.create_table(
        "service_case",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), nullable=False),
        sa.Column("case_no", types.Words(), nullable=False),
        sa.Column("item_id", types.Id(), nullable=True),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("status", types.Words(), nullable=False),
        sa.Column("person_id", types.Id(), nullable=True),
        sa.Column("agent_person_id", types.Id(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("updated_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_case"),
        sa.UniqueConstraint("case_no", name="uq_service_case_case_no"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_service_case_agent_person_id", "service_case", ["agent_person_id"], unique=False
    )
    op.create_index("ix_service_case_person_id", "service_case", ["person_id"], unique=False)
    op.create_table(
        "organization",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("code", types.Words(), nullable=False),
        sa.Column("uscc", types.Words(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("name_en", types.Words(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("place", types.Words(), nullable=False),
        sa.Column("parent_id", types.Id(), nullable=True),
        sa.Column("path", types.Words(), nullable=False),
        sa.Column("active", types.Flag(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["place"],
            ["region.code"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
        sa.UniqueConstraint("code", name="uq_organization_code"),
        sqlite_strict=True,
    )
    op.create_index("ix_organization_parent_id", "organization", ["parent_id"], unique=False)
    op.create_index("ix_organization_place", "organization", ["place"], unique=False)
    op.create_index("ix_organization_region", "organization", ["region"], unique=False)
    op.create_index("ix_organization_uscc", "organization", ["uscc"], unique=False)
    op.create_table(
        "region_alias",
        sa.Column("alias", types.Words(), nullable=False),
        sa.Column("code", types.Words(), nullable=False),
        sa.Column("valid_from", types.Day(), nullable=False),
        sa.Column("valid_to", types.Day(), nullable=True),
        sa.ForeignKeyConstraint(
            ["code"],
            ["region.code"],
        ),
        sa.PrimaryKeyConstraint("alias", "valid_from", name="pk_region_alias"),
        sqlite_strict=True,
    )
    op.create_table(
        "hall",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("code", types.Words(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("name_en", types.Words(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("place", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("opening", types.Json(), nullable=True),
        sa.Column("active", types.Flag(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["place"],
            ["region.code"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_hall"),
        sa.UniqueConstraint("code", name="uq_hall_code"),
        sqlite_strict=True,
    )
    op.create_index("ix_hall_organization_id", "hall", ["organization_id"], unique=False)
    op.create_index("ix_hall_place", "hall", ["place"], unique=False)
    op.create_index("ix_hall_region", "hall", ["region"], unique=False)
    op.create_table(
        "item",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("code", types.Words(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("name_en", types.Words(), nullable=False),
        sa.Column("public_name", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=True),
        sa.Column("sensitive", types.Flag(), nullable=False),
        sa.Column("active", types.Flag(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_item"),
        sa.UniqueConstraint("code", name="uq_item_code"),
        sqlite_strict=True,
    )
    op.create_index("ix_item_organization_id", "item", ["organization_id"], unique=False)
    op.create_table(
        "window",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("hall_id", types.Id(), nullable=False),
        sa.Column("code", types.Words(), nullable=False),
        sa.Column("name", types.Words(), nullable=False),
        sa.Column("name_en", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("active", types.Flag(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hall_id"],
            ["hall.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_window"),
        sa.UniqueConstraint("hall_id", "code", name="uq_window_hall_id_code"),
        sqlite_strict=True,
    )
    op.create_index("ix_window_organization_id", "window", ["organization_id"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("number", types.Words(), nullable=False),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("hall_id", types.Id(), nullable=True),
        sa.Column("window_id", types.Id(), nullable=True),
        sa.Column("person_id", types.Id(), nullable=True),
        sa.Column("active", types.Flag(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hall_id"],
            ["hall.id"],
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
        ),
        sa.ForeignKeyConstraint(
            ["window_id"],
            ["window.id"],
        ),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("number", name="uq_staff_number"),
        sqlite_strict=True,
    )
    op.create_index("ix_staff_hall_id", "staff", ["hall_id"], unique=False)
    op.create_index("ix_staff_organization_id", "staff", ["organization_id"], unique=False)
    op.create_index("ix_staff_window_id", "staff", ["window_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("staff")
    op.drop_table("window")
    op.drop_table("item")
    op.drop_table("hall")
    op.drop_table("region_alias")
    op.drop_table("organization")
    op.drop_table("service_case")
    op.drop_table("region")
    op.drop_table("occurrence")
    op.drop_table("import_run")
