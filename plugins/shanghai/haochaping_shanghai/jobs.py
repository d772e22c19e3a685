"""Periodic work: let yesterday's reviews count, finish what a stop cut off, forget senders."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from haochaping_shanghai.plugin import Shanghai


def count(plugin: Shanghai, slot: datetime) -> None:
    """Let what was written until yesterday count; the slot does not matter."""
    plugin.reviews.count()


def complete(plugin: Shanghai, slot: datetime) -> None:
    """Open the cases that a stop left behind; the slot does not matter."""
    plugin.reviews.complete()


def forget(plugin: Shanghai, slot: datetime) -> None:
    """Erase the hashes of senders and votes whose time is over; the slot does not matter."""
    plugin.reviews.forget(plugin.trace_days)
    plugin.votes.forget(plugin.trace_days)
