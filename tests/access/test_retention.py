"""Every column of every table says whether it is personal, what for and for how long."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text

from haochaping.access import retention
from haochaping.access.retention import CORE, Declared, Keep
from haochaping.hooks.deployment import PersonalColumn, TableSet
from haochaping.hooks.values import Words
from haochaping.plugins import PluginManager
from haochaping.plugins.assembly import load_class
from haochaping.profile.shape import profile_schema
from haochaping.store.tables import metadata

pytestmark = pytest.mark.usefixtures("sqlite_template")  # all tables of the core are declared


def _table_sets() -> list[tuple[str, TableSet]]:
    """The tables that installed plugins add."""
    found: list[tuple[str, TableSet]] = []
    for name, candidate in PluginManager().discover().items():
        plugin: Any = load_class(candidate)
        tables = getattr(plugin, "database_tables", None)
        found += [(name, one) for one in tables(plugin)] if tables else []
    return found


def _tables(one: TableSet) -> list[Table]:
    module, _, name = one.metadata.partition(":")
    found: Any = getattr(import_module(module), name)
    return list(found.tables.values())


def test_no_column_of_the_core_is_undeclared() -> None:
    assert CORE.missing(metadata.tables.values()) == ()


def test_no_declaration_is_about_a_column_that_is_gone() -> None:
    assert CORE.stale(metadata.tables.values()) == ()


@pytest.mark.parametrize(("name", "tables"), _table_sets(), ids=lambda value: str(value)[:30])
def test_no_column_of_a_plugin_is_undeclared(name: str, tables: TableSet) -> None:
    declared = retention.of_plugin(tables)
    assert declared.missing(_tables(tables)) == ()
    assert declared.stale(_tables(tables)) == ()


def test_every_purpose_stands_in_both_languages() -> None:
    assert all(one.purpose.zh and one.purpose.en for one in CORE.personal.values())


def test_what_the_profile_keeps_by_days_is_what_the_register_names() -> None:
    named = {Keep.PERSON, Keep.WORDS, Keep.MESSAGE, Keep.PHOTO}
    schema = profile_schema()["properties"]["privacy"]["properties"]["keep_days"]
    assert {str(one) for one in named} == set(schema["properties"])


@pytest.mark.parametrize(
    ("column", "found"),
    [
        (Column("count", Integer), False),
        (Column("status", Text), False),
        (Column("diary", Text), True),
        (Column("face", LargeBinary), True),
        (Column("person_id", Integer), True),
        (Column("mobile_mac", Text), True),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_a_new_column_must_be_declared_unless_it_cannot_be_personal(
    column: Column[Any], found: bool
) -> None:
    new = Table("new", MetaData(), column)
    assert bool(Declared({}, ()).missing([new])) is found
    assert Declared({}, {f"new.{column.name}"}).missing([new]) == ()


def test_a_plugin_declares_with_its_tables() -> None:
    columns = (PersonalColumn("a.b", Words("为什么", "why"), "person"),)
    assert retention.of_plugin(TableSet("m:n", "m", columns)).personal["a.b"].keep is Keep.PERSON


def test_a_plugin_cannot_keep_for_an_unknown_time() -> None:
    columns = (PersonalColumn("a.b", Words("为什么", "why"), "forever"),)
    with pytest.raises(ValueError, match="forever"):
        retention.of_plugin(TableSet("m:n", "m", columns))
