"""The baseline: one Flask view and the driver, written by hand, the same rows, one commit each.

It trusts its caller: no key, no plugins, no checks beyond the database's own. `DATABASE` names
the database, a file's path or a PostgreSQL address.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sqlite3
import threading
import time
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from flask import Flask, jsonify, request

application = Flask(__name__)
DATABASE = os.environ.get("DATABASE", "")
POSTGRES = DATABASE.startswith("postgresql")
ZONE = ZoneInfo("Asia/Shanghai")
local = threading.local()

FIND = """SELECT o.region, o.served_month, o.id, o.organization_id, o.hall_id, o.window_id,
 o.staff_id, o.item_id, c.person_id FROM service_case c
 JOIN occurrence o ON o.case_id = c.id AND o.region = c.region WHERE c.case_no = ? AND o.no = ?"""
COLUMNS = """region served_month id occurrence_id round grade options channel provenance identity
 rater_role person_id status reason early first_id supersedes_id submitted_at received_at
 first_received_at counted_on form_version idempotency_key body_digest receipt organization_id
 hall_id window_id staff_id item_id""".split()
ENTRY = """day region organization_id hall_id window_id staff_id item_id channel provenance round
 grade sign first_bad at""".split()
JOURNAL = ("at", "kind", "subject", "region", "payload", "digest")


def statement(table: str, columns: Any) -> str:
    """Return an INSERT in the driver's own words."""
    marks = ", ".join("?" * len(columns))
    return placed(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})")


def placed(text: str) -> str:
    """Return a statement with the driver's marks."""
    return text.replace("?", "%s") if POSTGRES else text


FIND = placed(FIND)
INSERTS = (
    statement("evaluation", COLUMNS),
    statement("journal", JOURNAL),
    statement("tally_entry", ENTRY),
)


def connection() -> Any:
    """Return this thread's connection."""
    if not hasattr(local, "connection"):
        local.connection = _postgres() if POSTGRES else _sqlite()
    return local.connection


def _sqlite() -> Any:
    made = sqlite3.connect(DATABASE, timeout=5, isolation_level=None)
    made.execute("PRAGMA journal_mode=WAL")
    made.execute("PRAGMA synchronous=FULL")
    made.execute("PRAGMA foreign_keys=ON")
    return made


def _postgres() -> Any:
    return psycopg.connect(DATABASE, autocommit=True)


@application.post("/api/v1/evaluations")
def submit() -> Any:
    """Store a rating and answer its receipt."""
    given = request.get_json()
    db = connection()
    if POSTGRES:
        with db.transaction():
            found = db.execute(FIND, (given["case_no"], given["occurrence_no"])).fetchone()
            receipt = insert(db, given, found, request.headers["Idempotency-Key"])
    else:
        db.execute("BEGIN IMMEDIATE")
        found = db.execute(FIND, (given["case_no"], given["occurrence_no"])).fetchone()
        receipt = insert(db, given, found, request.headers["Idempotency-Key"])
        db.execute("COMMIT")
    return jsonify(receipt=receipt, status="effective"), 201


def insert(db: Any, given: Any, found: Any, key: str) -> str:
    """Insert the three rows of a rating."""
    region, month, occurrence_id, *units, person_id = found
    now = datetime.now(UTC)
    at, number = int(now.timestamp() * 1_000_000), next_id()
    day = now.astimezone(ZONE).date().isoformat()
    moment = now.isoformat()
    row = {
        "region": region,
        "served_month": month,
        "id": number,
        "occurrence_id": occurrence_id,
        "round": 1,
        "grade": given["grade"],
        "options": json.dumps(given.get("options", [])),
        "channel": given["channel"],
        "provenance": "citizen",
        "identity": "presumed",
        "rater_role": "applicant",
        "person_id": person_id,
        "status": "effective",
        "reason": "",
        "early": 0,
        "first_id": number,
        "supersedes_id": 0,
        "submitted_at": None,
        "received_at": at,
        "first_received_at": at,
        "counted_on": day,
        "form_version": "national-2-000000000000",
        "idempotency_key": hashlib.sha256(key.encode()).hexdigest()[:32],
        "body_digest": hashlib.sha256(request.get_data()).hexdigest()[:32],
        "receipt": secrets.token_hex(10).upper(),
        **dict(zip(COLUMNS[-5:], units, strict=True)),
    }
    told = {**row, "bad": 0, "first_bad": 0, "previous_status": "", "text": ""}
    told.update(received_at=moment, first_received_at=moment)
    for name in ("region", "person_id", "idempotency_key", "body_digest", "receipt"):
        del told[name]
    payload = json.dumps(told, sort_keys=True, separators=(",", ":"))
    subject = f"evaluation:{region}:{month}:{number}"
    kind = "evaluation.recorded"
    digest = hashlib.sha256(f"{kind}\n{subject}\n{at}\n{payload}".encode()).digest()
    db.execute(INSERTS[0], [row[name] for name in COLUMNS])
    db.execute(INSERTS[1], (at, kind, subject, region, payload, digest))
    values = (day, region, *units, given["channel"], "citizen", 1, given["grade"], 1, 0, at)
    db.execute(INSERTS[2], values)
    return row["receipt"]


def next_id() -> int:
    """Return a number that nobody else has."""
    return time.time_ns() // 1_000_000 << 22 | secrets.randbits(22)
