"""Month boards of 1,000 units and of 50,000 staff, beside plain GROUP BYs over the same ratings.

    python benchmarks/boards.py [--sizes 100000 1000000 10000000] [--pairs 3]
                                [--databases sqlite postgresql] [--postgres URL]
                                [--keep FOLDER] [--fill-only]

The board reads the roll-up and the unfolded tail in one statement; the first baseline groups all
rows of the ledger in the same database, the second the same rows in DuckDB, in memory. All must
give the same numbers. The ledger's rows are narrower than evaluations, so the baselines are as
quick as they can be. Rows are made by each database itself; the roll-up is written by one
GROUP BY (that folding gives the same is a matter of the tests). Runs alternate; medians and
spreads are printed. `database` is the statement until all its rows were fetched one by one,
`whole` with the figures made of them; the least of all runs is what it takes undisturbed. No
verdict is given when the baseline's own spread exceeds 25 %. Without `--postgres` a server of
the tests' kind is started; with it, a database a size is made there and stays. What an earlier
run kept is measured again without being made again.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
from sqlalchemy import Connection, create_engine, func, inspect, select, text
from sqlalchemy.engine import make_url

from haochaping.clock import stopwatch
from haochaping.grading import figures, folding, months, periods
from haochaping.grading.figures import Asked
from haochaping.grading.tables import ALL_TABLES, tally_entry
from haochaping.store import Limits, Store
from haochaping.store.tables import metadata
from haochaping.store.types import micros
from haochaping.store.watermark import Cursor
from haochaping.testing.postgres import start_postgres

UNITS, STAFF = 1000, 50_000
TAIL = 2000
"""Ratings that are not folded yet while the board is read: two seconds of a large province."""

MONTH = periods.parse("2026-11")
AT = micros(datetime(2026, 11, 30, tzinfo=UTC))
SPREAD = 0.25
PLAIN_WAY: Final = "plain GROUP BY"
QUICK: Final = 5
"""How often what takes milliseconds is measured for each run of the plain GROUP BY."""
LIMITS: Final = {"organization": 0.010, "staff": 0.150}
"""Seconds of database time that a board may take."""

SERIES: Final = {
    "sqlite": "WITH RECURSIVE s(n) AS"
    " (SELECT :first UNION ALL SELECT n + 1 FROM s WHERE n + 1 < :last) ",
    "postgresql": "WITH s AS (SELECT generate_series(CAST(:first AS bigint),"
    " CAST(:last AS bigint) - 1) AS n) ",
}
PAD: Final = {
    "sqlite": "printf('2026-11-%02d', 1 + n * 30 / :size)",
    "postgresql": "'2026-11-' || lpad(CAST(1 + n * 30 / CAST(:size AS bigint) AS text), 2, '0')",
    "duckdb": "'2026-11-' || lpad(CAST(1 + n * 30 // $size AS text), 2, '0')",
}
COLUMNS: Final = (
    "day, region, organization_id, hall_id, window_id, staff_id, item_id,"
    " channel, provenance, round, grade, sign, first_bad, at"
)
ROW: Final = (
    ", CAST(330100 + n % 100 AS text), n * 7919 % 50000 % 1000 + 1, n * 7919 % 50000 % 1000 + 1,"
    " n * 7919 % 50000 + 1, n * 7919 % 50000 + 1, n % 500,"
    " CASE n % 3 WHEN 0 THEN 'window_device' WHEN 1 THEN 'qr' ELSE 'web' END,"
    " CASE WHEN n * 2654435761 % 50 = 0 THEN 'system_default' ELSE 'citizen' END, 1,"
    " CASE WHEN n * 2654435761 % 1000 = 0 THEN 1 WHEN n * 2654435761 % 1000 = 1 THEN 2"
    " WHEN n * 2654435761 % 1000 < 10 THEN 3 WHEN n * 2654435761 % 1000 < 60 THEN 4 ELSE 5 END,"
    " 1, CASE WHEN n * 2654435761 % 1000 < 2 THEN 1 ELSE 0 END, "
)
GROUPED: Final = (
    ", sum(CASE grade WHEN 1 THEN sign ELSE 0 END), sum(CASE grade WHEN 2 THEN sign ELSE 0 END),"
    " sum(CASE grade WHEN 3 THEN sign ELSE 0 END), sum(CASE grade WHEN 4 THEN sign ELSE 0 END),"
    " sum(CASE grade WHEN 5 THEN sign ELSE 0 END)"
)
PLAIN: Final = {
    kind: "SELECT " + column + GROUPED + ", sum(CASE provenance WHEN 'citizen' THEN sign ELSE 0"
    " END) FROM tally_entry WHERE day BETWEEN '2026-11-01' AND '2026-11-30' AND round = 1"
    " AND provenance <> 'system_default' GROUP BY " + column
    for kind, column in (("organization", "organization_id"), ("staff", "staff_id"))
}
ROLLED: Final = {
    kind: "INSERT INTO tally (period, subject_kind, subject_id, channel, provenance, round,"
    " g1, g2, g3, g4, g5, served, first_bad) SELECT '2026-11', '" + kind + "', " + column
    + ", channel, provenance, round" + GROUPED + ", 0, sum(first_bad) FROM tally_entry GROUP BY "
    + column + ", channel, provenance, round"
    for kind, column in (("organization", "organization_id"), ("staff", "staff_id"))
}  # fmt: skip

MONTHS: Final = (
    "INSERT INTO tally_month (period, subject_kind, subject_id, "
    + ", ".join(months.COLUMNS)
    + ") SELECT period, subject_kind, subject_id, sum(g1), sum(g2), sum(g3), sum(g4), sum(g5),"
    " sum(served), sum(first_bad),"
    " sum(CASE provenance WHEN 'citizen' THEN g1 + g2 + g3 + g4 + g5 ELSE 0 END) FROM tally"
    " WHERE provenance <> 'system_default' GROUP BY period, subject_kind, subject_id"
)

Numbers = dict[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of one kind of read, several times."""

    seconds: list[float] = field(default_factory=list)

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
    with _folder(arguments.keep) as folder:
        if "sqlite" in arguments.databases:
            _run(lambda size: f"sqlite:///{folder / f'boards-{size}.db'}", arguments)
        if "postgresql" in arguments.databases:
            with _postgres(arguments.postgres) as base:
                _run(lambda size: _database_of(base, size), arguments)


