"""The handler's list among many open cases: first rows, the counts of its bands, a later page.

    python benchmarks/queue_list.py [--open 20000] [--database URL]

The goal is 1,000 ms for the first page with its counts and 20,000 open cases.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import insert

from haochaping.catalog.tables import organization, region
from haochaping.clock import FakeClock, stopwatch
from haochaping.deployment import Deployment
from haochaping.installing import Wish, install
from haochaping.rectification import oversight, queue
from haochaping.rectification.queue import Filter
from haochaping.rectification.tables import rectification_case
from haochaping.settings import DATABASE_VARIABLE

AT: Final = datetime(2026, 11, 16, 2, tzinfo=UTC)
RUNS: Final = 9
GOAL_MS: Final = 1000.0
UNITS: Final = 40
CODE: Final = "990106"
BATCH: Final = 2_000


def fill(deployment: Deployment, count: int) -> None:
    """Open `count` cases over 40 units, due over three weeks."""
    place = {"region": CODE, "place": CODE}
    with deployment.store.write() as conn:
        row = {"code": CODE, "name": "示例区", "level": "county", "path": f"/{CODE}/"}
        conn.execute(insert(region).values(**row, county=CODE))
        for number in range(1, UNITS + 1):
            named = {"id": number, "code": f"U{number}", "uscc": f"U{number}", "name": "示例单位"}
            conn.execute(insert(organization).values(**named, **place, path=f"/{number}/"))
    for start in range(0, count, BATCH):
        with deployment.store.write() as conn:
            rows = [_case(number) for number in range(start, min(start + BATCH, count))]
            conn.execute(insert(rectification_case), rows)


def measure(deployment: Deployment, wanted: Filter) -> float:
    """Return the milliseconds of one page with its counts and why each case is due then."""
    context, started = deployment.rectification, stopwatch()
    with deployment.store.read() as conn:
        page = queue.page(context, conn, wanted, AT)
        queue.counts(context, conn, wanted, AT)
        oversight.why_due(conn, [row.public_id for row in page.rows])
    if len(page.rows) != queue.PAGE:
        raise SystemExit(f"{len(page.rows)} rows were listed")
    return (stopwatch() - started) * 1000


def main() -> None:
    """Fill, measure and print."""
    wish = argparse.ArgumentParser(description=__doc__)
    wish.add_argument("--open", type=int, default=20_000)
    wish.add_argument("--database", default="")
    args = wish.parse_args()
    if args.database:
        os.environ[DATABASE_VARIABLE] = args.database
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        install(Wish(home, "zhejiang"))
        deployment = Deployment.open(home, clock=FakeClock(AT))
        fill(deployment, args.open)
        everything = [measure(deployment, Filter(unit_side=False)) for _ in range(RUNS)]
        own = Filter(organization_path="/7/")
        one_unit = [measure(deployment, own) for _ in range(RUNS)]
        deployment.close()
    print(
        f"{args.open} open cases: all units median {median(everything):.0f} ms,"
        f" worst {max(everything):.0f} ms; one unit {median(one_unit):.0f} ms;"
        f" goal {GOAL_MS:.0f} ms"
    )
    if median(everything) > GOAL_MS:
        raise SystemExit("the goal is missed")


def _case(number: int) -> dict[str, Any]:
    due = AT + timedelta(minutes=number * 3 % 30_000 - 1_000)
    return {
        "region": CODE, "served_month": 202611, "id": number + 1, "public_id": f"C{number:08d}",
        "origin_kind": "evaluation", "origin_id": number + 1, "organization_id": number % UNITS + 1,
        "rated_organization_id": number % UNITS + 1, "queue": "unit", "grade": 1, "options": [],
        "identity": "anonymous", "state": "verifying", "complexity": "simple", "opened_at": AT,
        "visible_at": AT, "due_at": due, "due_day": due.date(), "first_due_at": due,
        "provisional": False, "late": False, "round": 0, "reopened": 0, "plan": {}, "plan_no": 1,
        "version": 1,
    }  # fmt: skip


if __name__ == "__main__":
    main()
