"""The public page of the shaming board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haochaping.hooks.deployment import PageRequest, PageResponse

if TYPE_CHECKING:
    from haochaping_zhejiang.plugin import Zhejiang


def shaming(plugin: Zhejiang, request: PageRequest) -> PageResponse:
    """Show the newest publication, or that of the day asked for."""
    board = plugin.shaming.board(request.query.get("on", ""))
    return PageResponse("zhejiang/shaming.html", {"board": board})
