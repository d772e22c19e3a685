"""What inspections found, as facts that indicators take in (`fed_by: inspection`).

`inspection` is the share of the services inspected that were at least satisfactory,
`inspection_mean` their mean grade as a share of the best one. Both count the findings of a
period's local days, and no rating; a fact of the same name that was given for the period stands
instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from haochaping.channels import inspection_results
from haochaping.hooks.values import Period

KINDS: Final = ("organization", "hall")
"""Kinds of subjects that inspections are counted by."""
SHARE: Final = inspection_results.SOURCE
MEAN: Final = "inspection_mean"
_BEST: Final = 5


def facts(
    conn: Connection, kind: str, ids: Sequence[int], period: Period
) -> dict[int, dict[str, tuple[int, int]]]:
    """Return the facts of subjects by name; those without a finding have none."""
    if kind not in KINDS or not ids:
        return {}
    found = inspection_results.figures(conn, kind, ids, period)
    return {
        subject: {
            SHARE: (sum(each.grades[3:]), each.graded),
            MEAN: (
                sum(grade * count for grade, count in enumerate(each.grades)),
                _BEST * each.graded,
            ),
        }
        for subject, each in found.items()
        if each.graded
    }
