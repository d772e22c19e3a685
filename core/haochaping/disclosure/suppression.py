"""Small cells: what is too small to be shown, with the cell that would give it away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class Cell:
    """One count as it may be shown: `count` is None where it is withheld."""

    count: int | None
    below: int = 0

    @property
    def text(self) -> str:
        """The count, `<5` for a small one, `…` for one withheld to protect another."""
        if self.count is not None:
            return f"{self.count:,}"
        return f"<{self.below}" if self.below else "…"


def suppress(counts: Mapping[Name, int], below: int) -> dict[Name, Cell]:
    """Return the cells of a distribution whose total is shown.

    Counts from 1 to `below` - 1 are withheld; when that leaves exactly one withheld cell,
    the next smallest is withheld too, or the first could be computed from the total.
    """
    cells = {
        name: Cell(None, below) if 0 < count < below else Cell(count)
        for name, count in counts.items()
    }
    withheld = [name for name, cell in cells.items() if cell.count is None]
    others = sorted((count, str(name), name) for name, count in counts.items() if count >= below)
    if len(withheld) == 1 and others and below > 1:
        cells[others[0][2]] = Cell(None)
    return cells
