"""Writing a plugin's own tables in the same words on both databases."""

from __future__ import annotations

from haochaping.store.upsert import insert_or_ignore, upsert

__all__ = ("insert_or_ignore", "upsert")
