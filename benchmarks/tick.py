"""A tick of the worker over a million open cases costs what is due, not what is open.

    python benchmarks/tick.py [--open 1000000] [--due 100] [--database URL]

Every open case has its due moment as a job. A tick looks for what is due and takes it.
The goal is 20 ms with 100 due of 1,000,000 open.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

from haochaping.clock import FakeClock, stopwatch
from haochaping.ids import new_id
from haochaping.jobs import Job, Runner, enqueue_all
from haochaping.store import Store, migrating

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
    """Fill, measure and print."""
    wish = argparse.ArgumentParser(description=__doc__)
    wish.add_argument("--open", type=int, default=1_000_000)
    wish.add_argument("--due", type=int, default=100)
    wish.add_argument("--database", default="")
    args = wish.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(args.database or f"sqlite:///{Path(folder) / 'tick.db'}")
        migrating.migrate(store)
        fill(store, args.open, args.due)
        spent = sorted(measure(store, args.due))
        store.close()
    print(
        f"{args.due} due of {args.open} open, {TICKS} ticks: median {median(spent):.1f} ms,"
        f" worst {spent[-1]:.1f} ms, goal {GOAL_MS:.0f} ms"
    )
    if median(spent) > GOAL_MS:
        raise SystemExit("the goal is missed")


def _job(due_at: datetime) -> Job:
    number = new_id()
    return Job("deadline", due_at, {"case": number, "level": 0}, f"case:{number}:reply:0", "990000")


def _silent(event: str, **facts: object) -> None:
    """Say nothing."""


if __name__ == "__main__":
    main()
