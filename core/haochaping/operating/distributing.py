"""Beyond one database: the tables spread by `region` over the nodes of a Citus cluster.

A row lives where its county lives; a service, its ratings and its case lie together, so that a
submission touches one node. Unique keys must hold the region there: those that do not are made
wider first (`Key.wider`). The journal, jobs and accounts stay on the node that asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from psycopg import sql
from sqlalchemy import Connection, Index, PrimaryKeyConstraint, Table, UniqueConstraint, text

from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.store.tables import metadata

REGION: Final = "region"
FIRST: Final = "occurrence"
"""The table beside whose rows those of the others are kept."""

BY_REGION: Final = (
    FIRST,
    "service_case",
    "evaluation",
    "invitation",
    "offer",
    "default_rating",
    "rating_trace",
    "local_answer",
    "attribution",
    "attribution_other",
    "follow_up",
    "reminder",
    "void_proposal",
    "coverage_mark",
    "opinion",
    "pressure_report",
    "rectification_case",
    "case_deadline",
    "case_event",
    "case_reply",
    "case_message",
    "case_joint",
    "case_contact",
    "case_extension",
    "case_finding",
    "case_finding_unit",
    "case_visit",
    "case_appeal",
    "tally_entry",
)
"""Tables of rows that belong to one county each."""

EVERYWHERE: Final = ("region", "region_alias", "organization", "hall", "window", "staff", "item")
"""Small tables that every node has whole."""


class NotDistributed(Problem):
    """The tables cannot be spread over nodes; `exit_code` 2."""

    code = "HCP-DISTRIBUTE"
    status = 422
    title = Words("无法按地区分布", "The tables cannot be distributed")
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Key:
    """A unique key of a table: its name, its columns, and whether it is the primary one."""

    table: str
    name: str
    columns: tuple[str, ...]
    primary: bool

    @property
    def has_region(self) -> bool:
        """True when it can be kept on one node as it is."""
        return REGION in self.columns

    @property
    def wider(self) -> tuple[str, ...]:
        """The same columns and the region behind them: look-ups go on by the first ones."""
        return self.columns if self.has_region else (*self.columns, REGION)


def tables() -> tuple[Table, ...]:
    """Return the tables that are spread, as they are declared."""
    return tuple(metadata.tables[name] for name in BY_REGION)


def keys() -> Iterator[Key]:
    """Yield every unique key of the tables that are spread, as PostgreSQL has them."""
    for table in tables():
        items: list[Any] = [*table.constraints, *table.indexes]
        for item in sorted(items, key=lambda one: str(one.name)):
            if _is_unique(item) and _is_on_postgresql(item):
                names = tuple(column.name for column in item.columns)
                primary = isinstance(item, PrimaryKeyConstraint)
                yield Key(table.name, _name_of(table, item), names, primary)


def narrow_keys() -> tuple[Key, ...]:
    """Return the unique keys without the region: they are made wider before anything is spread."""
    return tuple(key for key in keys() if not key.has_region)


def foreign_keys() -> tuple[str, ...]:
    """Return foreign keys between tables that are spread which lack the region: there are none."""
    mine = {table.name for table in tables()}
    return tuple(
        f"{table.name} -> {one.referred_table.name}"
        for table in tables()
        for one in table.foreign_key_constraints
        if one.referred_table.name in mine and REGION not in one.column_keys
    )


def plan() -> Iterator[sql.Composed]:
    """Yield the statements in their order: wider keys, tables everywhere, tables by region."""
    for key in narrow_keys():
        yield from _widen(key)
    for name in EVERYWHERE:
        yield sql.SQL("SELECT create_reference_table({})").format(sql.Literal(f'"{name}"'))
    for name in BY_REGION:
        beside = "none" if name == FIRST else FIRST
        yield sql.SQL("SELECT create_distributed_table({}, {}, colocate_with => {})").format(
            sql.Literal(name), sql.Literal(REGION), sql.Literal(beside)
        )


def widen(conn: Connection) -> None:
    """Put the region into every unique key of the tables that are to be spread."""
    for key in narrow_keys():
        for statement in _widen(key):
            conn.exec_driver_sql(statement.as_string())


def distribute(conn: Connection) -> int:
    """Spread the tables, in the caller's transaction; return how many. Raises NotDistributed."""
    if conn.dialect.name != "postgresql":
        raise NotDistributed(Words("需要 PostgreSQL", "PostgreSQL is needed"))
    if not _has_extension(conn):
        raise NotDistributed(
            Words(
                "数据库没有 Citus 扩展。请在协调节点安装并运行 CREATE EXTENSION citus，"
                "再运行本命令；--plan 显示将执行的语句",
                "The database has no Citus extension. Install it on the coordinator, run CREATE"
                " EXTENSION citus, then this command again; --plan prints the statements",
            )
        )
    if _is_done(conn):
        return 0
    conn.execute(text("SET LOCAL statement_timeout = 0"))
    for statement in plan():
        conn.exec_driver_sql(statement.as_string())
    return len(BY_REGION)


def _widen(key: Key) -> Iterator[sql.Composed]:
    table, name = sql.Identifier(key.table), sql.Identifier(key.name)
    columns = sql.SQL(", ").join(map(sql.Identifier, key.wider))
    kind = sql.SQL("PRIMARY KEY" if key.primary else "UNIQUE")
    yield sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(table, name)
    adding = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {} ({})")
    yield adding.format(table, name, kind, columns)


def _has_extension(conn: Connection) -> bool:
    found = text("SELECT count(*) FROM pg_proc WHERE proname = 'create_distributed_table'")
    return int(conn.execute(found).scalar_one()) > 0


def _is_done(conn: Connection) -> bool:
    known = text("SELECT to_regclass('pg_dist_partition')")
    if conn.execute(known).scalar() is None:
        return False
    done = text("SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = to_regclass(:name)")
    return int(conn.execute(done, {"name": FIRST}).scalar_one()) > 0


def _is_unique(item: Any) -> bool:
    unique = isinstance(item, (PrimaryKeyConstraint, UniqueConstraint))
    return unique or (isinstance(item, Index) and bool(item.unique))


def _is_on_postgresql(item: Any) -> bool:
    only = getattr(item, "_ddl_if", None)
    return only is None or only.dialect == "postgresql"


def _name_of(table: Table, constraint: Any) -> str:
    """Return the name in the database: the naming convention's where none is given."""
    if constraint.name is not None and not str(constraint.name).startswith("%"):
        return str(constraint.name)
    kind = "pk" if isinstance(constraint, PrimaryKeyConstraint) else "uq"
    columns = "_".join(column.name for column in constraint.columns)
    return f"pk_{table.name}" if kind == "pk" else f"uq_{table.name}_{columns}"
