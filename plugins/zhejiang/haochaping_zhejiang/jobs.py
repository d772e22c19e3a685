"""Periodic work: the shaming board is published."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from haochaping_zhejiang.plugin import Zhejiang


def publish(plugin: Zhejiang, slot: datetime) -> None:
    """Publish the shaming board where the profile wants one; today decides, not the slot."""
    if plugin.config.get("overdue_board", True):
        plugin.shaming.publish()
