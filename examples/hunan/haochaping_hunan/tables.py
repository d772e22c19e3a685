"""The plugin's own table: calls to be made. It holds numbers of services and no person."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

metadata = MetaData()

call = Table(
    "hunan_call",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("region", Text, nullable=False),
    Column("case_no", Text, nullable=False),
    Column("occurrence_no", Integer, nullable=False),
    Column("organization_id", BigInteger, nullable=False),
    Column("served_at", BigInteger, nullable=False),
    Column("called_at", BigInteger),
    Column("called_by", BigInteger),
    Column("result", Text, nullable=False, server_default=""),
)
"""`id` is that of the service, so it is called about once. Moments are microseconds since 1970."""
