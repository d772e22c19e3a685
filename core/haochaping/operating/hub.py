"""A province's hub: its cities' ratings in one PostgreSQL database, by logical replication.

A city publishes the tables that boards and counts are made of, each without the columns that are
personal (`access.retention`); the hub subscribes to every city. The hub is read: it takes no
ratings. Rows of cities never meet: ratings, services and cases carry the city's region in their
keys, and a city publishes of the catalogue of regions only what lies in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Column, Connection, Table, text

from haochaping.access.retention import CORE
from haochaping.catalog.tables import hall, occurrence, organization, region
from haochaping.evaluation.tables import default_rating, evaluation
from haochaping.grading.tables import attribution, attribution_other
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.rectification.tables import rectification_case

TABLES: Final[tuple[Table, ...]] = (
    region,
    organization,
    hall,
    occurrence,
    evaluation,
    default_rating,
    attribution,
    attribution_other,
    rectification_case,
)
"""What a hub needs for boards, counts and the state of cases."""

KEPT_BACK: Final = frozenset(
    {
        "evaluation.idempotency_key",
        "evaluation.body_digest",
        "evaluation.text_key_id",
        "rectification_case.assignee_id",
        "rectification_case.plan_failure",
    }
)
"""Columns that are not personal and of no use beyond the city."""

MOST_BEHIND: Final = 256 * 2**20
"""Bytes that came in and are not stored, from which on a hub is behind: minutes of a large city."""

MOST_KEPT: Final = 4 * 2**30
"""Bytes of log kept on a city's disk for a hub, from which on the disk is in danger."""

PUBLICATION: Final = "haochaping_hub"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")


class HubRefused(Problem):
    """A city cannot publish, or a hub cannot subscribe; `exit_code` 2."""

    code = "HCP-HUB"
    status = 422
    title = Words("无法建立省级汇总", "The hub cannot be set up")
    exit_code = 2


@dataclass(frozen=True, slots=True)
class City:
    """A subscription of the hub: whether it works, and what it still has to take in.

    `copying` counts tables whose first copy is not complete; `errors` counts since the server's
    statistics began. `behind_bytes` is what came in and is not stored yet, `silent_seconds` how
    long ago the city was last heard; both are None while it is away.
    """

    name: str
    enabled: bool
    running: bool
    copying: int
    errors: int
    behind_bytes: int | None = None
    silent_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """In a city, what a hub has not taken yet.

    `behind_bytes` is the log written since what the hub confirmed; `kept_bytes` the log that stays
    on the city's disk for it. `lost` says that the server has thrown some of it away: the hub
    has to copy anew.
    """

    name: str
    active: bool
    behind_bytes: int
    kept_bytes: int
    lost: bool


def published(table: Table) -> tuple[Column[Any], ...]:
    """Return the columns of a table that leave the city."""
    return tuple(column for column in table.columns if not _stays(table, column))


def publish_plan(city: str) -> Iterator[sql.Composed]:
    """Yield the statements that publish a city: `city` is the code its regions begin with."""
    yield sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(PUBLICATION))
    parts = sql.SQL(", ").join(_part(table, city) for table in TABLES)
    yield sql.SQL("CREATE PUBLICATION {} FOR {}").format(sql.Identifier(PUBLICATION), parts)


def publish(conn: Connection, city: str) -> None:
    """Publish a city's tables, anew when it did before. Raises HubRefused."""
    _require_postgresql(conn)
    level = conn.execute(text("SELECT current_setting('wal_level')")).scalar_one()
    if level != "logical":
        raise HubRefused(
            Words(
                f"数据库的 wal_level 是 {level}，请设为 logical 并重启数据库",
                f"wal_level of the database is {level}; set it to logical and restart it",
            )
        )
    for statement in publish_plan(city):
        conn.exec_driver_sql(statement.as_string())


def prepare(conn: Connection) -> None:
    """Let a hub's tables take rows without the columns that stay in the city."""
    _require_postgresql(conn)
    for table in TABLES:
        for column in table.columns:
            if _stays(table, column) and not column.nullable:
                loosen = sql.SQL("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL").format(
                    sql.Identifier(table.name), sql.Identifier(column.name)
                )
                conn.exec_driver_sql(loosen.as_string())


