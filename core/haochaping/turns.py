"""Turns: short requests of one process that work one after another instead of all at once.

Only one thread runs Python at a time anyway. When many have work, each pause for the database
or a file gives the interpreter to another one and has to win it back, which costs several
times the pause. So short requests take turns: who has the turn works, who waits for the disk
steps aside. A turn is manners and no lock: who waited for it in vain goes on without.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

PATIENCE_SECONDS: Final = 0.05
"""How long to wait for the turn: many times what a short request takes."""


class Turns:
    """The turn of one process. Whoever does not take part is not held up by it."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._free = threading.Lock()
        self._mine = threading.local()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have the turn within the block, or go on without it after waiting in vain."""
        self._take()
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave the turn to others within a block that waits; nothing for who has it not."""
        taking_part = self._leave()
        try:
            yield
        finally:
            if taking_part:
                self._take()

    def _take(self) -> None:
        self._mine.held = self._free.acquire(timeout=self._patience)

    def _leave(self) -> bool:
        """Give the turn back; say whether this thread takes part at all."""
        held: bool | None = getattr(self._mine, "held", None)
        if held:
            self._free.release()
        self._mine.held = None
        return held is not None
