"""Group commit: leaders, followers, and everybody's own answer."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from haochaping.evaluation.group import LARGEST, CommitGroup, Outcome


class Disk:
    """A flush that can be stopped at the gate, and keeps what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = threading.Event()
        self.busy = threading.Event()
        self.open.set()
        self.refused: set[int] = set()
        self.fails_above = 1_000_000

    def write(self, items: Sequence[int]) -> Sequence[bool]:
        self.busy.set()
        assert self.open.wait(10)
        if len(items) > self.fails_above:
            raise OSError("disk")
        self.batches.append(list(items))
        return [item not in self.refused for item in items]


def put_all(group: CommitGroup[int], disk: Disk, numbers: Sequence[int]) -> dict[int, Outcome]:
    """Put the first number, keep the disk busy until all others wait, then let go."""
    outcomes: dict[int, Outcome] = {}

    def put(number: int) -> None:
        outcomes[number] = group.put(number)

    disk.open.clear()
    threads = [threading.Thread(target=put, args=(number,)) for number in numbers]
    threads[0].start()
    assert disk.busy.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(group._waiting) < len(numbers) - 1:
        threading.Event().wait(0.001)
    disk.open.set()
    for thread in threads:
        thread.join()
    return outcomes


def test_one_alone_is_written_at_once() -> None:
    disk = Disk()
    assert CommitGroup(disk.write).put(1) is Outcome.STORED
    assert disk.batches == [[1]]


def test_those_who_wait_share_one_commit() -> None:
    disk = Disk()
    outcomes = put_all(CommitGroup(disk.write), disk, range(10))
    assert set(outcomes.values()) == {Outcome.STORED}
    assert [len(batch) for batch in disk.batches] == [1, 9]
    assert sorted(number for batch in disk.batches for number in batch) == list(range(10))


def test_everybody_gets_their_own_answer() -> None:
    disk = Disk()
    disk.refused = {3, 7}
    outcomes = put_all(CommitGroup(disk.write), disk, range(10))
    duplicates = {number for number, found in outcomes.items() if found is Outcome.DUPLICATE}
    assert duplicates == {3, 7}


def test_a_failed_group_sends_its_members_off_alone() -> None:
    disk = Disk()
    disk.fails_above = 1
    outcomes = put_all(CommitGroup(disk.write), disk, range(6))
    assert outcomes.pop(0) is Outcome.STORED
    assert set(outcomes.values()) == {Outcome.ALONE}


def test_after_a_failure_the_door_is_open_again() -> None:
    disk = Disk()
    disk.fails_above = 0
    group = CommitGroup(disk.write)
    assert group.put(1) is Outcome.ALONE
    disk.fails_above = 9
    assert group.put(2) is Outcome.STORED


def test_a_leader_that_is_killed_leaves_the_lead_behind() -> None:
    def killed(items: Sequence[int]) -> Sequence[bool]:
        raise SystemExit

    group = CommitGroup(killed)
    for _ in range(2):
        with pytest.raises(SystemExit):
            group.put(1)


def test_groups_have_a_largest_size() -> None:
    disk = Disk()
    outcomes = put_all(CommitGroup(disk.write), disk, range(LARGEST + 5))
    assert len(outcomes) == LARGEST + 5
    assert max(len(batch) for batch in disk.batches) == LARGEST


def test_several_leaders_write_side_by_side() -> None:
    disk = Disk()
    group = CommitGroup(disk.write, leaders=2)
    inside = threading.Barrier(2)

    def both(items: Sequence[int]) -> Sequence[bool]:
        inside.wait(10)
        return disk.write(items)

    group._flush = both
    threads = [threading.Thread(target=group.put, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(disk.batches) == [[0], [1]]
