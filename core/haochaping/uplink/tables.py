"""Tables of the exchange with other platforms."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint

from haochaping.store.tables import table
from haochaping.store.types import Blob, Day, Id, Int, Json, Moment, Words

uplink_item: Final = table(
    "uplink_item",
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("target", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("region", Words, nullable=False),
    Column("source_no", Words, nullable=False, server_default=""),
    Column("day", Day),
    Column("revision", Id, nullable=False),
    Column("sent_revision", Id, nullable=False, server_default="0"),
    Column("digest", Words, nullable=False, server_default=""),
    Column("state", Words, nullable=False),
    Column("attempts", Int, nullable=False, server_default="0"),
    Column("queued_at", Moment, nullable=False),
    Column("ready_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("batch_id", Words, nullable=False, server_default=""),
    Column("batch_revision", Id, nullable=False, server_default="0"),
    Column("fault_zh", Words, nullable=False, server_default=""),
    Column("fault_en", Words, nullable=False, server_default=""),
    Column("mended", Json),
    UniqueConstraint("target", "kind", "subject"),
    CheckConstraint("state IN ('waiting', 'sent', 'faulty', 'refused')", name="state"),
    Index("ix_uplink_item_state", "target", "state", "ready_at"),
    Index("ix_uplink_item_batch", "batch_id"),
    Index("ix_uplink_item_day", "target", "day", "kind"),
)
"""One row for each thing that another platform is to know, with its newest revision.

`target` is `upper` or the name of a source. Content is not kept here: it is read when it is
sent. `faulty`: the gate keeps it, `refused`: the other side did; `fault_*` say why. `batch_id`
is set while its batch is under way. `source_no`: the source's number of the ticket. `mended`
holds codes that a person put right. `day` and `digest` are those of what was sent last.
"""

uplink_batch: Final = table(
    "uplink_batch",
    Column("id", Words, primary_key=True),
    Column("target", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("count", Int, nullable=False),
    Column("bytes", Int, nullable=False),
    Column("attempts", Int, nullable=False, server_default="0"),
    Column("made_at", Moment, nullable=False),
    Column("next_at", Moment),
    Column("answered_at", Moment),
    Column("answer", Json),
    Column("error", Words, nullable=False, server_default=""),
    CheckConstraint("state IN ('open', 'answered', 'refused')", name="state"),
    Index("ix_uplink_batch_state", "target", "state"),
    Index("ix_uplink_batch_made_at", "made_at"),
)
"""Batches and their receipts: `answer` counts what the other side said, by status."""

exchange_received: Final = table(
    "exchange_received",
    Column("sender", Words, primary_key=True),
    Column("kind", Words, primary_key=True),
    Column("subject", Words, primary_key=True),
    Column("revision", Id, nullable=False),
    Column("digest", Words, nullable=False),
    Column("day", Day, nullable=False),
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("ref_id", Id, nullable=False),
    Column("key_id", Id, nullable=False),
    Column("batch_id", Words, nullable=False),
    Column("received_at", Moment, nullable=False),
    Index("ix_exchange_received_day", "sender", "day", "kind"),
)
"""What lower platforms sent, the newest revision; `ref_id` is the row that it became here."""

exchange_ticket: Final = table(
    "exchange_ticket",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("origin", Words, nullable=False),
    Column("source_no", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("region", Words, nullable=False, server_default=""),
    Column("served_month", Int),
    Column("occurrence_id", Id),
    Column("first_id", Id),
    Column("via", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("body_digest", Words, nullable=False),
    Column("sealed", Blob),
    Column("fault_zh", Words, nullable=False, server_default=""),
    Column("fault_en", Words, nullable=False, server_default=""),
    UniqueConstraint("origin", "source_no"),
    CheckConstraint("state IN ('taken', 'rated_before', 'refused')", name="state"),
    Index("ix_exchange_ticket_occurrence", "occurrence_id"),
    Index("ix_exchange_ticket_state", "state", "at"),
)
"""Tickets of other systems by their own number: what became of each. `origin` is the source.

A refused one is kept sealed, so that it can be taken in once what was missing is there.
"""

exchange_cursor: Final = table(
    "exchange_cursor",
    Column("source", Words, primary_key=True),
    Column("cursor", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("error", Words, nullable=False, server_default=""),
)
"""How far the tickets of a source were fetched, and what went wrong last time."""
