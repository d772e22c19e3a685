"""Paths of trees: where a row hangs, what hangs below it, and moving it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Table, select

from haochaping.catalog import bulk

ROOT: Final = "/"

Row = Mapping[str, Any]
Inherit = Callable[[Row, Row], Row]
"""Gives the columns that a row takes from its parent: called with the row and the parent."""


def path_below(parent_path: str | None, key: object) -> str:
    """Return the path of a row that hangs below `parent_path` (None for a root)."""
    return f"{parent_path or ROOT}{key}/"


def steps(path: str) -> list[str]:
    """Return the keys of a path from the root down."""
    return path.strip("/").split("/")


def within(column: ColumnElement[str] | Column[str], path: str) -> ColumnElement[bool]:
    """Return the condition that a path lies at or below `path`."""
    return column.like(f"{path}%")


def below(conn: Connection, table: Table, path: str) -> list[Row]:
    """Return the rows strictly below `path`, parents before children."""
    query = select(table).where(within(table.c.path, path), table.c.path != path)
    rows = [dict(row) for row in conn.execute(query).mappings()]
    return sorted(rows, key=lambda row: len(steps(row["path"])))


def carry(conn: Connection, table: Table, old_path: str, top: Row, inherit: Inherit) -> list[Row]:
    """Let everything below `old_path` follow its top row, which already has its new path.

    Returns the rows that were rewritten.
    """
    moved: dict[str, Row] = {top["path"]: top}
    for row in below(conn, table, old_path):
        path = top["path"] + row["path"][len(old_path) :]
        parent = moved[path[: path.rstrip("/").rindex("/") + 1]]
        moved[path] = {**row, "path": path, **inherit(row, parent)}
    del moved[top["path"]]
    bulk.change(conn, table, list(moved.values()))
    return list(moved.values())
