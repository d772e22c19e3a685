"""Kinds of import that plugins contribute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from sqlalchemy import Connection

from haochaping.catalog.importing.kinds import Column, ImportContext, Kind
from haochaping.catalog.outcomes import CREATED, Outcome, Status
from haochaping.catalog.texts import clean
from haochaping.hooks.deployment import ImportKind
from haochaping.hooks.values import Words

PluginRows = Callable[[Any, Connection, Sequence[Mapping[str, str]]], Sequence[Words | None]]
"""What `ImportKind.call` names: gets the plugin, a transaction and the rows by column."""


def contributed(plugin: Any, spec: ImportKind) -> Kind:
    """Return a plugin's kind; its function is imported when the first lines are stored."""
    columns = tuple(Column(name, Words(name, name)) for name in spec.columns)
    return Kind(spec.name, spec.title, columns, parse=_row, save=partial(_save, plugin, spec.call))


def _row(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: clean(cell) for name, cell in fields.items()}


def _save(
    plugin: Any,
    call: str,
    conn: Connection,
    context: ImportContext,
    drafts: Sequence[Mapping[str, str]],
    last: bool,
) -> list[Outcome]:
    module, _, name = call.partition(":")
    store: PluginRows = getattr(import_module(module), name)
    reasons = store(plugin, conn, drafts)
    if len(reasons) != len(drafts):
        raise ValueError(f"{call} answered for {len(reasons)} rows of {len(drafts)}")
    return [CREATED if reason is None else Outcome(Status.REFUSED, reason) for reason in reasons]
