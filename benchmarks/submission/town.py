"""The town that is rated: its catalogue, its services, and ratings stored before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, text

from haochaping.access import api_keys
from haochaping.catalog import tables as catalog
from haochaping.catalog.pushes import Applicant
from haochaping.deployment import Deployment
from haochaping.installing import Wish, install
from submission.load import post

REGION, MONTH, UNITS = "330106", 202611, 100
CHUNK = 20_000
PROFILE = Path(__file__).with_name("profile.yaml")
_AT = 1_794_795_600_000_000
_SERVED = datetime(2026, 1, 5, 2, tzinfo=UTC)
_ISSUED = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "


@dataclass(slots=True)
class Town:
    """An installed deployment with services to rate; `next` is the first one not rated."""

    home: Path
    key: str
    next: int = 0

    def requests(self, count: int) -> list[bytes]:
        """Return requests that rate the next `count` services, 1 in 3 of them fully content."""
        numbers = range(self.next, self.next + count)
        self.next += count
        return [self._request(number) for number in numbers]

    def _request(self, number: int) -> bytes:
        body = {
            "case_no": f"B-{number:08}",
            "occurrence_no": 1,
            "grade": 5 - number % 3,
            "channel": "web",
        }
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": f"load-{number}"}
        return post("/api/v1/evaluations", json.dumps(body).encode(), headers)


def build(home: Path, database: str, port: int, services: int) -> Town:
    """Install a deployment that listens on `port`, with services to rate."""
    profile = home / "profiles" / "benchmark.yaml"
    profile.parent.mkdir(parents=True)
    profile.write_bytes(PROFILE.read_bytes())
    (home / "deployment.yaml").write_text(
        f"profile: benchmark\ndatabase: {database}\nlisten: {{web: '127.0.0.1:{port}'}}\n",
        encoding="utf-8",
    )
    install(Wish(home, "benchmark", database))
    deployment = Deployment.open(home)
    with deployment.store.write() as conn:
        _catalogue(conn)
        persons = [_person(deployment, conn, number) for number in range(UNITS)]
        new = api_keys.NewApiKey("load", frozenset({"evaluations.write"}), REGION)
        now = deployment.clock.now()
        _, key = api_keys.add(conn, deployment.keyring, deployment.journal.emit, new, now)
    for start in range(0, services, CHUNK):
        with deployment.store.write() as conn:
            _services(conn, range(start, min(start + CHUNK, services)), persons)
    deployment.close()
    return Town(home, key)


def grow(home: Path, stored: int) -> None:
    """Store `stored` services with their ratings, journal and ledger rows."""
    deployment = Deployment.open(home)
    dialect = deployment.store.dialect
    engine = deployment.store.engine
    with engine.connect() as conn:
        if dialect == "postgresql":
            conn.exec_driver_sql("SET statement_timeout = 0")
        for statement in _stored(dialect):
            conn.execute(text(_ISSUED.join(statement)), {"count": stored})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("ANALYZE")
        if dialect == "postgresql":
            conn.exec_driver_sql("CHECKPOINT")
        else:
            conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    deployment.close()


def _catalogue(conn: Connection) -> None:
    place = {"region": REGION, "place": REGION}
    county = {"code": REGION, "name": "示例区", "level": "county", "county": REGION}
    conn.execute(insert(catalog.region), {**county, "path": f"/{REGION}/"})
    unit = {"id": 1, "code": "11990000MB2000004B", "uscc": "11990000MB2000004B"}
    conn.execute(insert(catalog.organization), {**unit, "name": "局", "path": "/1/", **place})
    hall = {"id": 1, "code": "H1", "name": "中心", "organization_id": 1}
    conn.execute(insert(catalog.hall), {**hall, **place})
    for number in range(1, UNITS + 1):
        window = {"id": number, "hall_id": 1, "code": str(number), "name": f"{number}号窗口"}
        conn.execute(insert(catalog.window), {**window, "organization_id": 1})
        staff = {"id": number, "number": f"A{number}", "organization_id": 1}
        conn.execute(insert(catalog.staff), staff)
        item = {"id": number, "code": f"I-{number}", "name": f"事项{number}"}
        conn.execute(insert(catalog.item), item)


def _person(deployment: Deployment, conn: Connection, number: int) -> int | None:
    mobile = f"138{number:08}"
    certificate = f"99000019900101{number:04}"
    person = Applicant("applicant", "1", f"用户{number}", "111", certificate, mobile)
    return deployment.vault.remember(conn, person, REGION, deployment.clock.now())


def _services(conn: Connection, numbers: range, persons: list[int | None]) -> None:
    cases = [_case(number, persons[number % len(persons)]) for number in numbers]
    conn.execute(insert(catalog.service_case), cases)
    conn.execute(insert(catalog.occurrence), [_occurrence(number) for number in numbers])


def _case(number: int, person: int | None) -> dict[str, Any]:
    return {
        "id": 10_000_000 + number,
        "region": REGION,
        "served_month": MONTH,
        "case_no": f"B-{number:08}",
        "item_id": number % UNITS + 1,
        "organization_id": 1,
        "status": "concluded",
        "person_id": person,
        "created_at": _SERVED,
        "updated_at": _SERVED,
    }


def _occurrence(number: int) -> dict[str, Any]:
    return {
        "region": REGION,
        "served_month": MONTH,
        "id": 10_000_000 + number,
        "case_id": 10_000_000 + number,
        "no": 1,
        "stage": "conclusion",
        "service_channel": "hall",
        "organization_id": 1,
        "hall_id": 1,
        "window_id": number % UNITS + 1,
        "staff_id": number % UNITS + 1,
        "item_id": number % UNITS + 1,
        "served_at": _SERVED,
        "created_at": _SERVED,
    }


def _stored(dialect: str) -> list[tuple[str, str]]:
    """Return INSERTs, each cut in two where the numbers from 1 to `count` are issued."""
    postgres = dialect == "postgresql"
    key = "md5(i::text)" if postgres else "lower(hex(randomblob(16)))"
    receipt = "upper(substr(md5('r' || i), 1, 20))" if postgres else "hex(randomblob(10))"
    digest = "decode(md5(i::text), 'hex')" if postgres else "randomblob(32)"
    place = f"'{REGION}', {MONTH}, i"
    unit = f"i % {UNITS} + 1"
    return [
        (
            "INSERT INTO service_case (region, served_month, id, case_no, item_id,"
            " organization_id, status, created_at, updated_at) ",
            f"SELECT {place}, 'S-' || i, {unit}, 1, 'concluded', {_AT}, {_AT} FROM n",
        ),
        (
            "INSERT INTO occurrence (region, served_month, id, case_id, no, stage,"
            " service_channel, organization_id, hall_id, window_id, staff_id, item_id,"
            " served_at, created_at) ",
            f"SELECT {place}, i, 1, 'conclusion', 'hall', 1, 1, {unit}, {unit}, {unit},"
            f" {_AT}, {_AT} FROM n",
        ),
        (
            "INSERT INTO evaluation (region, served_month, id, occurrence_id, round, grade,"
            " options, channel, provenance, identity, rater_role, status, reason, early,"
            " first_id, supersedes_id, received_at, first_received_at, counted_on,"
            " form_version, idempotency_key, body_digest, receipt, organization_id, hall_id,"
            " window_id, staff_id, item_id) ",
            f"SELECT {place}, i, 1, 5, '[]', 'web', 'citizen', 'presumed', 'applicant',"
            f" 'effective', '', 0, i, 0, {_AT}, {_AT}, '2026-11-16', 'national-2', {key}, {key},"
            f" {receipt}, 1, 1, {unit}, {unit}, {unit} FROM n",
        ),
        (
            "INSERT INTO journal (at, kind, subject, region, payload, digest) ",
            f"SELECT {_AT}, 'evaluation.recorded', 'evaluation:{REGION}:{MONTH}:' || i,"
            f" '{REGION}', '{{\"id\":' || i || '}}', {digest} FROM n",
        ),
        (
            "INSERT INTO tally_entry (day, region, organization_id, hall_id, window_id,"
            " staff_id, item_id, channel, provenance, round, grade, sign, first_bad, at) ",
            f"SELECT '2026-11-16', '{REGION}', 1, 1, {unit}, {unit}, {unit}, 'web', 'citizen',"
            f" 1, 5, 1, 0, {_AT} FROM n",
        ),
    ]
