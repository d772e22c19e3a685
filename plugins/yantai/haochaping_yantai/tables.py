"""The plugin's own tables: events, who comes, what they said. Names and numbers are sealed.

Moments are microseconds since 1970 UTC.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

from haochaping.hooks.deployment import PersonalColumn
from haochaping.hooks.values import Words

metadata: Final = MetaData()

event: Final = Table(
    "yantai_event",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("code", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("organization_id", BigInteger, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("minutes", Text, nullable=False, server_default=""),
    Column("outcome", Text, nullable=False, server_default=""),
    Column("closing", Text, nullable=False, server_default=""),
    Column("created_by", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("published_at", BigInteger),
)
"""A symposium or an open day and what became of it."""

Index("ix_yantai_event_starts_at", event.c.starts_at)

guest: Final = Table(
    "yantai_guest",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", BigInteger, nullable=False),
    Column("code", Text, nullable=False, unique=True),
    Column("name_sealed", LargeBinary),
    Column("mobile_sealed", LargeBinary),
    Column("enterprise_sealed", LargeBinary),
    Column("contact_index", Text),
    Column("invite_index", Text),
    Column("invited", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("came_at", BigInteger),
    Column("at", BigInteger, nullable=False),
)
"""Somebody who was invited or registered; erased some time after the event."""

Index("uq_yantai_guest_contact", guest.c.event_id, guest.c.contact_index, unique=True)
Index("uq_yantai_guest_invite", guest.c.event_id, guest.c.invite_index, unique=True)

opinion: Final = Table(
    "yantai_opinion",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", BigInteger, nullable=False),
    Column("organization_id", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("grade", Integer),
    Column("opinion_id", BigInteger),
    Column("case_public_id", Text, nullable=False, server_default=""),
    Column("answer", Text, nullable=False, server_default=""),
    Column("recorded_by", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
)
"""One opinion said at an event; `text` is the minute-taker's wording, without names."""

Index("ix_yantai_opinion_event_id", opinion.c.event_id)

_GUEST: Final = Words("邀请和联系参加活动的人", "To invite guests of an event and to reach them")
_SAID: Final = Words("记录会上的意见并答复", "To keep what was said at an event and answer it")

PERSONAL: Final = (
    PersonalColumn("yantai_guest.name_sealed", _GUEST, "days"),
    PersonalColumn("yantai_guest.mobile_sealed", _GUEST, "days"),
    PersonalColumn("yantai_guest.enterprise_sealed", _GUEST, "days"),
    PersonalColumn("yantai_guest.contact_index", _GUEST, "days"),
    PersonalColumn("yantai_guest.invite_index", _GUEST, "days"),
    PersonalColumn("yantai_opinion.text", _SAID, "words"),
    PersonalColumn("yantai_opinion.answer", _SAID, "words"),
    PersonalColumn("yantai_event.minutes", _SAID, "words"),
)
"""What is personal here, what for, and how long it is kept."""

NEUTRAL: Final = (
    *("yantai_event.title", "yantai_event.about", "yantai_event.closing"),
    *("yantai_opinion.topic", "yantai_opinion.case_public_id"),
)
"""Columns of words that hold no personal data."""
