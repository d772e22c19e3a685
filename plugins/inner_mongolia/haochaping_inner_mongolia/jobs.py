"""Periodic work of the registry."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from haochaping_inner_mongolia.plugin import InnerMongolia


def expire(plugin: InnerMongolia, slot: datetime) -> None:
    """End the entries whose term is over; the slot's moment does not matter."""
    plugin.registry.expire()
