"""The roll-up of ratings by day and month: fold the ledger, recount everything, compare."""

from sqlalchemy import Connection

from haochaping.grading import folding, months
from haochaping.grading.context import CountingRules
from haochaping.grading.folding import BATCH, Folded
from haochaping.grading.recount import Difference, compare, rebuild

__all__ = [
    "BATCH",
    "CountingRules",
    "Difference",
    "Folded",
    "compare",
    "fold",
    "rebuild",
    "waiting",
]


def fold(conn: Connection, limit: int = BATCH) -> Folded:
    """Take up to `limit` settled ledger rows into the roll-up and into its months for boards.

    One transaction: a crash leaves all or nothing. Two folds wait for each other.
    """
    whole, narrow = folding.fold(conn, limit), months.fold(conn, limit)
    return Folded(max(whole.entries, narrow.entries), whole.more or narrow.more)


def waiting(conn: Connection) -> bool:
    """Say whether there is anything to fold, without taking a lock."""
    return any(folding.anything_after(conn, name) for name in (folding.NAME, months.NAME))