def subscribe(url: str, name: str, city: str) -> None:
    """Let the hub at `url` take in the city at the address `city`, under a name.

    First the rows that are there, then every change, in the city's order. Making a slot in the
    city cannot be part of a transaction. Raises HubRefused.
    """
    statement = sql.SQL(
        "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} WITH (streaming = on)"
    ).format(sql.Identifier(_of(name)), sql.Literal(city), sql.Identifier(PUBLICATION))
    _outside(url, statement)


def unsubscribe(url: str, name: str) -> None:
    """End a subscription and remove its slot in the city; the rows stay. Raises HubRefused."""
    _outside(url, sql.SQL("DROP SUBSCRIPTION {}").format(sql.Identifier(_of(name))))


def cities(conn: Connection) -> tuple[City, ...]:
    """Return the hub's subscriptions; empty on a database that has none."""
    if conn.dialect.name != "postgresql":
        return ()
    found = text(
        "SELECT s.subname, s.subenabled, coalesce(bool_or(w.pid IS NOT NULL), false),"
        " (SELECT count(*) FROM pg_subscription_rel r"
        "   WHERE r.srsubid = s.oid AND r.srsubstate NOT IN ('r', 's')),"
        " coalesce(max(e.apply_error_count + e.sync_error_count), 0),"
        " max(greatest(pg_wal_lsn_diff(w.received_lsn, w.latest_end_lsn), 0)),"
        " max(extract(epoch FROM clock_timestamp() - w.last_msg_receipt_time))"
        " FROM pg_subscription s"
        " LEFT JOIN pg_stat_subscription w ON w.subid = s.oid AND w.relid IS NULL"
        " LEFT JOIN pg_stat_subscription_stats e ON e.subid = s.oid"
        " WHERE s.subname LIKE 'hub\\_%' GROUP BY s.oid, s.subname, s.subenabled ORDER BY 1"
    )
    return tuple(
        City(
            name.removeprefix("hub_"),
            *(bool(enabled), bool(running), int(copying), int(errors)),
            None if behind is None else int(behind),
            None if silent is None else max(float(silent), 0.0),
        )
        for name, enabled, running, copying, errors, behind, silent in conn.execute(found)
    )


def slots(conn: Connection) -> tuple[Slot, ...]:
    """Return what hubs take in from this database; empty where no hub does."""
    if conn.dialect.name != "postgresql":
        return ()
    found = text(
        "SELECT slot_name, active,"
        " coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0),"
        " coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0),"
        " coalesce(wal_status = 'lost', false)"
        " FROM pg_replication_slots"
        " WHERE slot_type = 'logical' AND slot_name LIKE 'hub\\_%'"
        " AND database = current_database() AND NOT pg_is_in_recovery() ORDER BY 1"
    )
    return tuple(
        Slot(name.removeprefix("hub_"), bool(active), int(behind), int(kept), bool(lost))
        for name, active, behind, kept, lost in conn.execute(found)
    )


def _part(table: Table, city: str) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in published(table))
    part = sql.SQL("TABLE {} ({})").format(sql.Identifier(table.name), columns)
    if table is not region:
        return part
    return part + sql.SQL(" WHERE (starts_with(code, {}))").format(sql.Literal(city))


def _stays(table: Table, column: Column[Any]) -> bool:
    name = f"{table.name}.{column.name}"
    return name in CORE.personal or name in KEPT_BACK


def _of(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise HubRefused(
            Words(
                f"城市名 {name} 只能用小写字母、数字和下划线，以字母开头",
                f"the name {name} may hold small letters, digits and _, a letter first",
            )
        )
    return f"hub_{name}"


def _outside(url: str, statement: sql.Composed) -> None:
    try:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(statement)
    except psycopg.Error as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise HubRefused(Words(said, said)) from error


def _require_postgresql(conn: Connection) -> None:
    if conn.dialect.name != "postgresql":
        raise HubRefused(Words("省级汇总需要 PostgreSQL", "A hub needs PostgreSQL"))
