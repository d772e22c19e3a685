"""What the profile says of bulletins: which, when, to whom, in what form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

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
        """Return the periods that ended last month and ought to be out by a local day."""
        if not self.latest or today.day <= self.latest:
            return ()
        ended = periods.last_over(today)[0].last
        return tuple(one for one in self.due(today) if one.last == ended)


def _words(data: Mapping[str, Any] | str) -> Words:
    if isinstance(data, str):
        return Words(data)
    return Words(data["zh"], data.get("en", ""))
