"""Letting one transaction at a time look up and store the same keys.

SQLite has one writer anyway; PostgreSQL takes advisory locks until the commit.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, text

_BUCKETS: Final = 256
_HOLD: Final = text(
    "SELECT pg_advisory_xact_lock(CAST(:space AS int), bucket)"
    " FROM unnest(CAST(:buckets AS int[])) AS bucket"
)


def hold(conn: Connection, space: str, keys: Iterable[str] = ("",)) -> None:
    """Wait until no other transaction holds one of `keys` in `space`, and hold them.

    Keys share 256 locks, taken in order, so that two batches cannot wait for each other.
    """
    if conn.dialect.name != "postgresql":
        return
    buckets = sorted({zlib.crc32(key.encode()) % _BUCKETS for key in keys})
    conn.execute(_HOLD, {"space": _number(space), "buckets": buckets})


def _number(space: str) -> int:
    return zlib.crc32(space.encode()) & 0x7FFFFFFF
