"""Keeping the counts by the journal: constant work an event, exactly once, outside intake.

A rating counts where it was given and in the hour its chain was first received, both of
which never change. So every event says by itself what it adds and what it takes away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, update

from haochaping.analysis.rules import AnalysisRules
from haochaping.analysis.tables import COUNTS, HOUR, KEY, PLACE, REASON, analysis_count
from haochaping.evaluation import events
from haochaping.hooks.values import EvaluationStatus, Provenance
from haochaping.journal import Entry, Reader
from haochaping.store.upsert import insert

NAME: Final = "analysis"
"""Name of the reader's cursor in the journal."""

KINDS: Final = frozenset(events.KINDS)
Told = Mapping[str, Any]


class Cell(NamedTuple):
    """Key of a count, in the order of `tables.KEY`."""

    month: str
    facet: str
    organization_id: int
    hall_id: int
    item_id: int
    value: str


Sums = dict[Cell, list[int]]
"""Counts in the order of `tables.COUNTS` by cell."""


def reader(rules: AnalysisRules) -> Reader:
    """Return the reader of the journal that keeps the counts."""
    return Reader(NAME, partial(take, rules), KINDS)


def take(rules: AnalysisRules, conn: Connection, entries: Sequence[Entry]) -> None:
    """Take a batch of events into the counts, in the caller's transaction."""
    add(conn, sums_of(rules, (entry.payload for entry in entries)))


def sums_of(rules: AnalysisRules, payloads: Iterator[Told] | Sequence[Told]) -> Sums:
    """Return what events add to the counts, taken together."""
    zone, sums = ZoneInfo(rules.time_zone), _empty()
    for payload in payloads:
        previous = payload.get("previous")
        if previous is not None and previous["status"] == EvaluationStatus.EFFECTIVE:
            count(sums, previous, zone, -1)
        now = payload["status"] == EvaluationStatus.EFFECTIVE
        before = payload["previous_status"] == EvaluationStatus.EFFECTIVE
        if now != before:
            count(sums, payload, zone, 1 if now else -1)
    return sums


def count(sums: Sums, told: Told, zone: ZoneInfo, sign: int) -> None:
    """Add one effective rating to counts, or take it away; only first ratings by people count."""
    if told["round"] != 1 or told["provenance"] == Provenance.SYSTEM_DEFAULT:
        return
    received, bad = told["first_received_at"], int(told["bad"])
    at = received if isinstance(received, datetime) else datetime.fromisoformat(received)
    local = at.astimezone(zone)
    month = str(told["counted_on"])[:7]
    unit, hall, item = told["organization_id"], told["hall_id"] or 0, told["item_id"] or 0
    changes = [
        (Cell(month, PLACE, unit, hall, item, ""), 1),
        (Cell(month, HOUR, unit, hall, 0, f"{local.weekday()}{local.hour:02}"), 1),
    ]
    if bad:
        changes += [(Cell(month, REASON, unit, hall, item, one), 0) for one in _reasons(told)]
    for cell, rated in changes:
        counted = sums[cell]
        counted[0] += sign * rated
        counted[1] += sign * bad


def add(conn: Connection, sums: Sums) -> None:
    """Add counts to the stored ones."""
    rows = [
        dict(zip((*KEY, *COUNTS), (*cell, *counts), strict=True))
        for cell, counts in sorted(sums.items())
        if any(counts)
    ]
    if not rows:
        return
    statement = insert(conn, analysis_count)
    more = {name: analysis_count.c[name] + statement.excluded[name] for name in COUNTS}
    conn.execute(statement.on_conflict_do_update(index_elements=list(KEY), set_=more), rows)


def show(conn: Connection, running: str) -> int:
    """Let the rated units see the counts of all months before `running` as they are now.

    Done once a month, so that no single rating can be told from a change; returns the rows.
    """
    rows = analysis_count.c
    changed = or_(rows.rated_shown != rows.rated, rows.bad_shown != rows.bad)
    statement = (
        update(analysis_count)
        .where(rows.month < running, changed)
        .values(rated_shown=rows.rated, bad_shown=rows.bad)
    )
    return conn.execute(statement).rowcount


def _reasons(told: Told) -> list[str]:
    """Return the reasons of the option list that were chosen; one empty code for none."""
    return list(dict.fromkeys(code for code in told["options"] if code.isdigit())) or [""]


def _empty() -> Sums:
    return defaultdict(lambda: [0] * len(COUNTS))
