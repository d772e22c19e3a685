"""An end of the pipe: waits by watching while answers are quick, asleep when they are not."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest

from haochaping.clock import stopwatch
from haochaping.isolation import line
from haochaping.isolation.line import WATCH, Exceeded, Gone, Line


@pytest.fixture
def ends() -> Iterator[tuple[Line, Line]]:
    """Two lines that speak with each other."""
    first, second = os.pipe(), os.pipe()
    yield Line(first[0], second[1]), Line(second[0], first[1])
    for each in (*first, *second):
        os.close(each)


def spent(look: Line, seconds: float) -> float:
    """Processor seconds of this thread while nothing comes for some time."""
    began = time.thread_time()
    with pytest.raises(Exceeded):
        look.take(stopwatch() + seconds)
    return time.thread_time() - began


def test_frames_come_as_they_were_given(ends) -> None:
    ours, theirs = ends
    for number in range(3):
        theirs.give([number, "好" * 3])
    assert ours.spoken
    assert [ours.take() for _ in range(3)] == [[number, "好好好"] for number in range(3)]
    assert not ours.spoken


def test_a_long_frame_goes_through_while_it_is_read(ends) -> None:
    ours, theirs = ends
    long = ["x" * 1_000_000]
    giving = threading.Thread(target=theirs.give, args=(long,))
    giving.start()
    assert ours.take(stopwatch() + 10) == long
    giving.join()


def test_what_is_not_taken_in_time_is_exceeded(ends) -> None:
    with pytest.raises(Exceeded):
        ends[0].give(["x" * 1_000_000], stopwatch() + 0.01)


def test_the_end_of_the_other_side_is_noticed() -> None:
    (reads, theirs), (closed, writes) = os.pipe(), os.pipe()
    ours = Line(reads, writes)
    os.close(theirs)
    os.close(closed)
    with pytest.raises(Gone):
        ours.take()
    with pytest.raises(Gone):
        ours.give([1])
    for each in (reads, writes):
        os.close(each)


def test_only_a_quick_side_is_watched_and_never_for_long(ends, monkeypatch) -> None:
    monkeypatch.setattr(line, "_SHORT", 60.0)  # whatever this machine takes is quick
    ours, theirs = ends
    ours._alone = False
    theirs.give([1])
    ours.take()
    assert ours._watches
    assert spent(ours, 0.1) < 50 * WATCH, "asleep once the watch is over"


def test_a_slow_answer_ends_the_watching(ends) -> None:
    ours, theirs = ends
    ours._watches = True
    later = threading.Timer(0.02, theirs.give, args=([1],))
    later.start()
    assert ours.take() == [1]
    assert not ours._watches


def test_one_processor_is_left_to_the_other_side(monkeypatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0})
    reads, writes = os.pipe()
    alone = Line(reads, writes)
    alone.give([1])
    alone.take()
    assert not alone._watches
    for each in (reads, writes):
        os.close(each)
