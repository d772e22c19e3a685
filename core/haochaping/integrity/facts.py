"""What the detectors see of a rating: ids, times, keyed hashes; no person, no words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from haochaping.hooks.values import OccurrenceKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One rating of a day.

    `rater` tells persons apart by a keyed hash, empty when nobody is known. `source` is where
    it came from: phone, window_device, kiosk, hall_wifi, helper; empty when unknown.
    `device_staff` are staff members who used the console on that device that day;
    `staff_rater` is the staff member whose identity is the rater's.
    """

    key: OccurrenceKey
    organization_id: int
    hall_id: int | None
    staff_id: int | None
    stage: str
    grade: int
    channel: str
    rater: str = field(repr=False)
    applicant: bool
    served_at: datetime | None
    received_at: datetime
    source: str = ""
    device: str = field(default="", repr=False)
    network: str = field(default="", repr=False)
    device_staff: frozenset[int] = frozenset()
    staff_rater: int | None = None

    @property
    def offset(self) -> float | None:
        """Seconds from the service to its rating, None while the service has no time."""
        if self.served_at is None:
            return None
        return (self.received_at - self.served_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something for people to look at: a signal about somebody, its ratings, its evidence.

    `about` is `staff:<id>`, `device:<hash>`, `network:<hash>` or `rating:<id>`.
    """

    signal: str
    about: str
    facts: tuple[Fact, ...]
    evidence: Mapping[str, Any]
