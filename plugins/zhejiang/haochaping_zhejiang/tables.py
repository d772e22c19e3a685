"""The plugin's own tables: late cases, and what was published about units on which day.

Moments are microseconds since 1970 UTC, days are written `2026-11-16`.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

metadata: Final = MetaData()

late: Final = Table(
    "zhejiang_late",
    metadata,
    Column("public_id", Text, primary_key=True),
    Column("organization_id", BigInteger, nullable=False),
    Column("since_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("void", Integer, nullable=False, server_default="0"),
)
"""Cases whose reply was not there at its due moment; `void` ones count for nobody."""

published: Final = Table(
    "zhejiang_published",
    metadata,
    Column("day", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)
"""The days on which the board was published."""

listing: Final = Table(
    "zhejiang_listing",
    metadata,
    Column("day", Text, primary_key=True),
    Column("organization_id", BigInteger, primary_key=True, autoincrement=False),
    Column("cases", Integer, nullable=False),
    Column("longest_days", Integer, nullable=False),
)
"""What stood on the board of a day; it stays as it was published."""

NEUTRAL: Final = (
    "zhejiang_late.public_id",
    "zhejiang_published.day",
    "zhejiang_listing.day",
)
"""Columns of words; none says anything about a person."""
