"""The counter: who waits is served together, and everybody gets their own answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

import pytest

from haochaping.web.api import counter
from haochaping.web.api.counter import Counter, Visit

WAITS = 20.0
"""Seconds that no test waits."""
WHO: ContextVar[int] = ContextVar("who", default=-1)


class Intake:
    """Keeps numbers: what was stored together, and what alone."""

    def __init__(self) -> None:
        self.together: list[list[int]] = []
        self.alone: list[int] = []
        self.apart: set[int] = set()

    def keep_together(self, several: Sequence[int]) -> Sequence[bool | None]:
        self.together.append(list(several))
        return [None if one in self.apart else True for one in several]

    def keep(self, admitted: int) -> str:
        self.alone.append(admitted)
        return f"alone {admitted}"

    def confirm(self, admitted: int, is_new: bool) -> str:
        assert is_new
        return f"receipt {admitted}"


class Town:
    """Visitors who come while the first one holds everybody up."""

    def __init__(self, *, together: bool = True) -> None:
        self.intake = Intake()
        made: Any = Counter
        self.counter = made(self.intake, together=together)
        self.first_is_in, self.go_on = threading.Event(), threading.Event()
        self.seen: dict[int, tuple[int, int]] = {}

    def visit(self, number: int, admit: Callable[[], Any] | None = None) -> bytes:
        WHO.set(number)

        def admits() -> Any:
            if number == 0:
                self.first_is_in.set()
                assert self.go_on.wait(WAITS)
            return number if admit is None else admit()

        def answer(receipt: Any) -> bytes:
            self.seen[number] = (WHO.get(), threading.get_ident())
            return str(receipt).encode()

        return bytes(self.counter.serve(Visit(admits, answer)))

    def visits(self, others: dict[int, Callable[[], Any] | None]) -> dict[int, Any]:
        """Let the others come while the first is being admitted; return answers and errors."""
        with ThreadPoolExecutor(len(others) + 1) as pool:
            came = {0: pool.submit(self.visit, 0)}
            assert self.first_is_in.wait(WAITS)
            for number, admit in others.items():
                came[number] = pool.submit(self.visit, number, admit)
                while len(self.counter._group._waiting) < len(came) - 1:
                    threading.Event().wait(0.001)
            self.go_on.set()
            return {
                number: one.exception(WAITS) or one.result(WAITS) for number, one in came.items()
            }


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counter, "SECONDS", WAITS)


def test_who_waits_is_stored_together_and_answered_by_one_thread_in_their_own_context() -> None:
    town = Town()
    answers = town.visits(dict.fromkeys(range(1, 6)))
    assert answers == {number: f"receipt {number}".encode() for number in range(6)}
    assert [len(batch) for batch in town.intake.together] == [1, 5]
    assert {number: who for number, (who, _) in town.seen.items()} == {n: n for n in range(6)}
    assert len({town.seen[number][1] for number in range(1, 6)}) == 1


def test_the_error_of_one_is_theirs_alone() -> None:
    def refused() -> Any:
        raise KeyError("no such service")

    answers = Town().visits({1: None, 2: refused, 3: None})
    assert isinstance(answers[2], KeyError)
    assert [answers[number] for number in (0, 1, 3)] == [b"receipt 0", b"receipt 1", b"receipt 3"]


def test_what_cannot_share_a_transaction_is_kept_alone() -> None:
    town = Town()
    town.intake.apart = {2}
    assert town.visits({1: None, 2: None})[2] == b"alone 2"
    assert town.intake.alone == [2]


def test_one_who_thinks_long_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counter, "SECONDS", 0.02)

    def thinks() -> int:
        threading.Event().wait(0.1)
        return 1

    answers = (town := Town()).visits({1: thinks, 2: None, 3: None})
    assert [answers[number] for number in (1, 2, 3)] == [b"receipt 1", b"alone 2", b"alone 3"]
    assert len({thread for _, thread in town.seen.values()}) == 4  # each by a thread of its own


def test_where_many_may_write_everybody_goes_by_themselves() -> None:
    town = Town(together=False)
    assert town.visit(1) == b"alone 1"
    assert town.intake.together == []


def test_a_fault_of_the_counter_itself_is_told_to_nobody() -> None:
    town = Town()

    def broken(several: Sequence[int]) -> Sequence[bool | None]:
        raise OSError("disk")

    town.intake.keep_together = broken  # type: ignore[method-assign]
    assert town.visit(7) == b"alone 7"
