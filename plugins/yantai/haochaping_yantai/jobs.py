"""Periodic work: forget who came, finish what a stop cut off."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from haochaping_yantai.plugin import Yantai


def forget(plugin: Yantai, slot: datetime) -> None:
    """Erase names and numbers of guests whose time is over; the slot does not matter."""
    plugin.guests.erase(plugin.contact_days)


def complete(plugin: Yantai, slot: datetime) -> None:
    """Hand on the opinions that a stop left behind; the slot does not matter."""
    plugin.opinions.complete()