def _run(place: Callable[[int], str], arguments: argparse.Namespace) -> None:
    boards: dict[tuple[str, int], float] = {}
    dialect = ""
    for size in sorted(arguments.sizes):
        store = Store.open(place(size), Limits(statement_seconds=3600))
        dialect = store.dialect
        if not _filled(store):
            _fill(store, size)
        if not arguments.fill_only:
            history = _history(size)
            for kind in LIMITS:
                found = _measure(store, history, kind, arguments.pairs)
                boards[kind, size] = found["database"].median
                _print(dialect, kind, size, found)
            history.close()
        store.close()
    first, last = min(arguments.sizes), max(arguments.sizes)
    for kind in LIMITS if first != last and boards else ():
        ratio = boards[kind, last] / boards[kind, first]
        print(f"{dialect:<11}{kind:<13}at {last:,} ratings / at {first:,}: {ratio:.2f}")


def _filled(store: Store) -> bool:
    """Say whether the ratings were stored by an earlier run that kept them."""
    with store.read() as conn:
        if not inspect(conn).has_table(tally_entry.name):
            return False
        return conn.execute(select(tally_entry.c.seq).limit(1)).first() is not None


def _database_of(base: str, size: int) -> str:
    """Return the address of a database of this size, made when it is missing."""
    url, name = make_url(base), f"boards_{size}"
    engine = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        known = conn.execute(
            text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}
        ).first()
        if known is None:
            conn.execute(text("CREATE DATABASE " + name))
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


def _measure(store: Store, history: Any, kind: str, pairs: int) -> dict[str, Measured]:
    ways: dict[str, Callable[[], Any]] = {
        PLAIN_WAY: lambda: _plain(store, kind),
        "DuckDB": lambda: _of(history.execute(PLAIN[kind]).fetchall()),
        "database": lambda: _database(store, kind),
        "whole": lambda: _board(store, kind),
    }
    wanted = ways[PLAIN_WAY]()
    if _board(store, kind) != wanted or ways["DuckDB"]() != wanted:
        raise SystemExit("the board and the plain GROUP BY disagree")
    found = {name: Measured() for name in ways}
    for _ in range(pairs):
        for name, way in ways.items():
            for _ in range(1 if name == PLAIN_WAY else QUICK):
                started = stopwatch()
                way()
                found[name].seconds.append(stopwatch() - started)
    return found


