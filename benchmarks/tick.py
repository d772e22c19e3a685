"""A tick of the worker over a million open cases costs what is due, not what is open.

    python benchmarks/tick.py [--open 1000000] [--due 100] [--databases sqlite postgresql]

Every open case has its due moment as a job. A tick looks for what is due and takes it.
The goal is 20 ms with 100 due of 1,000,000 open. PostgreSQL is told to count its rows first,
as autovacuum does; a server of its own is started.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

from sqlalchemy import text

from haochaping.clock import FakeClock, stopwatch
from haochaping.ids import new_id
from haochaping.jobs import Job, Runner, enqueue_all
from haochaping.store import Store, migrating
from haochaping.testing.postgres import start_postgres

AT: Final = datetime(2026, 11, 16, 2, tzinfo=UTC)
BATCH: Final = 5_000
TICKS: Final = 20
GOAL_MS: Final = 20.0


def fill(store: Store, count: int, due: int) -> None:
    """Open `count` cases due over the months to come, and `due` more for each tick."""
    moments = [AT + timedelta(days=1, seconds=7 * number) for number in range(count)]
    moments += [AT + timedelta(seconds=tick) for tick in range(TICKS) for _ in range(due)]
    for start in range(0, len(moments), BATCH):
        with store.write() as conn:
            rows = [_job(moment) for moment in moments[start : start + BATCH]]
            enqueue_all(conn, rows, AT)


def measure(store: Store, due: int) -> list[float]:
    """Return the milliseconds of each tick that takes `due` jobs."""
    clock = FakeClock(AT)
    runner, spent = Runner(store, clock, {}, _silent), []
    for _ in range(TICKS):
        start = stopwatch()
        taken = runner.claim(due)
        spent.append((stopwatch() - start) * 1000)
        if len(taken) != due:
            raise SystemExit(f"{len(taken)} were taken, {due} were due")
        clock.advance(timedelta(seconds=1))
    return spent


def main() -> None:
    """Fill, measure and print, for each database."""
    wish = argparse.ArgumentParser(description=__doc__)
    wish.add_argument("--open", type=int, default=1_000_000)
    wish.add_argument("--due", type=int, default=100)
    wish.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    args = wish.parse_args()
    missed = [name for name in args.databases if _median(name, args.open, args.due) > GOAL_MS]
    if missed:
        raise SystemExit(f"the goal is missed on {', '.join(missed)}")


def _median(name: str, count: int, due: int) -> float:
    with _database(name) as address:
        store = Store.open(address)
        migrating.migrate(store)
        fill(store, count, due)
        if name == "postgresql":
            with store.write() as conn:
                conn.execute(text("ANALYZE job"))
        spent = sorted(measure(store, due))
        store.close()
    print(
        f"{name}: {due} due of {count} open, {TICKS} ticks: median {median(spent):.1f} ms,"
        f" least {spent[0]:.1f} ms, worst {spent[-1]:.1f} ms, goal {GOAL_MS:.0f} ms"
    )
    return median(spent)


@contextmanager
def _database(name: str) -> Iterator[str]:
    if name == "postgresql":
        server = start_postgres()
        try:
            yield server.url()
        finally:
            server.stop()
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'tick.db'}"


def _job(due_at: datetime) -> Job:
    number = new_id()
    return Job("deadline", due_at, {"case": number, "level": 0}, f"case:{number}:reply:0", "990000")


def _silent(event: str, **facts: object) -> None:
    """Say nothing."""


if __name__ == "__main__":
    main()
