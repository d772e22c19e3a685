"""Proves P1 to P5 from the raw database and the clients' history. Imports nothing of ours.

    python -I checker.py DATABASE HISTORY

DATABASE is a file (SQLite) or an address (PostgreSQL). HISTORY has one line of JSON for each
answer a client got: `{"key", "case_no", "grade", "status", "receipt"}`; a request whose outcome
the client never learnt has the status 0. Prints one line of JSON; exits with 1 when a promise
was broken.

P1 every acknowledged rating is stored, with its receipt and grade.
P2 a service counts at most once, however often it was sent; one key has one receipt.
P3 every bad rating that counts has exactly one case, no other has one.
P4 every deadline fired at most once, and none that is due and pending is left.
P5 nothing disappeared: what the journal received is stored in one of six states.
"""

import json
import sqlite3
import sys
from collections import Counter
from pathlib import Path

STATES = {"effective", "held", "excluded", "void", "withdrawn", "superseded"}


def check(ask, history):
    acknowledged = [one for one in history if one["status"] in (200, 201)]
    rows = ask("SELECT receipt, grade, status, occurrence_id, id, round FROM evaluation")
    receipts = {row[0]: row for row in rows}
    broken = []
    lost = [one for one in acknowledged if one["receipt"] not in receipts]
    broken += [f"P1 lost {one['case_no']} {one['receipt']}" for one in lost]
    broken += [
        f"P1 {one['case_no']}: grade {receipts[one['receipt']][1]} instead of {one['grade']}"
        for one in acknowledged
        if one["receipt"] in receipts and receipts[one["receipt"]][1] != one["grade"]
    ]
    counted = Counter((row[3], row[5]) for row in rows if row[2] in ("effective", "held"))
    doubled = [key for key, number in counted.items() if number > 1]
    broken += [f"P2 service {key} counts {counted[key]} times" for key in doubled]
    by_key = {}
    for one in acknowledged:
        if by_key.setdefault(one["key"], one["receipt"]) != one["receipt"]:
            broken.append(f"P2 key {one['key']} has two receipts")
    bad = {row[4] for row in rows if row[1] <= 2 and row[2] == "effective"}
    origins = Counter(
        row[0]
        for row in ask("SELECT origin_id FROM rectification_case WHERE origin_kind = 'evaluation'")
    )
    missing = bad - set(origins)
    broken += [f"P3 no case of {one}" for one in missing]
    broken += [f"P3 {one} has {number} cases" for one, number in origins.items() if number > 1]
    broken += [f"P3 case of a good rating {one}" for one in set(origins) - {row[4] for row in rows}]
    told = [
        json.loads(row[0])
        for row in ask("SELECT payload FROM journal WHERE kind = 'deadline.reached'")
    ]
    fired = Counter((one["case_id"], one["deadline"], one["level"], one["due_at"]) for one in told)
    broken += [f"P4 {key} fired {number} times" for key, number in fired.items() if number > 1]
    received = ask(
        "SELECT count(*) FROM journal WHERE kind IN ('evaluation.recorded', 'evaluation.amended')"
    )[0][0]
    stored = sum(row[2] in STATES for row in rows)
    if received != stored or stored != len(rows):
        broken.append(f"P5 received {received}, stored {stored}, rows {len(rows)}")
    return {
        "requests": len(history),
        "acknowledged": len(acknowledged),
        "unknown": sum(one["status"] == 0 for one in history),
        "stored": len(rows),
        "lost": len(lost),
        "doubled": len(doubled),
        "cases": len(origins),
        "cases_missing": len(missing),
        "deadlines_fired": len(told),
        "broken": broken[:20],
    }


def main(place, history):
    if place.startswith("postgresql:"):
        import psycopg

        conn = psycopg.connect(place)
    else:
        conn = sqlite3.connect(f"file:{place}?mode=ro", uri=True)

    def ask(statement):
        cursor = conn.cursor()
        cursor.execute(statement)
        return cursor.fetchall()

    lines = [json.loads(line) for line in Path(history).read_text().splitlines() if line]
    found = check(ask, lines)
    conn.close()
    print(json.dumps(found, ensure_ascii=False))
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
