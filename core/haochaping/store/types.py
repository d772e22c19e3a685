"""The only column types used, alike on SQLite (STRICT tables) and PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, Text, TypeDecorator
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import TSVECTOR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_PLACES: Final = 16_000
"""PostgreSQL keeps no more places of terms."""

_BIG = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")


class Id(TypeDecorator[int]):
    """A 63-bit id."""

    impl = _BIG
    cache_ok = True


class Int(TypeDecorator[int]):
    """A count or a small number."""

    impl = Integer
    cache_ok = True


class Words(TypeDecorator[str]):
    """A text of any length."""

    impl = Text
    cache_ok = True


class Grams(TypeDecorator[str]):
    """Terms to be searched, with spaces between: a `tsvector` on PostgreSQL, a text elsewhere."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return the type of the database."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the terms, on PostgreSQL each with its place."""
        if value is None or dialect.name != "postgresql":
            return value
        terms = enumerate(value.split()[:_PLACES], start=1)
        return " ".join(f"'{term}':{place}" for place, term in terms)


class Blob(TypeDecorator[bytes]):
    """Bytes, for what is sealed."""

    impl = LargeBinary
    cache_ok = True


class Moment(TypeDecorator[datetime]):
    """A moment: aware datetime here, microseconds since 1970 UTC in the database.

    Raises ValueError when given a naive datetime.
    """

    impl = _BIG
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return microseconds since 1970."""
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the aware moment."""
        return None if value is None else from_micros(value)


class Day(TypeDecorator[date]):
    """A local day, `2026-11-22` in the database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """Return the ISO form."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        """Return the day."""
        return None if value is None else date.fromisoformat(value)


class Flag(TypeDecorator[bool]):
    """Yes or no, 1 or 0 in the database."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        """Return 1 or 0."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:
        """Return True or False."""
        return None if value is None else bool(value)


class Json(TypeDecorator[Any]):
    """A JSON value, kept as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Return compact JSON with sorted keys."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Return the value."""
        return None if value is None else json.loads(value)


class Scaled(TypeDecorator[Decimal]):
    """An exact decimal with `places` digits, an integer in the database."""

    impl = _BIG
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Return the scaled integer. Raises ValueError when digits would be lost."""
        if value is None:
            return None
        scaled = value.scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.places} decimal places")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Return the decimal."""
        return None if value is None else Decimal(value).scaleb(-self.places)


def micros(moment: datetime) -> int:
    """Return microseconds since 1970 UTC. Raises ValueError for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs a time zone: {moment.isoformat()}")
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """Return the aware UTC moment of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=value)


def canonical_json(value: Any) -> str:
    """Return JSON with sorted keys and no spaces: equal values give equal texts."""
    return _CANONICAL.encode(value)


_CANONICAL: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
