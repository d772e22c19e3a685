"""Tables of inspections (监督查评): campaigns, their samples, what inspectors found."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint

from haochaping.store.tables import table
from haochaping.store.types import Blob, Day, Id, Int, Moment, Words

inspection_campaign: Final = table(
    "inspection_campaign",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("name", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("region", Words, nullable=False),
    Column("region_path", Words, nullable=False),
    Column("first_day", Day, nullable=False),
    Column("last_day", Day, nullable=False),
    Column("wanted", Int, nullable=False),
    Column("frame", Int, nullable=False),
    Column("frame_digest", Words, nullable=False),
    Column("seed", Words, nullable=False),
    Column("created_by", Id, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("closed_at", Moment),
    CheckConstraint("kind IN ('survey', 'visit', 'third_party')", name="kind"),
)
"""A campaign: the services of a region between two days, of which a sample is looked at.

`frame` services could be drawn, `frame_digest` is the SHA-256 over their keys; with `seed` and
the frame anybody can draw the same sample again.
"""

inspection_sample: Final = table(
    "inspection_sample",
    Column("campaign_id", Id, ForeignKey("inspection_campaign.id"), primary_key=True),
    Column("no", Int, primary_key=True, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("occurrence_id", Id, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("hall_id", Id),
    Column("outcome", Words, nullable=False),
    Column("grade", Int),
    Column("text_sealed", Blob),
    Column("text_key_id", Id),
    Column("inspector_id", Id),
    Column("at", Moment),
    Column("day", Day),
    CheckConstraint("grade BETWEEN 1 AND 5", name="grade"),
    CheckConstraint("outcome IN ('open', 'graded', 'unreachable')", name="outcome"),
    UniqueConstraint(
        "campaign_id",
        "region",
        "served_month",
        "occurrence_id",
        name="uq_inspection_sample_service",
    ),
    Index("ix_inspection_sample_organization_id", "organization_id", "day"),
)
"""A service that was drawn, in the order of the draw, and what the inspector found.

Results of inspections are counted apart: they never enter the rates of ratings.
"""
