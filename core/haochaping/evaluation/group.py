"""Group commit: writers that wait at the same moment share one transaction.

The first to come leads: it takes everybody who waits into one transaction, tells each its
outcome, and leaves once its own row is written; the next one waiting then leads. So the
slower the disk, the larger the groups, and nobody waits for a timer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Generic, TypeVar

from haochaping.containment import contained

LARGEST: Final = 128
Item = TypeVar("Item")


class Outcome(Enum):
    """What became of one item of a group."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    ALONE = "alone"
    """The group failed and was rolled back: the item is to be tried by itself."""


Flush = Callable[[Sequence[Item]], Sequence[bool]]
"""Write items in one transaction; tell for each whether it was new. May raise."""


@dataclass(slots=True)
class _Place(Generic[Item]):
    item: Item
    outcome: Outcome | None = None
    gate: threading.Lock = field(default_factory=threading.Lock)


class CommitGroup(Generic[Item]):
    """Leader and followers over one `flush`; `leaders` of them may write at once."""

    def __init__(self, flush: Flush[Item], leaders: int = 1) -> None:
        self._flush = flush
        self._free = leaders
        self._lock = threading.Lock()
        self._waiting: list[_Place[Item]] = []

    def put(self, item: Item) -> Outcome:
        """Write an item together with whoever waits; return what became of this one."""
        place = _Place(item)
        place.gate.acquire()
        if not self._leads_at_once(place):
            place.gate.acquire()  # until a leader has written it, or has left it the lead
        if place.outcome is None:
            self._lead(place)
        return place.outcome or Outcome.ALONE

    def _leads_at_once(self, place: _Place[Item]) -> bool:
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return True
            self._waiting.append(place)
            return False

    def _lead(self, own: _Place[Item]) -> None:
        try:
            self._write([own, *self._others()])
        finally:
            self._hand_over()

    def _others(self) -> list[_Place[Item]]:
        with self._lock:
            taken = self._waiting[: LARGEST - 1]
            del self._waiting[: LARGEST - 1]
            return taken

    def _write(self, batch: list[_Place[Item]]) -> None:
        outcomes = [Outcome.ALONE] * len(batch)
        try:
            written = contained("commit group", lambda: self._flush([p.item for p in batch]))
            if written.value is not None:
                outcomes = [Outcome.STORED if new else Outcome.DUPLICATE for new in written.value]
        finally:
            for place, outcome in zip(batch, outcomes, strict=True):
                place.outcome = outcome
                place.gate.release()

    def _hand_over(self) -> None:
        with self._lock:
            if not self._waiting:
                self._free += 1
                return
            successor = self._waiting.pop(0)
        successor.gate.release()
