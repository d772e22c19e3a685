"""The one guard around what may fail: plugins, jobs, gateways, the commit group."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from haochaping.clock import stopwatch

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Result(Generic[T]):
    """What became of a contained call: a value or an error, and how long it took."""

    what: str
    value: T | None
    error: Exception | None
    seconds: float

    @property
    def ok(self) -> bool:
        """True when the call returned."""
        return self.error is None

    @property
    def message(self) -> str:
        """The error in one line, empty when there is none."""
        return "" if self.error is None else f"{type(self.error).__name__}: {self.error}"

    @property
    def trace(self) -> str:
        """The traceback of the error, for logs only."""
        return "" if self.error is None else "".join(traceback.format_exception(self.error))

    def unwrap(self) -> T:
        """Return the value. Raises the contained error."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]


def contained(what: str, call: Callable[[], T]) -> Result[T]:
    """Run `call` and return its value or its error; never raises an Exception."""
    started = stopwatch()
    try:
        value = call()
    except Exception as error:
        return Result(what, None, error, stopwatch() - started)
    return Result(what, value, None, stopwatch() - started)
