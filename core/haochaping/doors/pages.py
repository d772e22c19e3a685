"""What a plugin's page raises when there is nothing at its address, or nothing for this visitor."""

from __future__ import annotations

from haochaping.web.errors import NotFound

__all__ = ("NotFound",)
