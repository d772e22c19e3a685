"""The roll-up of ratings by day and month: fold the ledger, recount everything, compare."""

from haochaping.grading.context import CountingRules
from haochaping.grading.folding import BATCH, Folded, fold, waiting
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
