"""After a restore on PostgreSQL: transaction numbers begin anew, what was stored must lie before.

Rows that were written by another server carry its transaction numbers. As long as the new
server's numbers are smaller, readers would pass its rows by. So all stored numbers are moved
below zero, in the same order; every number that the server gives from then on is larger.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, TableClause, column, func, select, table, text, update

from haochaping.store import Store
from haochaping.store.types import Id
from haochaping.store.watermark import CurrentTransaction

ORDERED: Final = (("journal", "xid"), ("tally_entry", "xid"))
"""Tables that are read in the order of transactions, with the column of the number."""

FOLLOWING: Final = (
    ("journal_cursor", "xid"),
    ("tally_cursor", "xid"),
    ("journal_seal", "last_xid"),
)
"""Tables that remember how far somebody has come."""

COLUMNS: Final = dict((*ORDERED, *FOLLOWING))
"""The columns that hold transaction numbers, by table."""


def offset(highest: int) -> int:
    """Return what is to be taken off every number so that the highest lies below zero."""
    return max(highest, 0) + 1


def needed(conn: Connection) -> bool:
    """Say whether stored numbers are ahead of those that the server gives now."""
    if conn.dialect.name != "postgresql":
        return False
    return _highest(conn) > int(conn.execute(select(CurrentTransaction())).scalar_one())


def mend(store: Store) -> bool:
    """Move the stored numbers below zero where needed; return False when all was well.

    Rows that were written since the restore keep theirs: they come after all the others.
    One transaction that keeps writers out; the journal's guard is lifted within it alone.
    """
    with store.read() as conn:
        if not needed(conn):
            return False
    with store.write() as conn:
        conn.execute(text("LOCK TABLE journal, tally_entry IN ACCESS EXCLUSIVE MODE"))
        if not needed(conn):
            return False
        shift(
            conn,
            offset(_highest(conn)),
            int(conn.execute(select(CurrentTransaction())).scalar_one()),
        )
    return True


def shift(conn: Connection, by: int, now: int | None = None) -> None:
    """Take `by` off every stored transaction number.

    With `now`, the server's present number, rows behind the last one that another server
    wrote (its number is larger than `now`) are left alone.
    """
    conn.execute(text("SET LOCAL statement_timeout = 0"))
    conn.execute(text("ALTER TABLE journal DISABLE TRIGGER journal_append_only"))
    for name, number in ORDERED:
        rows = _plain(name, number)
        moved = update(rows).values({number: rows.c[number] - by})
        if now is not None:
            last = select(func.max(rows.c.seq)).where(rows.c[number] > now).scalar_subquery()
            moved = moved.where(rows.c.seq <= last)
        conn.execute(moved)
    for name, number in FOLLOWING:
        cursors = _plain(name, number)
        conn.execute(update(cursors).values({number: cursors.c[number] - by}))
    conn.execute(text("ALTER TABLE journal ENABLE TRIGGER journal_append_only"))


def _highest(conn: Connection) -> int:
    numbers = (_plain(name, number).c[number] for name, number in COLUMNS.items())
    found = [conn.execute(select(func.max(each))).scalar() for each in numbers]
    return max((each or 0 for each in found), default=0)


def _plain(name: str, number: str) -> TableClause:
    return table(name, column(number, Id()), column("seq", Id()))
