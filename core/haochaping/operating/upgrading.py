"""Upgrades with old and new processes side by side: first add, take away when the old are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, inspect

from haochaping import __version__
from haochaping.operating import beats, facts
from haochaping.operating.tables import process_beat
from haochaping.store import Store, migrating
from haochaping.store.migrating import Line, State

FACT: Final = "contracted:"
"""Before a line's name: the last revision that took something away."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade met and did: the states before, and the older processes it waits for."""

    before: tuple[State, ...]
    waiting_for: tuple[str, ...] = ()
    required: bool = False
    """True when the new code cannot work before the rest is done."""


def upgrade(
    store: Store, lines: Sequence[Line], at: datetime, *, expand_only: bool = False
) -> Upgraded:
    """Bring the tables on, as far as the processes that run now bear it.

    What takes something away waits until no process of another version has told of itself
    lately; a second run then goes on. With `expand_only` it waits in any case.
    """
    before = migrating.migrate(store, lines, expand_only=True)
    if expand_only:
        return Upgraded(before)
    left = [state for state in migrating.states(store, lines) if state.pending]
    if not left:
        return Upgraded(before)
    with store.read() as conn:
        old = others(conn, at)
    if old:
        return Upgraded(before, old, any(state.required for state in left))
    migrating.migrate(store, lines)
    with store.write() as conn:
        for state in left:
            last = [step.revision for step in state.steps if step.contracts][-1]
            facts.note(conn, FACT + state.line.name, {"revision": last}, at)
    return Upgraded(before)


def others(conn: Connection, at: datetime) -> tuple[str, ...]:
    """Return the processes of another version that live, with their versions."""
    if not inspect(conn).has_table(process_beat.name):
        return ()
    return tuple(
        f"{one.name} ({one.basis.code_version})"
        for one in beats.processes(conn)
        if one.alive(at) and one.basis.code_version != __version__
    )


def taken_away(conn: Connection, newer: Sequence[State]) -> list[str]:
    """Return the lines from which a newer version took away what this code may still use."""
    noted = (facts.last(conn, FACT + state.line.name) for state in newer)
    return [
        state.line.name
        for state, fact in zip(newer, noted, strict=True)
        if fact is not None and not migrating.knows(state.line, fact.value["revision"])
    ]
