"""Units that a moment ago served somebody: not looked up again for every rating.

To find a rating's service takes a join of ten tables, seven of which only tell the names
and paths of region, organization, hall, window, staff and item. Where the same window is
rated again within `FRESH_SECONDS`, three of them will do. What has changed in the catalogue
is therefore seen by intake at most so much later; pages and forms always look themselves.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection

from haochaping.clock import stopwatch
from haochaping.evaluation import targets
from haochaping.evaluation.submission import CaseRef
from haochaping.evaluation.targets import Target, Units
from haochaping.hooks.values import OccurrenceKey

FRESH_SECONDS: Final = 2.0
MOST: Final = 10_000
"""Combinations remembered at once."""
_LONGEST_REST: Final = 63

_Combination = tuple[str, int, int | None, int | None, int | None, int | None]


class KnownUnits:
    """The combinations of units that this process has seen within the last moments.

    Where hardly any comes again, it looks for them less and less often: a miss costs a
    statement of its own.
    """

    def __init__(self) -> None:
        self._known: dict[_Combination, tuple[Units, float]] = {}
        self._rest = 0
        self._next_rest = 0

    def find(self, conn: Connection, wanted: OccurrenceKey | CaseRef) -> Target | None:
        """Return the target of a key or case reference, None when there is no such service."""
        if self._rest > 0:
            self._rest -= 1
            return self._whole(conn, wanted)
        row = targets.service(conn, wanted)
        if row is None:
            return None
        units, until = self._known.get(_combination(row), (None, 0.0))
        if units is None or stopwatch() > until:
            self._rest = self._next_rest = min(2 * self._next_rest + 1, _LONGEST_REST)
            return self._whole(conn, wanted)
        self._next_rest = 0
        return targets.target(row, units)

    def _whole(self, conn: Connection, wanted: OccurrenceKey | CaseRef) -> Target | None:
        row = targets.whole(conn, wanted)
        if row is None:
            return None
        units = targets.units_of(row)
        if len(self._known) >= MOST:
            self._known = {}
        self._known[_combination(row)] = (units, stopwatch() + FRESH_SECONDS)
        return targets.target(row, units)


def _combination(row: Any) -> _Combination:
    return (
        row.region,
        row.organization_id,
        row.hall_id,
        row.window_id,
        row.staff_id,
        row.item_id,
    )
