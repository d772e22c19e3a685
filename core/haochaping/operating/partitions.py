"""Logs kept month by month on PostgreSQL: turned into parts, the coming months made ahead.

A log that was started so is one table to everything that reads and writes it. Its parts are
what it held before (`<log>_before`), one for each month (`<log>_202612`), and a rest that takes
what no month is there for: a row is never refused because somebody forgot a month.
Why these logs and no others: `docs/decisions/0010-logs-month-by-month.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from psycopg import sql
from sqlalchemy import Connection, MetaData, PrimaryKeyConstraint, Table, func, select, text

from haochaping.access.tables import reveal
from haochaping.delivery.tables import message_attempt
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.store.types import from_micros, micros

LOGS: Final[tuple[Table, ...]] = (message_attempt, reveal)
"""Append-only logs with a column `at` whose keys are made once and asked for by nobody else."""

JOB: Final = "operating.partitions"
CRON: Final = "35 3 * * *"
AHEAD: Final = 3
"""Months made ahead beside the running one."""
_AT_ONCE: Final = 36
"""Months made in one run at most: a clock that is decades ahead makes no thousand tables."""
_LOCK: Final = 4_771_202_612
"""PostgreSQL advisory lock that keeps two makers of parts apart."""
_BOUNDS: Final = re.compile(r"FROM \((?:'?(-?\d+)'?|MINVALUE)\) TO \('?(-?\d+)'?\)")


class NotPartitioned(Problem):
    """Parts were asked for where the database or the log has none; `exit_code` 2."""

    code = "HCP-PARTITIONS"
    status = 422
    title = Words("这个数据库没有按月分区", "This database keeps no logs month by month")
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a log: rows from `first` (None: the beginning) until before `until`.

    Both in microseconds since 1970 UTC; both None for the rest. `rows` is the database's estimate.
    """

    log: str
    name: str
    first: int | None
    until: int | None
    rows: int
    bytes: int

    @property
    def is_rest(self) -> bool:
        """True for the part that takes what no month is there for."""
        return self.until is None


def month_start(day: date, zone: ZoneInfo) -> int:
    """Return the moment at which a day's month begins, in microseconds since 1970 UTC."""
    return micros(datetime(day.year, day.month, 1, tzinfo=zone).astimezone(UTC))


