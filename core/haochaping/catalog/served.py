"""The event that says a service was received, or that its units or time changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from haochaping.journal import Event
from haochaping.store.types import micros

DIMS: Final = ("organization_id", "hall_id", "window_id", "staff_id", "item_id")
"""The units by which services are counted."""

Row = Mapping[str, Any]


def served_event(before: Row | None, after: Row) -> Event:
    """Return `occurrence.served` for an occurrence row as it was (None: new) and is now.

    The payload holds ids only: the key (`region`, `served_month`, `id`), `first`, the units
    `before` (or None) and `after`, `window_id`, `service_channel`, `served_at` and
    `served_at_before` in microseconds (None while the service is under way), `created_at`.
    """
    payload = {
        "region": after["region"],
        "served_month": after["served_month"],
        "id": after["id"],
        "first": before is None,
        "before": None if before is None else _dims(before),
        "after": _dims(after),
        "window_id": after["window_id"],
        "served_at": _micros(after["served_at"]),
        "served_at_before": None if before is None else _micros(before["served_at"]),
        "service_channel": after["service_channel"],
        "created_at": micros(after["created_at"]),
    }
    return Event("occurrence.served", subject_of(after), payload, after["region"])


def subject_of(row: Row) -> str:
    """Return the journal's subject string of an occurrence row."""
    return f"occurrence:{row['region']}:{row['served_month']}:{row['id']}"


def _dims(row: Row) -> dict[str, int | None]:
    return {name: row[name] for name in DIMS}


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)
