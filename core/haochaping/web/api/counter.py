"""The counter: ratings that come in at the same moment are served by one thread, all in a row.

Only one thread runs Python at a time anyway. When sixteen have work, each pause for the
database or a line of the log gives the interpreter to another one and has to win it back, which
costs more than the rating itself. So the first to come serves everybody who waits: it admits
them one after another, stores them in one transaction and writes their answers; the others
sleep and are woken once. Who is not served within a short time (a plugin that thinks, a row
that needs a transaction of its own) goes on by itself, beside all others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from haochaping.clock import stopwatch
from haochaping.containment import contained
from haochaping.evaluation.group import CommitGroup
from haochaping.evaluation.intake import Admitted, Intake
from haochaping.evaluation.receipts import Receipt

SECONDS: Final = 0.02
"""How long one thread admits for others: many times what a rating takes."""


@dataclass(slots=True)
class Visit:
    """A rating that is handed in: how to admit it, how to answer it, and what came of it."""

    admit: Callable[[], Admitted | Receipt]
    answer: Callable[[Receipt], bytes]
    context: Context = field(default_factory=copy_context)
    """Where its lines of the log belong to."""
    admitted: Admitted | None = None
    answered: bytes | None = None
    error: Exception | None = None

    def do(self, step: Callable[[], None]) -> None:
        """Take a step in the visit's own context and keep the error, if it ends in one."""
        self.error = contained("a rating", lambda: self.context.run(step)).error


class Counter:
    """Serves visits; on SQLite, which has one writer, those that wait together."""

    def __init__(self, intake: Intake, *, together: bool) -> None:
        """Open the counter; `together` lets one thread serve those that wait."""
        self._intake = intake
        self._group = CommitGroup(self._serve) if together else None

    def serve(self, visit: Visit) -> bytes:
        """Return the answer to a rating. Raises what admitting and storing it raise."""
        if self._group is not None:
            self._group.put(visit)
        if visit.answered is None and visit.error is None:
            visit.do(partial(self._alone, visit))
        if visit.answered is None:
            raise visit.error or RuntimeError("a rating without an answer")
        return visit.answered

    def _serve(self, visits: Sequence[Visit]) -> Sequence[bool]:
        started = stopwatch()
        for visit in visits:
            if stopwatch() - started > SECONDS:
                break
            visit.do(partial(self._admit, visit))
        waiting = [(visit, visit.admitted) for visit in visits if visit.admitted is not None]
        stored = self._intake.keep_together([admitted for _, admitted in waiting])
        for (visit, admitted), is_new in zip(waiting, stored, strict=True):
            if is_new is not None:
                self._confirm(visit, admitted, is_new)
        return [True] * len(visits)

    def _admit(self, visit: Visit) -> None:
        found = visit.admit()
        if isinstance(found, Receipt):
            visit.answered = visit.answer(found)
        else:
            visit.admitted = found

    def _confirm(self, visit: Visit, admitted: Admitted, is_new: bool) -> None:
        def step() -> None:
            visit.answered = visit.answer(self._intake.confirm(admitted, is_new))

        visit.do(step)

    def _alone(self, visit: Visit) -> None:
        if visit.admitted is None:
            self._admit(visit)
        if visit.answered is None and visit.admitted is not None:
            visit.answered = visit.answer(self._intake.keep(visit.admitted))
