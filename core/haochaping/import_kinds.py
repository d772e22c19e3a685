"""What is imported from files besides the catalogue: known to the console and to the command."""

from __future__ import annotations

from haochaping.access.account_rows import ACCOUNTS
from haochaping.catalog import importing
from haochaping.grading.fact_rows import FACTS


def register() -> None:
    """Make the kinds of the other rooms known; again changes nothing."""
    for kind in (ACCOUNTS, FACTS):
        importing.register(kind)
