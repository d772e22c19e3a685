"""Writing the ledger: what each event adds to and takes from the figures.

Every row of `evaluation` contributes by its status alone: 1 to its grade while it is
effective, and 1 to "bad at first rating" when it is a chain's first row, bad, and neither
held nor excluded, whatever becomes of it later. An event moves a row from one status to
another and the ledger gets the difference; so the figures can be recomputed from the rows.

Payload of the `evaluation.*` events, so that a step looks nothing up:

- `status`, `previous_status` (empty for a new row), `grade`, `first_bad` (1 for a chain's
  first row of round 1 with a bad grade), `counted_on` (ISO day), `round`, `channel`,
  `provenance`, `organization_id`, `hall_id`, `window_id`, `staff_id`, `item_id`;
- `evaluation.amended` describes the new row and carries the replaced one, in the same
  form, under `previous`.

Payload of `occurrence.served`: the units `before` (None for a new one) and `after`, and
`served_at` and `served_at_before` in microseconds (None while the service is under way).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from haochaping.grading.context import CountingRules
from haochaping.grading.tables import tally_entry
from haochaping.hooks.values import EvaluationStatus
from haochaping.journal import Event
from haochaping.store.prepared import Prepared
from haochaping.store.types import from_micros

DIMENSIONS: Final = ("organization_id", "hall_id", "window_id", "staff_id", "item_id")
UNSEEN: Final = ("", EvaluationStatus.HELD, EvaluationStatus.EXCLUDED)
"""Statuses in which a row has never counted."""

Row = Mapping[str, Any]

_WRITTEN: Final = (
    *("day", "region", *DIMENSIONS, "channel", "provenance"),
    *("round", "grade", "sign", "first_bad", "at"),
)
_INSERT: Final = Prepared.insert(tally_entry, _WRITTEN)


def record(conn: Connection, rows: Sequence[Row]) -> None:
    """Append ledger rows, all in one statement."""
    if rows:
        _INSERT.run(conn, rows)


def on_evaluations(
    ctx: CountingRules, conn: Connection, events: Sequence[Event], at: datetime
) -> None:
    """Write the ledger for events of any `evaluation.*` kind."""
    record(conn, [row for event in events for row in of_evaluation(event, at)])


on_evaluation_recorded = on_evaluations
on_evaluation_amended = on_evaluations
on_evaluation_withdrawn = on_evaluations
on_evaluation_voided = on_evaluations
on_evaluation_released = on_evaluations
on_evaluation_excluded = on_evaluations


def on_occurrence_served(
    ctx: CountingRules, conn: Connection, events: Sequence[Event], at: datetime
) -> None:
    """Count occurrences served on their local day, and move those that changed."""
    zone = ZoneInfo(ctx.time_zone)
    record(conn, [row for event in events for row in of_occurrence(event, at, zone)])


def of_evaluation(event: Event, at: datetime) -> tuple[Row, ...]:
    """Return the ledger rows of one `evaluation.*` event."""
    payload = event.payload
    old = payload.get("previous")
    if old is None:
        return _moved(payload, event.region, str(payload.get("previous_status", "")), at)
    gone = {**old, "status": EvaluationStatus.SUPERSEDED}
    return (
        *_moved(gone, event.region, str(old["status"]), at),
        *_moved(payload, event.region, "", at),
    )


def of_occurrence(event: Event, at: datetime, zone: ZoneInfo) -> tuple[Row, ...]:
    """Return the ledger rows of one `occurrence.served` event."""
    told = event.payload
    was = _served(told["before"], told["served_at_before"], zone)
    now = _served(told["after"], told["served_at"], zone)
    if was == now:
        return ()
    signed = ((-1, was), (1, now))
    return tuple(_service(event.region, at, sign, row) for sign, row in signed if row is not None)


def counts_as_rated(status: str) -> int:
    """Return 1 while a row of this status counts to its grade."""
    return int(status == EvaluationStatus.EFFECTIVE)


def counts_as_first_bad(status: str, first_bad: int) -> int:
    """Return 1 when a row of this status counts as bad at first rating."""
    return 0 if status in UNSEEN else first_bad


def _moved(row: Row, region: str, before: str, at: datetime) -> tuple[Row, ...]:
    status, first_bad = str(row["status"]), int(row.get("first_bad", 0))
    sign = counts_as_rated(status) - counts_as_rated(before)
    change = counts_as_first_bad(status, first_bad) - counts_as_first_bad(before, first_bad)
    if not sign and not change:
        return ()
    return (
        {
            **_place(row, region, at),
            "day": date.fromisoformat(str(row["counted_on"])),
            "channel": str(row["channel"]),
            "provenance": str(row["provenance"]),
            "round": row["round"],
            "grade": row["grade"],
            "sign": sign,
            "first_bad": change,
        },
    )


def _served(units: Row | None, served_at: int | None, zone: ZoneInfo) -> Row | None:
    if units is None or served_at is None:
        return None
    return {"day": from_micros(served_at).astimezone(zone).date(), **units}


def _service(region: str, at: datetime, sign: int, row: Row) -> Row:
    return {
        **_place(row, region, at),
        "day": row["day"],
        "channel": "",
        "provenance": "",
        "round": 1,
        "grade": 0,
        "sign": sign,
        "first_bad": 0,
    }


def _place(row: Row, region: str, at: datetime) -> dict[str, Any]:
    ids: Iterable[tuple[str, Any]] = ((name, row.get(name)) for name in DIMENSIONS)
    return {"region": region, "at": at, **dict(ids)}
