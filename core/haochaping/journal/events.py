"""Events and how they are written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.journal.tables import journal
from haochaping.store.prepared import Prepared
from haochaping.store.types import canonical_json, micros


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a subject (`case:17`, `evaluation:330106:202611:99`).

    `payload` carries ids, grades and states, never texts or persons.
    """

    kind: str
    subject: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    region: str = ""


_INSERT: Final = Prepared.insert(journal, ("at", "kind", "subject", "region", "payload", "digest"))

Emit = Callable[[Connection, Event, datetime], None]
"""Append an event and run what follows from it, inside the caller's transaction."""

EmitMany = Callable[[Connection, Sequence[Event], datetime], None]
"""The same for several events of one moment, in few statements."""

Step = Callable[[Connection, Sequence[Event], datetime], None]
"""What follows from events of one kind, inside the transaction that appends them."""


class Journal:
    """Appends events and runs the steps that follow them.

    `steps` maps an event kind to steps in order; a step may emit further events.
    """

    def __init__(self, steps: Mapping[str, Sequence[Step]] | None = None) -> None:
        self._steps = dict(steps or {})

    def follow(self, steps: Mapping[str, Sequence[Step]]) -> None:
        """Set the steps, once: rooms need `emit` before their own steps can be bound."""
        self._steps = dict(steps)

    def emit(self, conn: Connection, event: Event, at: datetime) -> None:
        """Append one event and run its steps."""
        append(conn, [event], at)
        for step in self._steps.get(event.kind, ()):
            step(conn, (event,), at)

    def emit_many(self, conn: Connection, events: Sequence[Event], at: datetime) -> None:
        """Append several events and run their steps, kind by kind."""
        append(conn, events, at)
        by_kind: dict[str, list[Event]] = {}
        for event in events:
            by_kind.setdefault(event.kind, []).append(event)
        for kind, group in by_kind.items():
            for step in self._steps.get(kind, ()):
                step(conn, group, at)


def append(conn: Connection, events: Sequence[Event], at: datetime) -> None:
    """Write events to the journal without running any steps."""
    if events:
        _INSERT.run(conn, [_row(event, at) for event in events])


def row_digest(kind: str, subject: str, at: int, payload: str) -> bytes:
    """Return the SHA-256 of a journal row; `at` in microseconds, `payload` as stored."""
    parts = (kind, subject, str(at), payload)
    return hashlib.sha256("\n".join(f"{len(part)}:{part}" for part in parts).encode()).digest()


def _row(event: Event, at: datetime) -> dict[str, Any]:
    payload = canonical_json(dict(event.payload))
    return {
        "at": at,
        "kind": event.kind,
        "subject": event.subject,
        "region": event.region,
        "payload": payload,
        "digest": row_digest(event.kind, event.subject, micros(at), payload),
    }
