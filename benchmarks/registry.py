"""How long it takes to see whether a rater is listed, with a million entries.

Run `python benchmarks/registry.py` for SQLite; with a PostgreSQL address as its argument it
measures there (the address's database gets the plugin's table, and loses it afterwards).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import Connection, bindparam, insert, select

from haochaping.store import Store
from haochaping.store.prepared import Prepared
from haochaping_inner_mongolia.tables import listed

ENTRIES, ROUNDS, LOOKS = 1_000_000, 20, 2_000
_ONE = Prepared(lambda dialect: select(listed).where(listed.c.person_index == bindparam("index")))


def index_of(number: int) -> str:
    """Return a made-up keyed index, as long as a true one."""
    return f"{number * 2654435761 % 2**64:064x}"


def fill(store: Store) -> None:
    """List a million made-up persons."""
    with store.write() as conn:
        listed.create(conn, checkfirst=True)
        for start in range(0, ENTRIES, 20_000):
            rows = [
                {"person_index": index_of(one), "entry_id": one, "until_at": 2**62}
                for one in range(start, start + 20_000)
            ]
            conn.execute(insert(listed), rows)


def measure(conn: Connection) -> float:
    """Return the median time of one look-up in microseconds; half of them find nothing."""
    times = []
    for turn in range(ROUNDS):
        wanted = [index_of(turn * LOOKS * 199 + one * 211) for one in range(LOOKS)]
        began = perf_counter()
        for index in wanted:
            _ONE.first(conn, {"index": index})
        times.append((perf_counter() - began) / LOOKS * 1e6)
    return median(times)


def main() -> None:
    """Fill, measure, tell."""
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{Path(folder) / 'registry.db'}"
        store = Store.open(url)
        fill(store)
        with store.read() as conn:
            print(f"{store.dialect}: {measure(conn):.1f} µs a look-up, {ENTRIES:,} entries")
        if len(sys.argv) > 1:
            with store.write() as conn:
                listed.drop(conn)
        store.close()


if __name__ == "__main__":
    main()
