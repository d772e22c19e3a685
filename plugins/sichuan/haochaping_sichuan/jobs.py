"""Periodic work: settling the months that were closed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from haochaping_sichuan.settling import months_to_settle, settle

if TYPE_CHECKING:
    from haochaping_sichuan.plugin import Sichuan


def settle_months(plugin: Sichuan, slot: datetime) -> None:
    """Settle the months that are over, the oldest first; those settled stay as they are."""
    for month in months_to_settle(slot.date()):
        settle(plugin, month)
