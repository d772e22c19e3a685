"""What the profile says of bulletins: which, when, to whom, in what form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from haochaping.grading import periods
from haochaping.hooks.values import Period, Words
from haochaping.profile import Profile


class Edition(StrEnum):
    """For whom a bulletin is: those who serve, or everybody."""

    INTERNAL = "internal"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is sent an approved bulletin: a role of organizations (none: all), by a gateway."""

    to: str
    gateway: str
    organizations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BulletinRules:
    """The bulletins of a jurisdiction.

    `day`: the day of the month on which drafts of the periods that are over are made;
    `latest`: the day until which they are to be out; 0: none. `staff` says whether the internal
    edition has a table of staff members, by number. `lines`: places of a board in the text.
    """

    issuer: Words
    editions: tuple[Edition, ...]
    kinds: tuple[str, ...]
    """month | quarter | year"""
    day: int
    latest: int
    outlet: Words
    staff: bool
    lines: int
    template: str
    """File in the folder `templates` of the deployment; empty: the one that comes along."""
    receivers: tuple[Receiver, ...]

    @classmethod
    def of(cls, profile: Profile) -> BulletinRules:
        """Return the rules of a profile."""
        data = profile.data["bulletins"]
        issuer = data.get("issuer")
        return cls(
            issuer=_words(issuer) if issuer else profile.rules.privacy.controller,
            editions=tuple(Edition(one) for one in data["editions"]),
            kinds=tuple(data["periods"]),
            day=data["day"],
            latest=data["latest"],
            outlet=_words(data["outlet"]),
            staff=data["staff"] == "number",
            lines=data["lines"],
            template=data.get("template", ""),
            receivers=tuple(
                Receiver(one["to"], one["gateway"], tuple(one.get("organizations", ())))
                for one in data["receivers"]
            ),
        )

    def due(self, today: date) -> tuple[Period, ...]:
        """Return the newest periods whose drafts ought to be there on a local day."""
        if today.day < self.day:
            return ()
        return tuple(one for one in periods.last_over(today) if periods.kind(one) in self.kinds)

    def late(self, today: date) -> tuple[Period, ...]:
        """Return the newest period of each kind that ought to be out by a local day.

        It stays so until the next one of its kind ought to be: the turn of a month forgives none.
        """
        if not self.latest:
            return ()
        return tuple(self._newest_due(kind, today) for kind in self.kinds)

    def last_day(self, period: Period) -> date:
        """Return the last local day on which a period's bulletin is in time."""
        return (period.last + timedelta(days=1)).replace(day=self.latest)

    def _newest_due(self, kind: str, today: date) -> Period:
        period = _OF[kind](today)
        while self.last_day(period) >= today:
            period = _OF[kind](period.first - timedelta(days=1))
        return period


_OF: Final[Mapping[str, Callable[[date], Period]]] = {
    "month": periods.of_month,
    "quarter": periods.of_quarter,
    "year": periods.of_year,
}


def _words(data: Mapping[str, Any] | str) -> Words:
    if isinstance(data, str):
        return Words(data)
    return Words(data["zh"], data.get("en", ""))
