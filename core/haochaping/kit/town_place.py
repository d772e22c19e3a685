"""The place that a town stands for: a county with units, halls, windows, items and staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from haochaping.catalog import tables as catalog

REGION: Final = "110101"
UNIT: Final = 1
OTHER: Final = 2
HALL: Final = 5
ITEM: Final = 7


@dataclass(frozen=True, slots=True)
class Place:
    """What there is in a town: a county, units by id, and what else is wanted.

    The first unit serves; halls, windows, items and staff belong to it.
    """

    region: str = REGION
    name: str = "示例区"
    units: Mapping[int, str] = field(default_factory=lambda: {UNIT: "区审批局", OTHER: "区税务局"})
    codes: str = "U{}"
    """How a unit's code is made of its id."""
    halls: Mapping[int, str] = field(default_factory=dict)
    windows: Mapping[int, str] = field(default_factory=dict)
    """Windows of the first hall; the first unit serves there."""
    items: Mapping[int, str] = field(default_factory=dict)
    staff: Mapping[int, str] = field(default_factory=dict)
    """Staff numbers by id."""
    employers: Mapping[int, int] = field(default_factory=dict)
    """Units of staff members who belong to another than the first."""

    @property
    def first(self) -> dict[str, int | None]:
        """The first of each kind, by the column that names it; None where there is none."""
        kinds = {
            "organization_id": self.units,
            "hall_id": self.halls,
            "window_id": self.windows,
            "staff_id": self.staff,
            "item_id": self.items,
        }
        return {column: next(iter(kind), None) for column, kind in kinds.items()}

    def rows(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Yield tables with the rows of this place, those others refer to first."""
        at = {"region": self.region, "place": self.region}
        path, unit = f"/{self.region}/", next(iter(self.units))
        county = {"code": self.region, "name": self.name, "level": "county", "path": path}
        yield catalog.region, {**county, "county": self.region}
        for one, name in self.units.items():
            code = {"code": self.codes.format(one), "uscc": "", "path": f"/{one}/"}
            yield catalog.organization, {"id": one, "name": name, **code, **at}
        mine = {"organization_id": unit}
        for one, name in self.halls.items():
            yield catalog.hall, {"id": one, "code": f"H{one}", "name": name, **mine, **at}
        for one, name in self.windows.items():
            serves = {"id": one, "code": f"W{one}", "name": name, "hall_id": next(iter(self.halls))}
            yield catalog.window, {**serves, **mine}
        for one, name in self.items.items():
            yield catalog.item, {"id": one, "code": f"I{one}", "name": name, **mine}
        for one, number in self.staff.items():
            employer = self.employers.get(one, unit)
            yield catalog.staff, {"id": one, "number": number, "organization_id": employer}
