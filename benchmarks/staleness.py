"""How old a board is while 100 ratings a second come in.

    python benchmarks/staleness.py [--rate 100] [--seconds 20] [--postgres URL]

One thread rates through the intake and notes when each rating was acknowledged, one folds every
second as the worker does, and this one reads the board of organizations over and over. A board
is as old as the oldest rating that was acknowledged before the read began and is not in it; it
may be two seconds old at most. The address is of a database that may be emptied.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from sqlalchemy import func, select

from haochaping.clock import FakeClock, stopwatch
from haochaping.containment import contained
from haochaping.grading import figures, folding, months, periods, tallies
from haochaping.grading.tables import tally_entry
from haochaping.store import Store, migrating
from haochaping.store.watermark import beyond
from haochaping.testing.towns import Town, settle

AT: Final = datetime(2026, 11, 16, 2, tzinfo=UTC)
GOAL_SECONDS: Final = 2.0
PAUSE: Final = 0.02
"""Seconds between two reads."""


@dataclass
class Run:
    """What was acknowledged when, and what the reads saw."""

    acknowledged: list[float] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)
    tails: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


def main() -> None:
    """Run, print, and leave with 1 when a board was older than it may be."""
    wish = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    wish.add_argument("--rate", type=int, default=100)
    wish.add_argument("--seconds", type=int, default=20)
    wish.add_argument("--postgres", default="")
    args = wish.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = args.postgres or f"sqlite:///{Path(folder) / 'staleness.db'}"
        store = Store.open(url)
        migrating.migrate(store)
        store.close()
        town = settle(Town, Path(folder) / "home", url, FakeClock(AT), "extends: base\n")
        run = _run(town, args.rate, args.seconds)
        dialect = town.deployment.store.dialect
        town.deployment.close()
    _print(dialect, run, args.rate)


def _run(town: Town, rate: int, seconds: int) -> Run:
    run = Run()
    services = [town.serve() for _ in range(rate * seconds)]

    def rating() -> None:
        began = stopwatch()
        for number, service in enumerate(services):
            _wait(began + number / rate)
            town.rate(service)
            run.acknowledged.append(stopwatch())
        run.over.set()

    def folding_on() -> None:
        while not run.over.wait(1.0):
            with town.deployment.store.write() as conn:
                tallies.fold(conn)

    failures: list[str] = []
    threads = [_thread(work, failures, run.over) for work in (rating, folding_on)]
    while not run.over.wait(PAUSE):
        _read(town.deployment.store, run)
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit("; ".join(failures))
    return run


def _read(store: Store, run: Run) -> None:
    """Read the board once and note how old it is, how long it took and how long its tail was."""
    known = len(run.acknowledged)
    began = stopwatch()
    with store.read() as conn:
        found = figures.of(conn, "organization", None, periods.of_month(AT.date()))
        run.reads.append(stopwatch() - began)
        tail = beyond(conn, tally_entry, folding.stored_cursor(months.NAME))
        counted = select(func.count()).select_from(tally_entry).where(tail)
        run.tails.append(conn.execute(counted).scalar_one())
    seen = sum(each.rated for each in found.values())
    run.ages.append(began - run.acknowledged[seen] if seen < known else 0.0)


def _thread(
    work: Callable[[], None], failures: list[str], over: threading.Event
) -> threading.Thread:
    def guarded() -> None:
        found = contained("staleness", work)
        if found.message:
            failures.append(found.message)
            over.set()

    thread = threading.Thread(target=guarded)
    thread.start()
    return thread


def _wait(moment: float) -> None:
    left = moment - stopwatch()
    if left > 0:
        threading.Event().wait(left)


def _print(dialect: str, run: Run, rate: int) -> None:
    spent = run.acknowledged[-1] - run.acknowledged[0]
    reads = sorted(run.reads)
    print(
        f"{dialect}: {len(run.acknowledged):,} ratings at {len(run.acknowledged) / spent:.0f}/s"
        f" (wanted {rate}), {len(reads)} reads: oldest board {max(run.ages):.3f} s,"
        f" goal {GOAL_SECONDS:.0f} s; a read takes {median(reads) * 1000:.1f} ms,"
        f" p99 {reads[int(len(reads) * 0.99)] * 1000:.1f} ms; tail of {max(run.tails)} at most"
    )
    if max(run.ages) > GOAL_SECONDS:
        raise SystemExit("the goal is missed")


if __name__ == "__main__":
    main()
