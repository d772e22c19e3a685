"""Writing the ledger: what each event adds to and takes from the figures.

Every row of `evaluation` contributes by its status alone, in the places that answer for it
(`attributing`): 1 to its grade while it is effective, and 1 to "bad at first rating" when it
is a chain's first row, bad, and neither held nor excluded, whatever becomes of it later. An
event moves a row from one status to another and the ledger gets the difference; so the
figures can be recomputed from the rows. Only what is moved later looks up who answers.

Payload of the `evaluation.*` events:

- `served_month`, `first_id`, `bad`, `status`, `previous_status` (empty for a new row), `grade`,
  `first_bad` (1 for a chain's first row of round 1 with a bad grade), `counted_on` (ISO day),
  `round`, `channel`, `provenance`, `organization_id`, `hall_id`, `window_id`, `staff_id`,
  `item_id`;
- `evaluation.amended` describes the new row and carries the replaced one, in the same
  form, under `previous`.

- `default.recorded` and `default.set_aside` say the same of a rating that nobody gave.

Payload of `occurrence.served`: the units `before` (None for a new one) and `after`, and
`served_at` and `served_at_before` in microseconds (None while the service is under way).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from haochaping.grading import attributing, corrections
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


def on_evaluation_recorded(
    ctx: CountingRules, conn: Connection, events: Sequence[Event], at: datetime
) -> None:
    """Write the ledger for new ratings: nobody has looked into them yet."""
    _write(conn, [(event, of_evaluation(event, at)) for event in events], at)


def on_evaluations(
    ctx: CountingRules, conn: Connection, events: Sequence[Event], at: datetime
) -> None:
    """Write the ledger for what becomes of ratings, in the places that answer for them."""
    whose = attributing.known(conn, [_chain(event) for event in events])
    found = [(event, of_evaluation(event, at, whose.get(_chain(event)))) for event in events]
    _write(conn, found, at)


on_evaluation_amended = on_evaluations
on_evaluation_withdrawn = on_evaluations
on_evaluation_voided = on_evaluations
on_evaluation_released = on_evaluations
on_evaluation_excluded = on_evaluations


def on_defaults(
    ctx: CountingRules, conn: Connection, events: Sequence[Event], at: datetime
) -> None:
    """Count default ratings, and no longer those that were put aside; no rate sees them."""
    record(conn, [_default(event, at) for event in events])


def on_occurrence_served(
    ctx: CountingRules, conn: Connection, events: Sequence[Event], at: datetime
) -> None:
    """Count occurrences served on their local day, and move those that changed."""
    zone = ZoneInfo(ctx.time_zone)
    _write(conn, [(event, of_occurrence(event, at, zone)) for event in events], at)


def on_case_found(ctx: CountingRules, conn: Connection, event: Event, at: datetime) -> None:
    """Move the bad ratings of a chain to who was found to answer for them, visibly."""
    told = event.payload
    if told.get("origin_kind") != "evaluation":
        return
    chain = (event.region, int(told["served_month"]), int(told["origin_id"]))
    who = attributing.Who(
        str(told["responsible"]),
        told.get("responsible_organization_id"),
        tuple(told.get("responsible_others", ())),
    )
    before = attributing.known(conn, [chain]).get(chain)
    rows = list(_reattributed(ctx, conn, chain, (before, who), at))
    attributing.set_responsible(conn, chain, who, int(told["case_id"]))
    record(conn, rows)
    corrections.note(conn, rows, (corrections.FINDING, int(told["case_id"])), at, always=True)


def _write(conn: Connection, found: Sequence[tuple[Event, Sequence[Row]]], at: datetime) -> None:
    """Append to the ledger, and note what changes a month that may be closed already."""
    record(conn, [row for _, rows in found for row in rows])
    month = at.date().replace(day=1)
    for event, rows in found:
        if any(row["day"] < month for row in rows):
            reason = corrections.reason_of(event.kind, event.payload)
            corrections.note(conn, rows, (reason, None), at)


def _chain(event: Event) -> attributing.Chain:
    return (event.region, int(event.payload["served_month"]), int(event.payload["first_id"]))


def _moves(payload: Row) -> bool:
    return bool(payload.get("bad")) and payload.get("round") == 1


def _reattributed(
    ctx: CountingRules,
    conn: Connection,
    chain: attributing.Chain,
    whose: tuple[attributing.Who | None, attributing.Who],
    at: datetime,
) -> Iterable[Row]:
    """Yield the ledger rows that take a chain's bad ratings from one place to another."""
    before, after = whose
    for row in attributing.bad_ratings(conn, ctx, chain):
        first = int(row["id"] == row["first_id"])
        counted = (counts_as_rated(row["status"]), counts_as_first_bad(row["status"], first))
        old, new = attributing.places(row, before), attributing.places(row, after)
        if any(counted):
            gone = [(-1, each) for each in old if each not in new]
            come = [(1, each) for each in new if each not in old]
            yield from (_entry(each, chain[0], sign, counted, at) for sign, each in (*gone, *come))


def _entry(row: Row, region: str, sign: int, counted: tuple[int, int], at: datetime) -> Row:
    rated, first_bad = counted
    return {
        **_place(row, region, at),
        "day": row["counted_on"],
        **{name: row[name] for name in ("channel", "provenance", "round", "grade")},
        "sign": sign * rated,
        "first_bad": sign * first_bad,
    }


def of_evaluation(
    event: Event, at: datetime, who: attributing.Who | None = None
) -> tuple[Row, ...]:
    """Return the ledger rows of one `evaluation.*` event; `who` answers for what is bad."""
    return tuple(
        moved
        for row, before in _steps(event.payload)
        for place in attributing.places(row, who if _moves(row) else None)
        for moved in _moved(place, event.region, before, at)
    )


def _steps(payload: Row) -> Iterable[tuple[Row, str]]:
    """Yield the rows that an event describes, each with the status it had before."""
    old = payload.get("previous")
    if old is None:
        yield payload, str(payload.get("previous_status", ""))
        return
    yield {**old, "status": EvaluationStatus.SUPERSEDED}, str(old["status"])
    yield payload, ""


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


def _default(event: Event, at: datetime) -> Row:
    told = event.payload
    return {
        **_place(told, event.region, at),
        "day": date.fromisoformat(str(told["counted_on"])),
        "channel": "",
        "provenance": str(told["provenance"]),
        "round": 1,
        "grade": told["grade"],
        "sign": 1 if event.kind.endswith("recorded") else -1,
        "first_bad": 0,
    }


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
    return {"region": row.get("region", region), "at": at, **dict(ids)}
