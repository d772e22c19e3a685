"""What published comments can be narrowed to, as terms beside their words in the full text.

A frequent word and a hall that few come to: neither alone finds what to show quickly, an
index of both does. Such a term begins with a sign that no question can hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from haochaping.disclosure.tables import review_tag

MARK: Final = "\ue000"
"""A sign for private use: a letter to both databases, and part of no word."""
COLUMNS: Final[Mapping[str, str]] = {
    "organization_id": "o",
    "hall_id": "h",
    "item_id": "i",
    "grade": "g",
    "region": "c",
}
"""Columns of a comment that are terms, each by its letter."""
TAG: Final = "t"
STRETCH: Final = "p"
"""The letter of the stretch of positions that a text stands in (`search.STRETCH`)."""

Facets = tuple[tuple[str, ...], ...]
"""Terms that are asked for: one of each group."""


def term(letter: str, value: object) -> str:
    """Return the term of a value; it holds letters and digits only."""
    return f"{MARK}{letter}{value}"


def of_reviews(conn: Connection, rows: Sequence[Row[Any]]) -> dict[int, list[str]]:
    """Return the terms of comments by their ids."""
    found = {row.id: list(columns(row)) for row in rows}
    tags = select(review_tag).where(review_tag.c.review_id.in_(list(found)))
    for tag in conn.execute(tags):
        found[tag.review_id].append(term(TAG, tag.option))
    return found


def none(conn: Connection, rows: Sequence[Row[Any]]) -> dict[int, list[str]]:
    """Return no terms: texts that nothing but words is looked for in."""
    return {}


def asked(column: str, values: Iterable[object]) -> tuple[str, ...]:
    """Return the terms of a column's values, one of which a comment must have."""
    return tuple(term(COLUMNS[column], value) for value in values)


def columns(row: Row[Any]) -> Iterable[str]:
    """Yield the terms of what a comment is about; its tags are not among them."""
    for name, letter in COLUMNS.items():
        value = getattr(row, name)
        if value is not None:
            yield term(letter, value)
