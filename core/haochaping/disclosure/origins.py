"""Where ratings came from: how many by which provenance, defaults and back-fills apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.disclosure.suppression import Cell as Count
from haochaping.disclosure.suppression import suppress
from haochaping.grading import figures
from haochaping.hooks.values import ACTIVE_PROVENANCES, Period, Provenance, Words
from haochaping.indicators.labels import PROVENANCES, is_active


@dataclass(frozen=True, slots=True)
class Origin:
    """How many ratings came one way, as it may be shown.

    `active`: somebody gave them of their own accord; `counted`: they are in the figures,
    which default ratings never are.
    """

    provenance: str
    label: Words
    count: Count
    active: bool
    counted: bool

    def as_json(self, language: str) -> dict[str, Any]:
        """Return the origin for machines."""
        return {
            "provenance": self.provenance,
            "label": self.label.into(language),
            "count": self.count.count,
            "withheld": self.count.count is None,
            "active": self.active,
            "counted": self.counted,
        }


@dataclass(frozen=True, slots=True)
class Passive:
    """What of a subject's ratings nobody gave at the time, as it may be shown."""

    backfilled: Count
    defaulted: Count

    @property
    def any(self) -> bool:
        """Say whether there is anything to tell apart."""
        return self != NONE

    def as_json(self) -> dict[str, Any]:
        """Return the numbers for machines; None where they are withheld."""
        return {"backfilled": self.backfilled.count, "defaulted": self.defaulted.count}


NONE: Final = Passive(Count(0), Count(0))
_DEFAULT: Final = str(Provenance.SYSTEM_DEFAULT)


def of_region(conn: Connection, region: str, period: Period, below: int) -> tuple[Origin, ...]:
    """Return where the ratings of a region's subtree (empty: everything) came from.

    Counts under `below` are withheld, 0 withholds none. Ways that nothing came are left out.
    """
    ids = figures.within_region(region) if region else None
    return of_counts(figures.by_provenance(conn, "region", ids, period), below)


def of_counts(counts: Mapping[str, int], below: int) -> tuple[Origin, ...]:
    """Return origins out of counts by provenance."""
    active = {str(one): counts.get(one, 0) for one in ACTIVE_PROVENANCES}
    cells = suppress(active, below)
    cells |= {name: small(number, below) for name, number in counts.items() if name not in active}
    return tuple(
        Origin(str(name), label, cells[name], is_active(name), name != Provenance.SYSTEM_DEFAULT)
        for name, label in PROVENANCES.items()
        if counts.get(name)
    )


def any_default(origins: tuple[Origin, ...]) -> bool:
    """Say whether there are default ratings among them."""
    return any(one.provenance == _DEFAULT for one in origins)


def small(number: int, below: int) -> Count:
    """Return a count, withheld when it is small."""
    return Count(None, below) if 0 < number < below else Count(number)
