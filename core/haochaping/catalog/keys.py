"""Finding rows by many keys in one statement that is the same however many there are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, Connection, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSON

from haochaping.store.types import Json, Words


def among(conn: Connection, column: Column[Any], keys: Collection[Any]) -> ColumnElement[bool]:
    """Return the condition that `column` is one of `keys`, all of them in one parameter."""
    wanted = list(set(keys))
    if conn.dialect.name == "sqlite":
        listed = func.json_each(bindparam(None, wanted, Json())).table_valued("value")
        return column.in_(select(listed.c.value))
    if isinstance(column.type, Words):  # the driver would look at each text for its quotes
        document = cast(bindparam(None, wanted, Json()), JSON)
        value = func.json_array_elements_text(document).column_valued("value")
        texts = select(value).scalar_subquery()
        return column == func.any(func.array(texts))
    return column == func.any(bindparam(None, wanted, ARRAY(column.type)))
