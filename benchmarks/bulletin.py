"""A month's bulletin over 1,000,000 evaluations: collected, and written as all its files.

Floor: 60 seconds. The month has 200 organizations, 400 windows and 300 items; each evaluation
is stored with its options and counted in the ledger, as intake does.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter

from sqlalchemy import insert, text

from haochaping.bulletins import files
from haochaping.bulletins.gathering import Wanted
from haochaping.bulletins.head import Head
from haochaping.bulletins.rules import Edition
from haochaping.catalog import tables as catalog
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.disclosure import epochs
from haochaping.grading import entries, periods
from haochaping.grading.folding import fold
from haochaping.installing import Wish, install

COUNTY, MONTH = "330106", periods.parse("2026-10")
UNITS, WINDOWS, ITEMS = 200, 400, 300
AT = datetime(2026, 11, 3, 2, tzinfo=UTC)
FLOOR = 60.0

_EVALUATIONS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO evaluation (region, served_month, id, occurrence_id, round, grade, options, channel,
  provenance, identity, rater_role, status, reason, early, first_id, supersedes_id, received_at,
  first_received_at, counted_on, form_version, idempotency_key, body_digest, receipt,
  organization_id, notice)
SELECT '330106', 202610, i, i, 1, CASE WHEN i % 50 = 0 THEN 2 ELSE 5 END,
  CASE i % 4 WHEN 0 THEN '["510"]' WHEN 1 THEN '["511","512"]' WHEN 2 THEN '[]' ELSE '["513"]' END,
  'qr', 'citizen', 'anonymous', 'applicant', 'effective', '', 0, i, 0, 0, 0,
  '2026-10-' || substr('0' || (i % 28 + 1), -2), '1', 'k' || i, '', 'r' || i, i % 200 + 1, ''
FROM n
"""


def main() -> None:
    """Build the month, write the bulletin of both editions, print the times."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="haochaping-bulletin-") as folder:
        home = Path(folder) / "home"
        install(Wish(home, "base", None, None))
        deployment = Deployment.open(home, clock=FakeClock(AT))
        started = perf_counter()
        _build(deployment, count)
        print(f"{count:,} evaluations stored in {perf_counter() - started:.1f} s")
        worst = max(_once(deployment, edition) for edition in Edition)
        deployment.close()
    print(f"floor {FLOOR:.0f} s: {'kept' if worst <= FLOOR else 'MISSED'}")
    raise SystemExit(worst > FLOOR)


def _once(deployment: Deployment, edition: Edition) -> float:
    started = perf_counter()
    wanted = Wanted(MONTH, edition)
    content = deployment.bulletins.gatherer.gather(deployment.store, wanted, deployment.clock.now())
    collected = perf_counter() - started
    made = files.made(content, Head("", AT.date(), "", 1))
    whole = perf_counter() - started
    sizes = ", ".join(f"{one.name.rpartition('.')[2]} {len(one.content):,}" for one in made.files)
    print(f"{edition}: collected {collected:.2f} s, all files {whole:.2f} s ({sizes} bytes)")
    return whole


def _build(deployment: Deployment, count: int) -> None:
    with deployment.store.write() as conn:
        region = {"code": COUNTY, "name": "西湖区", "level": "county", "county": COUNTY}
        conn.execute(insert(catalog.region), region | {"path": f"/{COUNTY}/"})
        place = {"region": COUNTY, "place": COUNTY}
        for no in range(1, UNITS + 1):
            unit = {"id": no, "code": f"O{no}", "uscc": "", "name": f"单位{no}", "path": f"/{no}/"}
            conn.execute(insert(catalog.organization), unit | place)
            hall = {"id": no, "code": f"H{no}", "name": f"大厅{no}", "organization_id": no}
            conn.execute(insert(catalog.hall), hall | place)
        for no in range(1, WINDOWS + 1):
            owner = no % UNITS + 1
            row = {"id": no, "hall_id": owner, "code": f"{no}", "name": f"{no}号窗口"}
            conn.execute(insert(catalog.window), row | {"organization_id": owner})
        for no in range(1, ITEMS + 1):
            row = {"id": no, "code": f"I{no}", "name": f"事项{no}"}
            conn.execute(insert(catalog.item), row | {"organization_id": no % UNITS + 1})
        conn.execute(text(_EVALUATIONS), {"count": count})
        _count(conn, count)
        while fold(conn).entries:
            pass
    epochs_rules = deployment.disclosing.epochs
    with deployment.store.write() as conn:
        epochs.publish(conn, epochs_rules, AT)
        deployment.disclosing.closer.close(conn, MONTH, date(2026, 11, 3), AT)


def _count(conn: object, count: int) -> None:
    """Record the ledger: a row a day, window and grade, which together count every evaluation."""
    lines = WINDOWS * 28
    for day in range(1, 29):
        rows = []
        for window in range(1, WINDOWS + 1):
            owner = window % UNITS + 1
            row = {
                "day": date(2026, 10, day), "region": COUNTY, "organization_id": owner,
                "hall_id": owner, "window_id": window, "staff_id": None, "channel": "qr",
                "item_id": (window * 28 + day) % ITEMS + 1, "provenance": "citizen", "round": 1,
                "at": AT,
            }  # fmt: skip
            bad = count // lines // 50
            rows.append({**row, "grade": 2, "sign": bad, "first_bad": bad})
            rows.append({**row, "grade": 5, "sign": count // lines - bad, "first_bad": 0})
        entries.record(conn, rows)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
