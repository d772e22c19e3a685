"""Marking events of what a lower platform handles: no case, message or plan follows here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from haochaping.journal import Emit, EmitMany, Event
from haochaping.rectification.records import BELOW


def marked(emit: Emit) -> Emit:
    """Return an emit whose events say that a lower platform handles what follows."""

    def emit_marked(conn: Connection, event: Event, at: datetime) -> None:
        emit(conn, _mark(event), at)

    return emit_marked


def marked_many(emit_many: EmitMany) -> EmitMany:
    """Return the same for several events."""

    def emit_marked(conn: Connection, events: Sequence[Event], at: datetime) -> None:
        emit_many(conn, [_mark(event) for event in events], at)

    return emit_marked


def _mark(event: Event) -> Event:
    return replace(event, payload={**event.payload, "handled": BELOW})
