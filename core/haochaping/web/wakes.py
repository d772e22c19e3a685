"""What the device line forwards: wake-ups of windows, the word that one is done, lost keys.

Read from the journal by a cursor of its own that starts at the end: what happened before
the line was started wakes nobody, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import Connection, select

from haochaping.clock import Clock
from haochaping.ids import random_between
from haochaping.journal.reading import Entry, following
from haochaping.journal.tables import journal
from haochaping.store import Store
from haochaping.store.watermark import START, Cursor, in_order

WAKE: Final = "wake"
DONE: Final = "done"
GONE: Final = "gone"
SERVED: Final = "occurrence.served"
RECORDED: Final = "evaluation.recorded"
BATCH: Final = 500
DONE_DELAY_SECONDS: Final = (8.0, 40.0)
"""The staff side learns "done" this much later, so that the time taken tells nothing."""
_KEY_ENDS: Final = frozenset({"device.revoked", "device.renewed"})
_DEVICE_CHANNELS: Final = frozenset({"window_device"})


@dataclass(frozen=True, slots=True)
class Signal:
    """Something a window's listeners are told: `wake` or `done`, nothing else about it.

    `gone` is told to one device, whose id stands in `window_id`: its key has ended.
    `after` is how many seconds to wait before it is told.
    """

    kind: str
    window_id: int
    after: float = 0.0


class SignalSource(Protocol):
    """Where signals come from."""

    def take(self) -> list[Signal]:
        """Return what has come up since the last call."""
        ...


class JournalSignals:
    """Signals out of the journal of one deployment."""

    def __init__(self, store: Store, clock: Clock, wake_within_minutes: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._within = wake_within_minutes
        self._cursor: Cursor | None = None

    def take(self) -> list[Signal]:
        """Return the signals of new journal entries. Raises StoreUnavailable."""
        with self._store.read() as conn:
            if self._cursor is None:
                self._cursor = end_of_journal(conn)
                return []
            entries = following(conn, self._cursor, BATCH)
        if entries:
            self._cursor = Cursor(entries[-1].xid, entries[-1].seq)
        now, within = self._clock.now(), timedelta(minutes=self._within() if entries else 0)
        return [one for entry in entries if (one := signal_of(entry, now, within))]


def end_of_journal(conn: Connection) -> Cursor:
    """Return the cursor behind the newest entry that a reader would be given now."""
    order = [column.desc() for column in in_order(conn, journal)]
    row = conn.execute(select(journal.c.xid, journal.c.seq).order_by(*order).limit(1)).first()
    return START if row is None else Cursor(row.xid, row.seq)


def signal_of(entry: Entry, now: datetime, within: timedelta) -> Signal | None:
    """Return what an entry means for a window, None when nothing.

    A window wakes for a service that became served just now: new, or without a time before.
    """
    if entry.kind in _KEY_ENDS:
        return Signal(GONE, int(entry.subject.removeprefix("device:")))
    window_id = entry.payload.get("window_id")
    if window_id is None:
        return None
    if entry.kind == SERVED and _served_now(entry.payload, now, within):
        return Signal(WAKE, int(window_id))
    if entry.kind == RECORDED and entry.payload.get("channel") in _DEVICE_CHANNELS:
        return Signal(DONE, int(window_id), random_between(*DONE_DELAY_SECONDS))
    return None


def _served_now(payload: Mapping[str, Any], now: datetime, within: timedelta) -> bool:
    served_at = payload.get("served_at")
    if served_at is None:
        return False
    fresh = payload.get("first") or payload.get("served_at_before") is None
    age = now - datetime.fromtimestamp(served_at / 1_000_000, UTC)
    return bool(fresh) and abs(age) <= within
