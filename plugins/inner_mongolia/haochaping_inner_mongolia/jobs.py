"""Periodic work of the registry; the slot's moment does not matter to any of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from haochaping_inner_mongolia.plugin import InnerMongolia


def expire(plugin: InnerMongolia, slot: datetime) -> None:
    """End the entries whose term is over."""
    plugin.registry.expire()


def catch_up(plugin: InnerMongolia, slot: datetime) -> None:
    """Tell who was not told yet, and give back what a stop in between left out."""
    plugin.registry.telling.tell_all()
    plugin.registry.restoring.run()


def find_candidates(plugin: InnerMongolia, slot: datetime) -> None:
    """Look for raters that a person should look at; nothing while the registry is off."""
    if plugin.registry.enabled:
        plugin.candidates.find()