def _database(store: Store, kind: str) -> None:
    with store.read() as conn:
        asked = Asked(kind, None, periods.span(MONTH))
        deque(conn.execute(*figures.statement(conn, asked)), maxlen=0)


def _board(store: Store, kind: str) -> Numbers:
    with store.read() as conn:
        found = figures.of(conn, kind, None, MONTH)
    return {subject: (*tally.grades[1:], tally.active) for subject, tally in found.items()}


def _plain(store: Store, kind: str) -> Numbers:
    with store.read() as conn:
        return _of(conn.execute(text(PLAIN[kind])).all())


def _of(rows: Any) -> Numbers:
    return {row[0]: tuple(map(int, row[1:])) for row in rows}


def _fill(store: Store, size: int) -> None:
    """Store `size` ratings in the order of their days; all but the newest are rolled up."""
    started = stopwatch()
    with store.write() as conn:
        metadata.drop_all(conn, tables=ALL_TABLES)
        metadata.create_all(conn, tables=ALL_TABLES)
    with store.write() as conn:
        _insert(conn, (0, size - TAIL, size))
    with store.write() as conn:
        for statement in (*ROLLED.values(), MONTHS):
            conn.execute(text(statement))
        last = select(func.max(tally_entry.c.xid), func.max(tally_entry.c.seq))
        newest = Cursor(*conn.execute(last).one())
        for reader in (folding.NAME, months.NAME):
            folding.hold_cursor(conn, reader)
            folding.move_cursor(conn, reader, newest)
    with store.write() as conn:
        _insert(conn, (size - TAIL, size, size))
    with store.engine.connect() as conn:
        conn.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    seconds = stopwatch() - started
    print(f"{store.dialect:<11}{size:>12,} ratings, tail {TAIL:,}, made in {seconds:.0f} s")


def _insert(conn: Connection, span: tuple[int, int, int]) -> None:
    dialect = conn.dialect.name
    source = SERIES[dialect] + "SELECT " + PAD[dialect] + ROW + ":at FROM s"
    head = "INSERT INTO tally_entry (" + COLUMNS + ") "
    first, last, size = span
    values = {"first": first, "last": last, "size": size, "at": AT}
    conn.execute(text(head + source), values)


def _history(size: int) -> Any:
    """Return the same rows as a table of DuckDB."""
    found = duckdb.connect()
    found.execute(
        "CREATE TABLE tally_entry (day VARCHAR, region VARCHAR, organization_id BIGINT,"
        " hall_id BIGINT, window_id BIGINT, staff_id BIGINT, item_id BIGINT, channel VARCHAR,"
        " provenance VARCHAR, round INTEGER, grade INTEGER, sign INTEGER, first_bad INTEGER,"
        " moment BIGINT)"
    )
    made = "INSERT INTO tally_entry SELECT " + PAD["duckdb"] + ROW + "0 FROM range($size) AS s(n)"
    found.execute(made, {"size": size})
    return found


def _print(dialect: str, kind: str, size: int, found: dict[str, Measured]) -> None:
    for name, each in found.items():
        line = f"{dialect:<11}{kind:<13}{name:<16}{each.median * 1000:>10.2f} ms"
        print(f"{line}  ±{each.spread:.0%}, least {min(each.seconds) * 1000:.2f} ms")
    board, plain = found["database"], found[PLAIN_WAY]
    verdict = "kept" if board.median <= LIMITS[kind] else "missed"
    if plain.spread > SPREAD:
        verdict = f"no verdict, the baseline spreads by {plain.spread:.0%}"
    ratios = f"1/{plain.median / board.median:.0f}, DuckDB {_ratio(found):.2f} x"
    limit = f"{LIMITS[kind] * 1000:.0f} ms {verdict}"
    print(f"{dialect:<11}{kind:<13}at {size:,}: {ratios} of it; {limit}")


def _ratio(found: dict[str, Measured]) -> float:
    return found["DuckDB"].median / found["database"].median


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@contextmanager
def _postgres(url: str) -> Iterator[str]:
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
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument(
        "--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"]
    )
    parser.add_argument("--postgres", default="", help="server where databases may be made")
    parser.add_argument("--keep", type=Path, help="folder where the SQLite files stay")
    parser.add_argument("--fill-only", action="store_true", help="make the ratings, then stop")
    return parser.parse_args()


if __name__ == "__main__":
    main()
