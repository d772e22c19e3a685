"""Tables of paper batches: piles keyed by two people, their sheets and scans."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index

from haochaping.store.tables import table
from haochaping.store.types import Blob, Id, Int, Moment, Words

paper_batch: Final = table(
    "paper_batch",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("region_path", Words, nullable=False),
    Column("organization_path", Words, nullable=False),
    Column("sheets", Int, nullable=False),
    Column("state", Words, nullable=False),
    Column("first_by", Id, nullable=False),
    Column("second_by", Id),
    Column("settled_by", Id),
    Column("key_id", Id, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("hall_id", Id),
    CheckConstraint("state IN ('first', 'second', 'differs', 'done')", name="state"),
    Index("ix_paper_batch_state", "state", "created_at"),
)
"""A pile of paper forms: how many sheets, who keyed it first and second, who settled it.

The paths and the hall are those of the place in which its first clerk works. What was keyed and
scanned is sealed under the batch's own data key (`key_id`), destroyed some weeks after it is done.
"""

paper_sheet: Final = table(
    "paper_sheet",
    Column("batch_id", Id, ForeignKey("paper_batch.id"), primary_key=True),
    Column("no", Int, primary_key=True, autoincrement=False),
    Column("first_sealed", Blob, nullable=False),
    Column("second_sealed", Blob),
    Column("outcome", Words, nullable=False),
    Column("grade", Int),
)
"""One sheet as keyed twice; `outcome` is empty until it was handed in, refused or left out.

`grade` is that of a sheet that was taken in, for the totals.
"""

paper_scan: Final = table(
    "paper_scan",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("batch_id", Id, ForeignKey("paper_batch.id"), nullable=False, index=True),
    Column("media", Words, nullable=False),
    Column("sealed", Blob, nullable=False),
    Column("at", Moment, nullable=False),
)
"""A scan of sheets: an image written anew without metadata, sealed under the batch's key."""
