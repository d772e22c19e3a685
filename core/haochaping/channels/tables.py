"""Tables of the channels: SMS questions and replies, calls rated by keys."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint

from haochaping.channels.inspection_tables import inspection_campaign as inspection_campaign
from haochaping.channels.inspection_tables import inspection_sample as inspection_sample
from haochaping.channels.paper_tables import paper_batch as paper_batch
from haochaping.channels.paper_tables import paper_scan as paper_scan
from haochaping.channels.paper_tables import paper_sheet as paper_sheet
from haochaping.store.tables import table
from haochaping.store.types import Flag, Id, Int, Json, Moment, Words

sms_ask: Final = table(
    "sms_ask",
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("mobile_mac", Words, nullable=False),
    Column("person_id", Id, nullable=False),
    Column("rater_role", Words, nullable=False),
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("occurrence_id", Id, nullable=False),
    Column("state", Words, nullable=False),
    Column("grade", Int),
    Column("options", Json, nullable=False),
    Column("helped", Flag, nullable=False),
    Column("first_id", Id),
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    CheckConstraint("state IN ('open', 'reason', 'answered', 'closed')", name="state"),
    UniqueConstraint("region", "served_month", "occurrence_id"),
    Index("ix_sms_ask_mobile_mac", "mobile_mac", "asked_at"),
)
"""A question sent by SMS. `reason`: a bad `grade` came and waits for its reason.

`mobile_mac` is the keyed hash by which a reply finds its question; `options` are the codes
offered as reasons, in their order; `helped`: the one helpful answer has been sent; `first_id`
is the rating that the reply became. Rows are deleted some weeks after they expire.
"""

sms_inbound: Final = table(
    "sms_inbound",
    Column("gateway", Words, primary_key=True),
    Column("message_id", Words, primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("outcome", Words, nullable=False),
    Column("ask_id", Id),
)
"""Replies that came in, by the platform's own id: what became of each, never its words."""

ivr_call: Final = table(
    "ivr_call",
    Column("client", Words, primary_key=True),
    Column("call_id", Words, primary_key=True),
    Column("region", Words, nullable=False),
    Column("served_month", Int, nullable=False),
    Column("occurrence_id", Id, nullable=False),
    Column("state", Words, nullable=False),
    Column("turn", Int, nullable=False),
    Column("misses", Int, nullable=False),
    Column("grade", Int),
    Column("recording", Words, nullable=False),
    Column("receipt", Words, nullable=False),
    Column("started_at", Moment, nullable=False, index=True),
    Column("ended_at", Moment),
    CheckConstraint(
        "state IN ('grade', 'reason', 'words', 'done', 'rated_before', 'operator', 'ended')",
        name="state",
    ),
    Index("ix_ivr_call_call_id", "call_id"),
)
"""A call rated by keys. `turn` is the number the platform's next request carries.

`client` scopes the platform's call id to its key; `recording` is the number of its recording.
"""
