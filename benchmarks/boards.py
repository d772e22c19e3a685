"""A month board of 1,000 organizations, beside a plain GROUP BY over the same ratings (B8, B9).

    python benchmarks/boards.py [--sizes 100000 1000000] [--pairs 5] [--postgres URL | none]

Both read the same ledger: the baseline groups all of it, the board reads the roll-up and the
unfolded tail in one statement, and both must give the same numbers. The ledger's rows are
narrower than evaluations, so the baseline is as quick as a plain GROUP BY can be. Runs
alternate; medians and spreads are printed. The verdict is left out when the baseline's own
spread exceeds 25 %. Without `--postgres` a server of the tests' kind is started.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, func, insert, select, text

from haochaping.clock import stopwatch
from haochaping.grading import figures, periods, tallies
from haochaping.grading.tables import ALL_TABLES, tally_entry
from haochaping.store import Store
from haochaping.store.tables import metadata
from haochaping.testing.postgres import start_postgres

ORGANIZATIONS = 1000
TAIL = 2000
"""Ratings that are not folded yet while the board is read: two seconds of a large province."""

MONTH = periods.parse("2026-11")
AT = datetime(2026, 11, 30, tzinfo=UTC)
SPREAD = 0.25
CHUNK = 50_000


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of one kind of read, several times."""

    seconds: list[float]

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """Largest less smallest, as a share of the median."""
        return (max(self.seconds) - min(self.seconds)) / self.median


def main() -> None:
    """Measure every database at every size and print the ratios."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        _run("sqlite", f"sqlite:///{Path(folder) / 'boards.db'}", arguments)
        if arguments.postgres != "none":
            with _postgres(arguments.postgres) as url:
                _run("postgresql", url, arguments)


def _run(name: str, url: str, arguments: argparse.Namespace) -> None:
    store = Store.open(url, statement_seconds=3600)
    boards: dict[int, float] = {}
    for size in sorted(arguments.sizes):
        _fill(store, size)
        board, plain = _measure(store, arguments.pairs)
        boards[size] = board.median
        _print(name, size, board, plain)
    first, last = min(boards), max(boards)
    if first != last:
        ratio = boards[last] / boards[first]
        print(f"{name:<11}B9 board at {last:,} rows / at {first:,} rows: {ratio:.2f}")
    store.close()


def _measure(store: Store, pairs: int) -> tuple[Measured, Measured]:
    if _board(store) != _plain(store):
        raise SystemExit("the board and the plain GROUP BY disagree")
    board, plain = Measured([]), Measured([])
    for _ in range(pairs):
        plain.seconds.append(_timed(_plain, store))
        board.seconds.append(_timed(_board, store))
    return board, plain


def _board(store: Store) -> dict[int, tuple[int, ...]]:
    with store.read() as conn:
        found = figures.of(conn, "organization", None, MONTH)
    return {subject: (*tally.grades[1:], tally.active) for subject, tally in found.items()}


def _plain(store: Store) -> dict[int, tuple[int, ...]]:
    with store.read() as conn:
        rows = conn.execute(_GROUPED, {"first": MONTH.first, "last": MONTH.last}).all()
    return {row[0]: tuple(row[1:]) for row in rows}


def _grouped() -> Select[Any]:
    rows = tally_entry.c
    active = rows.provenance.in_(("citizen", "paper_clerk", "hotline_operator"))
    grades = [func.sum(case((rows.grade == grade, rows.sign), else_=0)) for grade in range(1, 6)]
    given = rows.provenance != "system_default"
    return (
        select(rows.organization_id, *grades, func.sum(case((active, rows.sign), else_=0)))
        .where(rows.day.between(bindparam("first"), bindparam("last")), rows.round == 1, given)
        .group_by(rows.organization_id)
    )


_GROUPED = _grouped()


def _fill(store: Store, size: int) -> None:
    """Store `size` ratings in the order of their days; all but the newest are folded."""
    with store.write() as conn:
        metadata.drop_all(conn, tables=ALL_TABLES)
        metadata.create_all(conn, tables=ALL_TABLES)
    with store.write() as conn:
        _insert(conn, 0, size - TAIL, size)
    started = stopwatch()
    while _fold(store):
        pass
    rate = (size - TAIL) / (stopwatch() - started)
    with store.write() as conn:
        _insert(conn, size - TAIL, size, size)
    _settle(store)
    print(f"{store.dialect:<11}{size:>12,} ratings, folded at {rate:,.0f}/s, tail {TAIL:,}")


def _fold(store: Store) -> bool:
    with store.write() as conn:
        return tallies.fold(conn).more


def _insert(conn: Connection, first: int, last: int, size: int) -> None:
    for start in range(first, last, CHUNK):
        rows = [_row(number, size) for number in range(start, min(start + CHUNK, last))]
        conn.execute(insert(tally_entry).inline(), rows)


def _row(number: int, size: int) -> dict[str, Any]:
    owner = number * 7919 % ORGANIZATIONS + 1
    desk = owner * 10 + number % 5
    luck = number * 2654435761 % 1000
    grade = 1 if luck == 0 else 2 if luck == 1 else 3 if luck < 10 else 4 if luck < 60 else 5
    return {
        "day": date(2026, 11, 1 + number * 30 // size),
        "region": str(330100 + owner % 100),
        "organization_id": owner,
        "hall_id": owner,
        "window_id": desk,
        "staff_id": desk,
        "item_id": number % 500,
        "channel": ("window_device", "qr", "web")[number % 3],
        "provenance": "system_default" if luck % 50 == 0 else "citizen",
        "round": 1,
        "grade": grade,
        "sign": 1,
        "first_bad": int(grade < 3),
        "at": AT,
    }


def _settle(store: Store) -> None:
    with store.engine.connect() as conn:
        plain = conn.execution_options(isolation_level="AUTOCOMMIT")
        plain.execute(text("ANALYZE"))


def _timed(call: Callable[[Store], Any], store: Store) -> float:
    started = stopwatch()
    call(store)
    return stopwatch() - started


def _print(name: str, size: int, board: Measured, plain: Measured) -> None:
    for what, each in (("plain GROUP BY", plain), ("board", board)):
        print(f"{name:<11}{what:<16}{each.median * 1000:>10.2f} ms  ±{each.spread:.0%}")
    verdict = f"1/{plain.median / board.median:.0f}"
    if plain.spread > SPREAD:
        verdict += f" (no verdict: the baseline spreads by {plain.spread:.0%})"
    print(f"{name:<11}B8 board / plain GROUP BY at {size:,} ratings: {verdict}")


@contextmanager
def _postgres(url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    server = start_postgres()
    try:
        yield server.url()
    finally:
        server.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--postgres", default="", help="address, or none")
    return parser.parse_args()


if __name__ == "__main__":
    main()
