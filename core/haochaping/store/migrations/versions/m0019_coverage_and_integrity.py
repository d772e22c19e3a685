"""Create the coverage ledger, the traces of ratings and the integrity flags."""

import sqlalchemy as sa
from alembic import op

from haochaping.store import types

revision = "m0019"
down_revision = "m0018"
branch_labels = None
depends_on = None

_TABLES = (
    "integrity_flag_rating", "integrity_flag", "staff_device", "integrity_rating",
    "rating_trace", "coverage", "coverage_mark", "offer",
)  # fmt: skip


def _key(number: str) -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("region", types.Words(), nullable=False),
        sa.Column("served_month", types.Int(), autoincrement=False, nullable=False),
        sa.Column(number, types.Id(), autoincrement=False, nullable=False),
    )


def _units() -> tuple[sa.Column[object], ...]:
    names = ("organization_id", "hall_id", "window_id")
    return tuple(sa.Column(name, types.Id(), autoincrement=False, nullable=False) for name in names)


def _coverage() -> None:
    op.create_table(
        "offer",
        *_key("occurrence_id"),
        sa.Column("via", types.Words(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("region", "served_month", "occurrence_id", "via", name="pk_offer"),
        sqlite_strict=True,
    )
    op.create_table(
        "coverage_mark",
        *_key("occurrence_id"),
        sa.Column("day", types.Day()),
        *_units(),
        sa.Column("channel", types.Words(), nullable=False),
        *(
            sa.Column(name, types.Flag(), nullable=False)
            for name in ("offered", "rated", "assumed")
        ),
        sa.PrimaryKeyConstraint("region", "served_month", "occurrence_id", name="pk_coverage_mark"),
        sqlite_strict=True,
    )
    place = ("day", "region", "organization_id", "hall_id", "window_id", "channel")
    op.create_table(
        "coverage",
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("region", types.Words(), nullable=False),
        *_units(),
        sa.Column("channel", types.Words(), nullable=False),
        *(
            sa.Column(name, types.Id(), nullable=False, server_default="0")
            for name in ("served", "offered", "rated", "assumed")
        ),
        sa.PrimaryKeyConstraint(*place, name="pk_coverage"),
        sqlite_strict=True,
    )
    op.create_index("ix_coverage_hall_id_day", "coverage", ["hall_id", "day"])


def _traces() -> None:
    op.create_table(
        "rating_trace",
        *_key("evaluation_id"),
        sa.Column("day", types.Day(), nullable=False),
        *(sa.Column(name, types.Words(), nullable=False) for name in ("device", "network", "kind")),
        sa.PrimaryKeyConstraint("region", "served_month", "evaluation_id", name="pk_rating_trace"),
        sqlite_strict=True,
    )
    op.create_index("ix_rating_trace_day", "rating_trace", ["day"])
    op.create_table(
        "integrity_rating",
        sa.Column("day", types.Day(), nullable=False),
        *_key("evaluation_id"),
        sa.PrimaryKeyConstraint(
            "day", "region", "served_month", "evaluation_id", name="pk_integrity_rating"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "staff_device",
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("device", types.Words(), nullable=False),
        sa.Column("staff_id", types.Id(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("day", "device", "staff_id", name="pk_staff_device"),
        sqlite_strict=True,
    )


def _flags() -> None:
    op.create_table(
        "integrity_flag",
        sa.Column("id", types.Id(), autoincrement=False, nullable=False),
        sa.Column("day", types.Day(), nullable=False),
        *(
            sa.Column(name, types.Words(), nullable=False)
            for name in ("region", "signal", "origin", "about")
        ),
        sa.Column("organization_id", types.Id(), nullable=False),
        sa.Column("hall_id", types.Id()),
        sa.Column("staff_id", types.Id()),
        sa.Column("ratings", types.Int(), nullable=False),
        sa.Column("evidence", types.Json(), nullable=False),
        sa.Column("state", types.Words(), nullable=False),
        sa.Column("raised_at", types.Moment(), nullable=False),
        sa.Column("decided_by", types.Id()),
        sa.Column("decided_at", types.Moment()),
        sa.Column("note", types.Words(), nullable=False, server_default=""),
        sa.CheckConstraint(
            "state IN ('open', 'substantiated', 'unsubstantiated', 'forwarded')",
            name="ck_integrity_flag_state",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_integrity_flag"),
        sa.UniqueConstraint(
            "day", "region", "signal", "origin", "about", name="uq_integrity_flag_about"
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_integrity_flag_state_day", "integrity_flag", ["state", "day"])
    rating = ("region", "served_month", "evaluation_id")
    op.create_table(
        "integrity_flag_rating",
        sa.Column("flag_id", types.Id(), autoincrement=False, nullable=False),
        *_key("evaluation_id"),
        sa.PrimaryKeyConstraint("flag_id", *rating, name="pk_integrity_flag_rating"),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_integrity_flag_rating_evaluation", "integrity_flag_rating", [*rating, "flag_id"]
    )


def upgrade() -> None:
    """Apply this migration."""
    _coverage()
    _traces()
    _flags()


def downgrade() -> None:
    """Take this migration back."""
    for table in _TABLES:
        op.drop_table(table)
