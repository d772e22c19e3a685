"""Tables of the integrity room: what is examined by day, staff's own devices, flags."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, PrimaryKeyConstraint, UniqueConstraint

from haochaping.store.tables import table
from haochaping.store.types import Day, Id, Int, Json, Moment, Words

integrity_rating: Final = table(
    "integrity_rating",
    Column("day", Day, nullable=False),
    Column("region", Words, nullable=False),
    Column("served_month", Int, autoincrement=False, nullable=False),
    Column("evaluation_id", Id, autoincrement=False, nullable=False),
    PrimaryKeyConstraint("day", "region", "served_month", "evaluation_id"),
)
"""First-round ratings by the local day they were received, so that a day is read by its key."""

staff_device: Final = table(
    "staff_device",
    Column("day", Day, nullable=False),
    Column("device", Words, nullable=False),
    Column("staff_id", Id, autoincrement=False, nullable=False),
    PrimaryKeyConstraint("day", "device", "staff_id"),
)
"""Devices on which a staff member used the console that day, as keyed hashes of the day."""

integrity_flag: Final = table(
    "integrity_flag",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("day", Day, nullable=False),
    Column("region", Words, nullable=False),
    Column("signal", Words, nullable=False),
    Column("origin", Words, nullable=False),
    Column("about", Words, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("hall_id", Id),
    Column("staff_id", Id),
    Column("ratings", Int, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("state", Words, nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("decided_by", Id),
    Column("decided_at", Moment),
    Column("note", Words, nullable=False, server_default=""),
    CheckConstraint(
        "state IN ('open', 'substantiated', 'unsubstantiated', 'forwarded')", name="state"
    ),
    UniqueConstraint("day", "region", "signal", "origin", "about", name="uq_integrity_flag_about"),
    Index("ix_integrity_flag_state_day", "state", "day"),
)
"""One thing to look at: a signal of a day about somebody or something (`about`).

`origin` is `core` or a plugin. `evidence` holds numbers, times and reasons, never a person.
"""

integrity_flag_rating: Final = table(
    "integrity_flag_rating",
    Column("flag_id", Id, autoincrement=False, nullable=False),
    Column("region", Words, nullable=False),
    Column("served_month", Int, autoincrement=False, nullable=False),
    Column("evaluation_id", Id, autoincrement=False, nullable=False),
    PrimaryKeyConstraint("flag_id", "region", "served_month", "evaluation_id"),
    Index(
        "ix_integrity_flag_rating_evaluation", "region", "served_month", "evaluation_id", "flag_id"
    ),
)
"""The ratings that a flag is about."""