def following(day: date, months: int = 1) -> date:
    """Return the first day of the month so many months after that of `day`."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def is_started(conn: Connection, log: Table) -> bool:
    """Say whether a log is kept month by month."""
    if conn.dialect.name != "postgresql":
        return False
    kind = text("SELECT relkind FROM pg_class WHERE oid = to_regclass(:name)")
    return conn.execute(kind, {"name": log.name}).scalar() == "p"


def parts(conn: Connection, log: Table) -> tuple[Part, ...]:
    """Return the parts of a log, the oldest first and the rest last; empty when not started."""
    if not is_started(conn, log):
        return ()
    found = text(
        "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid), greatest(c.reltuples, 0)::bigint,"
        " pg_total_relation_size(c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = to_regclass(:name)"
    )
    made = [_part(log, *row) for row in conn.execute(found, {"name": log.name})]
    return tuple(sorted(made, key=lambda one: (one.is_rest, one.until or 0)))


def start(conn: Connection, log: Table, at: datetime, zone: ZoneInfo) -> bool:
    """Turn a log into one kept month by month; return False when it was already.

    No row is copied: the table becomes the part of what was before. Writers wait meanwhile; it
    takes as long as an index over the log. Raises NotPartitioned on SQLite.
    """
    _require_postgresql(conn)
    _alone(conn)
    if is_started(conn, log):
        return False
    before = f"{log.name}_before"
    _run(conn, "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", log.name)
    newest = conn.execute(select(func.max(log.c.at))).scalar()
    last = max(at, newest or at).astimezone(zone).date()
    until = month_start(following(last), zone)
    _rename_all(conn, log, before)
    _whole(log).create(conn)
    _run(conn, "ALTER TABLE {} DROP CONSTRAINT {}", before, f"pk_{before}")
    _attach(conn, log.name, before, None, until)
    _run(conn, "CREATE TABLE {} PARTITION OF {} DEFAULT", f"{log.name}_rest", log.name)
    make(conn, at, zone)
    return True


def make(conn: Connection, at: datetime, zone: ZoneInfo, ahead: int = AHEAD) -> tuple[str, ...]:
    """Make the parts of this month and the coming ones that are missing; return their names.

    What lies in the rest and belongs to one of them moves there. Run twice, or by two at once,
    it makes nothing twice.
    """
    if not any(is_started(conn, log) for log in LOGS):
        return ()
    _alone(conn)
    today = at.astimezone(zone).date()
    return tuple(
        name
        for log in LOGS
        if is_started(conn, log)
        for name in _make(conn, log, _wanted(conn, log, following(today, ahead), zone), zone)
    )


def missing(conn: Connection, log: Table, day: date, zone: ZoneInfo) -> bool:
    """Say whether a log kept month by month has no part for the month of `day`."""
    found = parts(conn, log)
    return bool(found) and not _covered(found, month_start(day, zone))


def rest_rows(conn: Connection, log: Table) -> int:
    """Return how many rows lie in the rest of a log."""
    rest = next((one for one in parts(conn, log) if one.is_rest), None)
    if rest is None:
        return 0
    own = Table(rest.name, MetaData())
    return int(conn.execute(select(func.count()).select_from(own)).scalar_one())


def detach(conn: Connection, part: Part) -> None:
    """Take a part away from its log and remove it."""
    _run(conn, "ALTER TABLE {} DETACH PARTITION {}", part.log, part.name)
    _run(conn, "DROP TABLE {}", part.name)


def hold(conn: Connection, part: Part) -> None:
    """Keep everybody from writing into a part until the transaction ends."""
    _run(conn, "LOCK TABLE {} IN SHARE MODE", part.name)


def _wanted(conn: Connection, log: Table, last: date, zone: ZoneInfo) -> list[date]:
    """Return the months from the end of the parts to `last`: none is left out between them."""
    ends = [one.until for one in parts(conn, log) if one.until is not None]
    month = from_micros(max(ends)).astimezone(zone).date()
    found: list[date] = []
    while month <= last and len(found) < _AT_ONCE:
        found.append(month)
        month = following(month)
    return found


def _make(conn: Connection, log: Table, months: list[date], zone: ZoneInfo) -> Iterator[str]:
    for month in months:
        first, until = month_start(month, zone), month_start(following(month), zone)
        if _covered(parts(conn, log), first):
            continue
        name = f"{log.name}_{month:%Y%m}"
        _run(conn, "CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS)", name, log.name)
        _from_rest(conn, log, name, first, until)
        _attach(conn, log.name, name, first, until)
        yield name


def _from_rest(conn: Connection, log: Table, name: str, first: int, until: int) -> None:
    """Move what belongs to a month out of the rest, before the month is attached."""
    moving = sql.SQL(
        "WITH moved AS (DELETE FROM {rest} WHERE at >= {first} AND at < {until} RETURNING *)"
        " INSERT INTO {name} SELECT * FROM moved"
    ).format(
        rest=sql.Identifier(f"{log.name}_rest"),
        first=sql.Literal(first),
        until=sql.Literal(until),
        name=sql.Identifier(name),
    )
    _execute(conn, moving)


def _attach(conn: Connection, log: str, name: str, first: int | None, until: int) -> None:
    attaching = sql.SQL(
        "ALTER TABLE {log} ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({until})"
    ).format(
        log=sql.Identifier(log),
        name=sql.Identifier(name),
        first=sql.SQL("MINVALUE") if first is None else sql.Literal(first),
        until=sql.Literal(until),
    )
    _execute(conn, attaching)


def _rename_all(conn: Connection, log: Table, before: str) -> None:
    """Give table, constraints and indexes other names: those of the log are needed anew."""
    _run(conn, "ALTER TABLE {} RENAME TO {}", log.name, before)
    named = text("SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(:name)")
    for name in conn.execute(named, {"name": before}).scalars().all():
        _run(conn, "ALTER TABLE {} RENAME CONSTRAINT {} TO {}", before, name, _other(name, log))
    indexed = text("SELECT indexname FROM pg_indexes WHERE tablename = :name")
    for name in conn.execute(indexed, {"name": before}).scalars().all():
        if not name.endswith("_before"):
            _run(conn, "ALTER INDEX {} RENAME TO {}", name, _other(name, log))


def _other(name: str, log: Table) -> str:
    return f"pk_{log.name}_before" if name == f"pk_{log.name}" else f"{name}_before"


def _whole(log: Table) -> Table:
    """Return the log as a table of parts: as declared, with the moment in its key."""
    found = MetaData(naming_convention=log.metadata.naming_convention)
    for other in {key.column.table for key in log.foreign_keys}:
        other.to_metadata(found)
    whole = log.to_metadata(found)
    whole.dialect_options["postgresql"]["partition_by"] = "RANGE (at)"
    _key_with_moment(whole)
    return whole


def _key_with_moment(whole: Table) -> None:
    columns = [*whole.primary_key.columns, whole.c.at]
    whole.constraints.discard(whole.primary_key)
    for column in columns:
        column.primary_key = False  # until the new key says so
    key = PrimaryKeyConstraint(*columns, name=f"pk_{whole.name}")
    whole.append_constraint(key)


def _covered(found: tuple[Part, ...], moment: int) -> bool:
    return any(
        one.until is not None and (one.first is None or one.first <= moment) and moment < one.until
        for one in found
    )


def _part(log: Table, name: str, bounds: str, rows: int, size: int) -> Part:
    found = _BOUNDS.search(bounds)
    first, until = (None, None) if found is None else found.groups()
    return Part(
        log.name,
        name,
        None if first is None else int(first),
        None if until is None else int(until),
        int(rows),
        int(size),
    )


def _require_postgresql(conn: Connection) -> None:
    if conn.dialect.name != "postgresql":
        raise NotPartitioned(
            Words(
                "只有 PostgreSQL 支持按月分区。SQLite 用于一个大厅或一个县，不需要分区",
                "Only PostgreSQL keeps logs month by month; a hall or county on SQLite"
                " does not need it",
            )
        )


def _alone(conn: Connection) -> None:
    conn.execute(text("SET LOCAL statement_timeout = 0"))
    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _run(conn: Connection, statement: Any, *names: str) -> None:
    _execute(conn, sql.SQL(statement).format(*map(sql.Identifier, names)))


def _execute(conn: Connection, statement: sql.Composed) -> None:
    conn.exec_driver_sql(statement.as_string())
