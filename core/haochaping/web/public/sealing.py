"""The line that says up to where the journal is sealed."""

from __future__ import annotations

from sqlalchemy import Connection

from haochaping.journal import sealing
from haochaping.web import formats
from haochaping.web.public.contexts import SealLine


def seal_line(conn: Connection) -> SealLine | None:
    """Return the newest seal, None before the first."""
    seal = sealing.latest(conn)
    if seal is None:
        return None
    return SealLine(formats.number(seal.number), formats.moment(seal.at), seal.head)
