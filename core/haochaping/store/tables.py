"""How the core's tables are declared."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import MetaData, Table
from sqlalchemy.sql.schema import SchemaItem

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}

metadata: Final = MetaData(naming_convention=NAMING)
"""All tables of the core; each room's `tables.py` adds its own."""


def table(name: str, *items: SchemaItem, metadata: MetaData = metadata, **options: Any) -> Table:
    """Declare a table, STRICT on SQLite so that a wrong type is an error there too."""
    return Table(name, metadata, *items, sqlite_strict=True, **options)
