"""Finding rows by keys of several columns, by index on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, tuple_


def among(
    columns: Sequence[ColumnElement[Any]], keys: Sequence[tuple[Any, ...]]
) -> ColumnElement[bool]:
    """Return the condition that the columns, taken together, equal one of the keys.

    SQLite walks the whole table for a tuple alone; with a list for each column it looks
    the rows up.
    """
    each = (
        column.in_(sorted(set(values)))
        for column, values in zip(columns, zip(*keys, strict=True), strict=True)
    )
    return and_(tuple_(*columns).in_(keys), *each)
