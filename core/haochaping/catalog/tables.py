"""Tables of the catalogue.

`path` columns join the codes (regions) or ids (organizations) from the root to the
row itself with `/`, and start and end with `/`. `region` is always the county-level
region (6 digits); `place` is the exact region a hall or organization belongs to.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, UniqueConstraint, and_

from haochaping.store.tables import table
from haochaping.store.types import Day, Flag, Id, Int, Json, Moment, Words

region: Final = table(
    "region",
    Column("code", Words, primary_key=True),
    Column("name", Words, nullable=False),
    Column("name_en", Words, nullable=False, default=""),
    Column("level", Words, nullable=False),
    Column("parent", Words, ForeignKey("region.code"), index=True),
    Column("path", Words, nullable=False),
    Column("county", Words, nullable=False),
    Column("valid_from", Day),
    Column("valid_to", Day),
)
"""`level`: province | city | county | town | village | zone; `county`: its 6-digit region.

`valid_from` is the first day, `valid_to` the last day; NULL means without bound.
"""

region_alias: Final = table(
    "region_alias",
    Column("alias", Words, nullable=False),
    Column("code", Words, ForeignKey("region.code"), nullable=False),
    Column("valid_from", Day, nullable=False),
    Column("valid_to", Day),
    PrimaryKeyConstraint("alias", "valid_from"),
)
"""A code that stands for another one from `valid_from` to `valid_to`, both inclusive."""

organization: Final = table(
    "organization",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("code", Words, nullable=False, unique=True),
    Column("uscc", Words, nullable=False, index=True),
    Column("name", Words, nullable=False),
    Column("name_en", Words, nullable=False, default=""),
    Column("region", Words, nullable=False, index=True),
    Column("place", Words, ForeignKey("region.code"), nullable=False, index=True),
    Column("parent_id", Id, ForeignKey("organization.id"), index=True),
    Column("path", Words, nullable=False),
    Column("active", Flag, nullable=False, default=True),
)
"""`uscc` is its own credit code or, for inner offices and posted windows, the parent's."""

hall: Final = table(
    "hall",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("code", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("name_en", Words, nullable=False, default=""),
    Column("region", Words, nullable=False, index=True),
    Column("place", Words, ForeignKey("region.code"), nullable=False, index=True),
    Column("organization_id", Id, ForeignKey("organization.id"), nullable=False, index=True),
    Column("opening", Json),
    Column("active", Flag, nullable=False, default=True),
)
"""`opening`: `[["09:00", "12:00"], …]` on working days; NULL means the profile's hours."""

window: Final = table(
    "window",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("hall_id", Id, ForeignKey("hall.id"), nullable=False),
    Column("code", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("name_en", Words, nullable=False, default=""),
    Column("organization_id", Id, ForeignKey("organization.id"), nullable=False, index=True),
    Column("active", Flag, nullable=False, default=True),
    UniqueConstraint("hall_id", "code"),
)
"""`organization_id` is the organization that serves there, the hall's own by default."""

staff: Final = table(
    "staff",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("number", Words, nullable=False, unique=True),
    Column("organization_id", Id, ForeignKey("organization.id"), nullable=False, index=True),
    Column("hall_id", Id, ForeignKey("hall.id"), index=True),
    Column("window_id", Id, ForeignKey("window.id"), index=True),
    Column("person_id", Id),
    Column("active", Flag, nullable=False, default=True),
)
"""Staff members by number; the name lies in the vault under `person_id`."""

item: Final = table(
    "item",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("code", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("name_en", Words, nullable=False, default=""),
    Column("public_name", Words, nullable=False, default=""),
    Column("organization_id", Id, ForeignKey("organization.id"), index=True),
    Column("sensitive", Flag, nullable=False, default=False),
    Column("active", Flag, nullable=False, default=True),
)
"""`public_name` is the general name shown instead when the item is sensitive."""

service_case: Final = table(
    "service_case",
    Column("id", Id, nullable=False, autoincrement=False),
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("case_no", Words, nullable=False),
    Column("item_id", Id),
    Column("organization_id", Id, nullable=False),
    Column("status", Words, nullable=False),
    Column("person_id", Id, index=True),
    Column("agent_person_id", Id, index=True),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    PrimaryKeyConstraint("id", "region"),
    UniqueConstraint("case_no", "region"),
)
"""One piece of business (办件) in a county; `status`: received | accepted | concluded.

Business that is served in several counties has a row in each, alike but for `region`, so that a
service and its business always lie in the same one (`SAME_CASE`). The row with the earliest
`created_at` is that of the county where it was pushed first. A number belongs to one id: whoever
writes holds the lock of the number meanwhile (`catalog.locks`). The keys begin with what they are
looked up by.
"""

occurrence: Final = table(
    "occurrence",
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("id", Id, nullable=False, autoincrement=False),
    Column("case_id", Id, nullable=False),
    Column("no", Int, nullable=False),
    Column("stage", Words, nullable=False),
    Column("service_channel", Words, nullable=False),
    Column("organization_id", Id, nullable=False),
    Column("hall_id", Id),
    Column("window_id", Id),
    Column("staff_id", Id),
    Column("item_id", Id),
    Column("served_at", Moment),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("region", "served_month", "id"),
    UniqueConstraint("case_id", "no"),
)
"""One service received (一次服务): can be rated once. `region` and `served_month` never move."""

SAME_CASE: Final = and_(
    service_case.c.id == occurrence.c.case_id, service_case.c.region == occurrence.c.region
)
"""Joins a service with its business: one row, in the service's own county."""

Index("ix_occurrence_window_id_served_at", occurrence.c.window_id, occurrence.c.served_at)

import_run: Final = table(
    "import_run",
    Column("kind", Words, nullable=False),
    Column("digest", Words, nullable=False),
    Column("line", Int, nullable=False),
    Column("counts", Json, nullable=False),
    Column("rejects", Words, nullable=False),
    Column("rejects_size", Int, nullable=False),
    Column("finished", Flag, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    PrimaryKeyConstraint("kind", "digest"),
)
"""How far a file was taken in: `line` is the last one done; `rejects` is the path of the
file of refused lines, `rejects_size` how many bytes of it stand for the lines done."""
