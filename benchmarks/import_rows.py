"""Rows per second of a validated import, beside a raw load of the same ready rows.

    python benchmarks/import_rows.py [--rows 200000] [--pairs 3] [--databases sqlite postgresql]

The baseline is the driver's own fastest way: one executemany on SQLite, one COPY on
PostgreSQL, into the same table with the same indexes. Both run in turn on fresh databases;
medians and their spread are printed, and the ratio import / raw with its floor.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from psycopg import sql
from sqlalchemy import insert
from submission.databases import database

from haochaping.catalog import importing
from haochaping.catalog.importing.rejects import encoded
from haochaping.catalog.tables import import_run, item, organization, region
from haochaping.clock import SystemClock, stopwatch
from haochaping.ids import new_id
from haochaping.journal import Journal
from haochaping.store import Store
from haochaping.store.engine import Limits
from haochaping.store.tables import metadata

FLOORS: Final = {"sqlite": 0.3, "postgresql": 0.5}
TABLES = [region, organization, item, import_run]
BUREAU = "11990000MB2000004B"
HEADER = ["事项编码", "事项名称", "英文名称", "机构代码", "敏感事项", "对外名称", "启用"]


def main() -> None:
    """Measure both databases and print the ratios."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "items.csv")
        path.write_bytes(encoded([HEADER, *_lines(arguments.rows)], mark=True))
        for name in arguments.databases:
            with database(name, Path(folder)) as url:
                _measure(name, partial(_fresh, url), path, arguments)


def _measure(
    name: str, fresh: Callable[[], Store], path: Path, arguments: argparse.Namespace
) -> None:
    raw, validated = [], []
    for _ in range(arguments.pairs):
        raw.append(arguments.rows / _timed(fresh(), _load_raw, _ready(arguments.rows)))
        validated.append(arguments.rows / _timed(fresh(), _import, path))
    ratio = statistics.median(validated) / statistics.median(raw)
    for what, rates in (("raw load", raw), ("validated import", validated)):
        spread = (max(rates) - min(rates)) / statistics.median(rates)
        print(f"{name:<11}{what:<18}{statistics.median(rates):>10,.0f} rows/s  ±{spread:.0%}")
    met = "met" if ratio >= FLOORS[name] else "MISSED"
    print(f"{name:<11}{'ratio':<18}{ratio:>10.2f} (at least {FLOORS[name]}): {met}")


def _timed(store: Store, work: Callable[..., None], *given: object) -> float:
    started = stopwatch()
    work(store, *given)
    seconds = stopwatch() - started
    store.close()
    return seconds


def _import(store: Store, path: Path) -> None:
    context = importing.ImportContext(clock=SystemClock(), emit=Journal().emit)
    job = importing.ImportJob(store.write, importing.kind_of("items"), path, context)
    report = importing.run(job)
    if report.refused:
        raise SystemExit(f"{report.refused} lines were refused: {report.first_refused[0]}")


def _ready(rows: int) -> list[tuple[object, ...]]:
    return [
        (number, code, name, "", "", 1, 0, 1)
        for number, (code, name, *_) in enumerate(_lines(rows), start=1)
    ]


def _load_raw(store: Store, ready: list[tuple[object, ...]]) -> None:
    names = [column.name for column in item.columns]
    with store.write() as conn:
        if store.dialect == "sqlite":
            compiled = insert(item).compile(dialect=conn.dialect)
            conn.exec_driver_sql(str(compiled), ready)
            return
        driver = conn.connection.driver_connection
        columns = sql.SQL(", ").join(map(sql.Identifier, names))
        with driver.cursor() as cursor:
            copy_in = sql.SQL("COPY item ({}) FROM STDIN").format(columns)
            with cursor.copy(copy_in) as copy:
                for row in ready:
                    copy.write_row(row)


def _lines(rows: int) -> list[list[str]]:
    return [
        [
            f"{BUREAU}4990106{number:06d}",
            f"第{number}项行政许可（示例）",
            "",
            BUREAU,
            "否",
            "",
            "是",
        ]
        for number in range(rows)
    ]


def _fresh(url: str) -> Store:
    """Return a store with empty tables; on SQLite in a file of its own."""
    if url.startswith("sqlite"):
        url = url.replace("benchmark.db", f"{new_id()}.db")
    store = Store.open(url, Limits(statement_seconds=600))
    with store.write() as conn:
        metadata.drop_all(conn, TABLES)
        metadata.create_all(conn, TABLES)
        place = {"code": "990106", "name": "示例区", "level": "county", "path": "/990106/"}
        conn.execute(insert(region), {**place, "county": "990106"})
        owner = {"id": 1, "code": BUREAU, "uscc": BUREAU, "name": "局", "path": "/1/"}
        conn.execute(insert(organization), {**owner, "region": "990106", "place": "990106"})
    return store


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--pairs", type=int, default=3)
    names = ["sqlite", "postgresql"]
    parser.add_argument("--databases", nargs="+", choices=names, default=names)
    return parser.parse_args()


if __name__ == "__main__":
    main()
