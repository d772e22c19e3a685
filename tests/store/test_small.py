"""Small tables are read whole and remembered; what changes is read again."""

from __future__ import annotations

from haochaping.store.small import SMALL, SmallTable


class Table:
    """A table that counts how often it is read."""

    def __init__(self, count: int) -> None:
        self.rows = [{"key": number, "value": str(number)} for number in range(count)]
        self.reads = 0

    def read(self, most: int):
        self.reads += 1
        return self.rows[:most]


def test_a_small_table_is_read_once() -> None:
    table = Table(3)
    small = SmallTable(table.read, ["key"])
    assert [small.rows()[(2,)]["value"] for _ in range(5)] == ["2"] * 5
    assert table.reads == 1


def test_what_was_written_here_is_seen_at_once() -> None:
    table = Table(1)
    small = SmallTable(table.read, ["key"])
    assert (1,) not in small.rows()
    table.rows.append({"key": 1, "value": "1"})
    small.forget()
    assert small.rows()[(1,)]["value"] == "1"


def test_a_change_during_the_reading_is_not_missed() -> None:
    table = Table(1)

    def read(most: int):
        found = table.read(most)
        if table.reads == 1:
            small.forget()
        return found

    small = SmallTable(read, ["key"])
    small.rows()
    small.rows()
    assert table.reads == 2


def test_a_large_table_is_looked_up_row_by_row() -> None:
    table = Table(SMALL + 1)
    small = SmallTable(table.read, ["key"])
    assert [small.rows(), small.rows()] == [None, None]
    assert table.reads == 1
