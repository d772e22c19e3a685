"""Tables of the coverage ledger: the state of each service, and the counts by day and window."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, PrimaryKeyConstraint

from haochaping.store.tables import table
from haochaping.store.types import Day, Flag, Id, Int, Words

COUNTS: Final = ("served", "offered", "rated", "assumed")
"""The count columns of a coverage row."""

PLACE: Final = ("day", "region", "organization_id", "hall_id", "window_id", "channel")
"""The key of a coverage row; `hall_id` and `window_id` are 0 where there is none."""

coverage_mark: Final = table(
    "coverage_mark",
    Column("region", Words, nullable=False),
    Column("served_month", Int, autoincrement=False, nullable=False),
    Column("occurrence_id", Id, autoincrement=False, nullable=False),
    Column("day", Day),
    Column("organization_id", Id, nullable=False),
    Column("hall_id", Id, nullable=False),
    Column("window_id", Id, nullable=False),
    Column("channel", Words, nullable=False),
    Column("offered", Flag, nullable=False),
    Column("rated", Flag, nullable=False),
    Column("assumed", Flag, nullable=False),
    PrimaryKeyConstraint("region", "served_month", "occurrence_id"),
)
"""What is known of one service; `day` is NULL while it is under way.

`rated` by a person, `assumed` by a default or back-filled rating. No person is named.
"""

coverage: Final = table(
    "coverage",
    Column("day", Day, nullable=False),
    Column("region", Words, nullable=False),
    Column("organization_id", Id, autoincrement=False, nullable=False),
    Column("hall_id", Id, autoincrement=False, nullable=False),
    Column("window_id", Id, autoincrement=False, nullable=False),
    Column("channel", Words, nullable=False),
    *(Column(name, Id, nullable=False, server_default="0") for name in COUNTS),
    PrimaryKeyConstraint(*PLACE),
    Index("ix_coverage_hall_id_day", "hall_id", "day"),
)
"""Services received on a local day, and how many of them were offered and rated.

`offered` holds every service whose visitor was offered an evaluation or gave one.
"""
