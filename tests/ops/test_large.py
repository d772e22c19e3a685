"""A million rows: backed up, restored and checked well within ten minutes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from haochaping.clock import stopwatch
from haochaping.copying import backing, rehearsing
from haochaping.copying.rows import Loader, Shape
from haochaping.deployment import Deployment
from haochaping.grading.tables import tally_entry
from haochaping.journal.events import row_digest
from haochaping.journal.sealing import seal_next
from haochaping.journal.tables import journal
from haochaping.store.types import micros

KEY = bytes(range(32))
RATINGS = 250_000
MOST_SECONDS = 600


def shape_of(table: Any, *names: str) -> Shape:
    return Shape(table.name, names, ())


def grow(deployment: Deployment) -> None:
    """Put a quarter of a million ratings with their ledger and two events each."""
    from haochaping.evaluation.tables import evaluation

    at = micros(deployment.clock.now())
    names = [column.name for column in evaluation.columns]
    plain = {
        **dict.fromkeys(names),
        **{"region": "330106", "served_month": 202611, "round": 1, "grade": 5, "options": "[]"},
        **{"channel": "web", "provenance": "citizen", "identity": "presumed", "reason": ""},
        **{"rater_role": "applicant", "status": "effective", "early": 0, "supersedes_id": 0},
        **{"received_at": at, "first_received_at": at, "counted_on": "2026-11-16"},
        **{"form_version": "2", "body_digest": "x" * 64, "organization_id": 1, "notice": ""},
    }

    def ratings() -> Iterator[list[Any]]:
        for n in range(10**6, 10**6 + RATINGS):
            own = {"id": n, "occurrence_id": n, "first_id": n}
            row = {**plain, **own, "idempotency_key": f"k{n}", "receipt": f"R{n}"}
            yield [row[name] for name in names]

    def events() -> Iterator[list[Any]]:
        for n in range(2 * RATINGS):
            kind = "evaluation.recorded" if n % 2 else "occurrence.served"
            subject, payload = f"evaluation:330106:202611:{n}", f'{{"grade":5,"id":{n}}}'
            digest = row_digest(kind, subject, at, payload)
            yield [at, kind, subject, "330106", payload, digest]

    def ledger() -> Iterator[list[Any]]:
        for _ in range(RATINGS):
            yield ["2026-11-16", "330106", 1, "web", "citizen", 1, 5, 1, 0, at]

    columns = ("at", "kind", "subject", "region", "payload", "digest")
    entry = ("day", "region", "organization_id", "channel", "provenance", "round")
    with deployment.store.write() as conn:
        loader = Loader(conn, 0)
        loader.load(shape_of(evaluation, *names), ratings())
        loader.load(shape_of(journal, *columns), events())
        loader.load(shape_of(tally_entry, *entry, "grade", "sign", "first_bad", "at"), ledger())
    while seal_next(deployment.store, deployment.clock, deployment.secrets.seal_key, 50_000):
        pass


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_million_rows_within_ten_minutes(deployment: Deployment, tmp_path: Path) -> None:
    grow(deployment)
    made = backing.backup(deployment, tmp_path / "backups", KEY)
    assert made.rows >= 4 * RATINGS
    started = stopwatch()
    done = rehearsing.rehearse(deployment, made.path, KEY)
    assert done.sound
    assert made.seconds + made.read_back_seconds < MOST_SECONDS
    assert done.seconds < MOST_SECONDS
    print(
        f"\n{deployment.store.dialect}: {made.rows} rows, {made.bytes / 1e6:.0f} MB,"
        f" written {made.seconds:.1f} s, read back {made.read_back_seconds:.1f} s,"
        f" restored and verified {stopwatch() - started:.1f} s"
    )
