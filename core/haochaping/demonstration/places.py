"""The example jurisdictions: which one fits a profile, and who serves where in it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select

from haochaping.catalog import importing
from haochaping.catalog.importing import ImportContext, ImportJob
from haochaping.catalog.tables import hall, item, organization, region, staff, window
from haochaping.demonstration.problems import NoExampleCatalogue
from haochaping.deployment import Deployment
from haochaping.hooks.values import Words
from haochaping.plugins import PluginManager
from haochaping.profile import Profile

EXAMPLES: Final = "haochaping.examples"
CATALOGUES: Final = "catalog"
"""Folder of a plugin's package with an example catalogue for each of its profiles."""
CATALOGUE: Final = ("regions", "organizations", "halls", "windows", "staff", "items")


@dataclass(frozen=True, slots=True)
class Offer:
    """An item as it is offered: its code, and the organization that is responsible."""

    item: str
    organization: str


@dataclass(frozen=True, slots=True)
class Counter:
    """One window with who serves there and what is offered."""

    hall: str
    window: str
    window_id: int
    name: Words
    staff: tuple[str, ...]
    offers: tuple[Offer, ...]


def example_of(profile: Profile) -> Traversable:
    """Return the example folder of a profile or of the nearest one it extends.

    Examples lie in the core and in the `catalog` folders of plugins.

    Raises NoExampleCatalogue.
    """
    roots = (resources.files(EXAMPLES), *PluginManager().folders(CATALOGUES))
    for layer in reversed(profile.layers):
        for root in roots:
            if (root / layer.name / "regions.csv").is_file():
                return root / layer.name
    known = sorted(
        each.name for root in roots for each in root.iterdir() if (each / "regions.csv").is_file()
    )
    listed = ", ".join(known)
    raise NoExampleCatalogue(
        Words(f"有示例目录的配置档：{listed}", f"there are examples for: {listed}")
    )


def take_in(deployment: Deployment, folder: Traversable) -> int:
    """Import the catalogue of an example folder; return the number of lines stored.

    Raises RuntimeError when a line is refused: examples are tested to be good.
    """
    return sum(_imported(deployment, folder, name) for name in CATALOGUE)


def counters(conn: Connection) -> tuple[Counter, ...]:
    """Return all windows where somebody serves, by hall and window code."""
    query = (
        select(window, hall.c.code.label("hall_code"))
        .join(hall, hall.c.id == window.c.hall_id)
        .order_by(hall.c.code, window.c.code)
    )
    people, offers = _staff(conn), _offers(conn)
    return tuple(
        Counter(
            row.hall_code,
            row.code,
            row.id,
            Words(row.name, row.name_en),
            people[row.id],
            offers.get(row.organization_id) or _all(offers),
        )
        for row in conn.execute(query)
        if people.get(row.id)
    )


def county(conn: Connection) -> str:
    """Return the county in which most windows stand."""
    query = select(hall.c.region).join(window, window.c.hall_id == hall.c.id)
    found = list(conn.execute(query.order_by(hall.c.code)).scalars())
    return str(max(found, key=found.count))


def root_region(conn: Connection) -> str:
    """Return the region that all others lie in."""
    query = select(region.c.code).where(region.c.parent.is_(None))
    return str(conn.execute(query).scalars().one())


def _imported(deployment: Deployment, folder: Traversable, name: str) -> int:
    context = ImportContext(
        clock=deployment.clock,
        emit=deployment.journal.emit,
        emit_many=deployment.journal.emit_many,
        zone=deployment.zone,
        deployment=deployment,
    )
    rejects = deployment.home / f"rejects-{name}.csv"
    with resources.as_file(folder / f"{name}.csv") as path:
        job = ImportJob(
            deployment.store.write, importing.kind_of(name), Path(path), context, rejects
        )
        report = importing.run(job)
    if report.refused:
        raise RuntimeError(f"{name}.csv: {report.first_refused}")
    return report.lines


def _staff(conn: Connection) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    query = select(staff.c.window_id, staff.c.number).where(staff.c.window_id.is_not(None))
    for row in conn.execute(query.order_by(staff.c.number)):
        found[row.window_id] = (*found.get(row.window_id, ()), row.number)
    return found


def _offers(conn: Connection) -> dict[int, tuple[Offer, ...]]:
    """Return what each organization offers, and its posted windows and offices with it."""
    owner = organization.alias("owner")
    query = (
        select(organization.c.id, item.c.code, owner.c.code.label("owner"))
        .select_from(item)
        .join(owner, owner.c.id == item.c.organization_id)
        .join(organization, _same_or_part_of(owner))
        .order_by(item.c.code)
    )
    found: dict[int, tuple[Offer, ...]] = {}
    for row in conn.execute(query):
        found[row.id] = (*found.get(row.id, ()), Offer(row.code, row.owner))
    return found


def _same_or_part_of(owner: Any) -> Any:
    return (organization.c.id == owner.c.id) | (organization.c.parent_id == owner.c.id)


def _all(offers: dict[int, tuple[Offer, ...]]) -> tuple[Offer, ...]:
    return tuple(dict.fromkeys(offer for each in offers.values() for offer in each))
