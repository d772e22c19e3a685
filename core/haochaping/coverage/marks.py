"""The state of one service as the ledger knows it, and how events move it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from haochaping.hooks.values import ACTIVE_PROVENANCES
from haochaping.store.types import from_micros

Key = tuple[str, int, int]
"""County, month served, occurrence id."""

Cell = tuple[date, str, int, int, int, str]
"""Day, county, organization, hall, window, service channel: where a service is counted."""

Counts = tuple[int, int, int, int]
"""Served, offered, rated, assumed."""

SERVED: Final = "occurrence.served"
OFFERED: Final = "occurrence.offered"
RECORDED: Final = "evaluation.recorded"
KINDS: Final = frozenset({SERVED, OFFERED, RECORDED})
NOTHING: Final[Counts] = (0, 0, 0, 0)
_ACTIVE: Final = frozenset(str(one) for one in ACTIVE_PROVENANCES)


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known of one service; every change only sets, so telling twice changes nothing."""

    day: date | None = None
    organization_id: int = 0
    hall_id: int = 0
    window_id: int = 0
    channel: str = ""
    offered: bool = False
    rated: bool = False
    assumed: bool = False

    def cell(self, region: str) -> Cell | None:
        """Return where the service is counted, None while it is under way."""
        if self.day is None:
            return None
        return (
            self.day, region, self.organization_id, self.hall_id, self.window_id, self.channel,
        )  # fmt: skip

    @property
    def counts(self) -> Counts:
        """Return what the service adds to its cell."""
        if self.day is None:
            return NOTHING
        assumed = self.assumed and not self.rated
        return 1, int(self.offered or self.rated), int(self.rated), int(assumed)


def key_of(kind: str, region: str, payload: Mapping[str, Any]) -> Key:
    """Return the service that an event is about."""
    number = payload["occurrence_id"] if kind == RECORDED else payload["id"]
    return region, int(payload["served_month"]), int(number)


def moved(mark: Mark, kind: str, payload: Mapping[str, Any], zone: ZoneInfo) -> Mark:
    """Return a mark after one event; the same event again changes nothing."""
    if kind == SERVED:
        return _served(mark, payload, zone)
    if kind == OFFERED:
        return replace(mark, offered=True)
    if int(payload["round"]) != 1:
        return mark
    return rated(mark, str(payload["provenance"]))


def rated(mark: Mark, provenance: str) -> Mark:
    """Return a mark of a service that got a rating: default and back-filled ones are apart."""
    if provenance in _ACTIVE:
        return replace(mark, rated=True)
    return replace(mark, assumed=True)


def _served(mark: Mark, payload: Mapping[str, Any], zone: ZoneInfo) -> Mark:
    units, served_at = payload["after"], payload["served_at"]
    return replace(
        mark,
        day=None if served_at is None else from_micros(served_at).astimezone(zone).date(),
        organization_id=units["organization_id"],
        hall_id=units["hall_id"] or 0,
        window_id=units["window_id"] or 0,
        channel=str(payload.get("service_channel", mark.channel)),
    )
