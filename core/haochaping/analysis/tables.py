"""Table of analysis: ratings and bad ratings by month, place, item, hour and reason."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, PrimaryKeyConstraint

from haochaping.store.tables import table
from haochaping.store.types import Id, Words

KEY: Final = ("month", "facet", "organization_id", "hall_id", "item_id", "value")
"""The key of a cell; `hall_id` and `item_id` are 0 where there is none."""

COUNTS: Final = ("rated", "bad")
"""The live counts of a cell."""

SHOWN: Final = ("rated_shown", "bad_shown")
"""The counts as the rated units see them: copied once a month, for months that are over."""

PLACE, HOUR, REASON = "place", "hour", "reason"
"""Facets: all ratings by place and item; by weekday and hour, all items; bad ones by reason."""

analysis_count: Final = table(
    "analysis_count",
    Column("month", Words, nullable=False),
    Column("facet", Words, nullable=False),
    Column("organization_id", Id, nullable=False, autoincrement=False),
    Column("hall_id", Id, nullable=False, autoincrement=False),
    Column("item_id", Id, nullable=False, autoincrement=False),
    Column("value", Words, nullable=False),
    *(Column(name, Id, nullable=False, server_default="0") for name in (*COUNTS, *SHOWN)),
    PrimaryKeyConstraint(*KEY),
)
"""Effective first ratings that people gave, by what is asked about them.

`value` is empty for `place`, weekday (0 is Monday) and hour as `209` for `hour`, and the code
of the reason for `reason` (empty: none was chosen). Rows are as many as combinations that
occur in a month, whatever the number of ratings.
"""
