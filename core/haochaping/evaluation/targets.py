"""Finding what a rating is about, in one statement: the occurrence and whether it was rated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, select

from haochaping.access.tables import vault_person
from haochaping.catalog.tables import (
    SAME_CASE,
    hall,
    item,
    occurrence,
    organization,
    region,
    service_case,
    staff,
    window,
)
from haochaping.evaluation.rules import ROUND
from haochaping.evaluation.submission import CaseRef
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import Identity, Occurrence, OccurrenceKey, RaterRole, UnitRef, Words
from haochaping.store.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Rater:
    """A person in the vault: id and the keyed hash of the identity number."""

    person_id: int | None = None
    index: str | None = None


NOBODY: Final = Rater()


@dataclass(frozen=True, slots=True)
class Target:
    """An occurrence, the persons of its case, and the id of its first evaluation, if any.

    `place` is where it stands: the paths of its region and organization.
    """

    occurrence: Occurrence
    applicant: Rater
    agent: Rater
    rated_id: int | None
    place: tuple[str, str] = ("", "")

    def rater(self, identity: Identity, role: RaterRole) -> Rater:
        """Return the person of the case who presumably rated; nobody if anonymous."""
        if identity is Identity.ANONYMOUS:
            return NOBODY
        return self.agent if role is RaterRole.AGENT else self.applicant


@dataclass(frozen=True, slots=True)
class Units:
    """What the catalogue says of a service; `place` are the paths of region and organization."""

    item: UnitRef | None
    item_sensitive: bool
    organization: UnitRef
    hall: UnitRef | None
    window: UnitRef | None
    staff: UnitRef | None
    place: tuple[str, str]


UNITS: Final = ("organization_id", "hall_id", "window_id", "staff_id", "item_id")
_APPLICANT: Final = vault_person.alias("applicant")
_AGENT: Final = vault_person.alias("agent")


def find(conn: Connection, wanted: OccurrenceKey | CaseRef) -> Target | None:
    """Return the target of a key or case reference, None when there is no such service."""
    row = whole(conn, wanted)
    return None if row is None else target(row, units_of(row))


def whole(conn: Connection, wanted: OccurrenceKey | CaseRef) -> Any:
    """Return the row of a service with its units, None when there is none."""
    by_key = isinstance(wanted, OccurrenceKey)
    return (_BY_KEY if by_key else _BY_CASE).first(conn, _parameters(wanted))


def service(conn: Connection, wanted: OccurrenceKey | CaseRef) -> Any:
    """Return the row of a service, its units by id only, None when there is none."""
    by_key = isinstance(wanted, OccurrenceKey)
    return (_SERVICE_BY_KEY if by_key else _SERVICE_BY_CASE).first(conn, _parameters(wanted))


def _parameters(wanted: OccurrenceKey | CaseRef) -> dict[str, Any]:
    if isinstance(wanted, OccurrenceKey):
        return {"region": wanted.region, "month": wanted.served_month, "id": wanted.id}
    return {"case_no": wanted.case_no, "no": wanted.no}


def _services(dialect: str, *more: Any) -> Select[Any]:
    """Return services with their persons and their first rating, and whatever else is wanted."""
    same_month = evaluation.c.served_month == occurrence.c.served_month
    first = and_(
        evaluation.c.region == occurrence.c.region,
        evaluation.c.occurrence_id == occurrence.c.id,
        evaluation.c.round == ROUND,
        evaluation.c.supersedes_id == 0,
    )
    rated: ColumnElement[Any] = evaluation.c.id
    if dialect == "postgresql":  # where the month too leads it to the primary key: see m0012
        rated = case((same_month, evaluation.c.id))
    else:
        first = and_(same_month, first)
    return (
        select(
            occurrence.c.region,
            occurrence.c.served_month,
            occurrence.c.id,
            occurrence.c.no,
            occurrence.c.stage,
            occurrence.c.service_channel,
            occurrence.c.served_at,
            *(occurrence.c[name] for name in UNITS),
            service_case.c.case_no,
            service_case.c.person_id,
            service_case.c.agent_person_id,
            _APPLICANT.c.index_mac.label("person_index"),
            _AGENT.c.index_mac.label("agent_index"),
            rated.label("rated_id"),
            *more,
        )
        .join(service_case, SAME_CASE)
        .outerjoin(_APPLICANT, _APPLICANT.c.id == service_case.c.person_id)
        .outerjoin(_AGENT, _AGENT.c.id == service_case.c.agent_person_id)
        .outerjoin(evaluation, first)
    )


def _all(dialect: str) -> Select[Any]:
    """Return services with the units that served."""
    return (
        _services(
            dialect,
            item.c.sensitive.label("item_sensitive"),
            item.c.public_name.label("item_public_name"),
            staff.c.number.label("staff_number"),
            region.c.path.label("region_path"),
            organization.c.path.label("organization_path"),
            *_unit(item),
            *_unit(organization),
            *_unit(hall),
            *_unit(window),
        )
        .join(organization, organization.c.id == occurrence.c.organization_id)
        .outerjoin(region, region.c.code == occurrence.c.region)
        .outerjoin(item, item.c.id == occurrence.c.item_id)
        .outerjoin(hall, hall.c.id == occurrence.c.hall_id)
        .outerjoin(window, window.c.id == occurrence.c.window_id)
        .outerjoin(staff, staff.c.id == occurrence.c.staff_id)
    )


def _unit(table: Any) -> tuple[Any, ...]:
    return tuple(table.c[name].label(f"{table.name}_{name}") for name in _UNIT)


_UNIT: Final = ("code", "name", "name_en")
_WITHHELD: Final = Words("政务服务事项", "A government service")


def _by_key(services: Select[Any]) -> Select[Any]:
    return services.where(
        occurrence.c.region == bindparam("region"),
        occurrence.c.served_month == bindparam("month"),
        occurrence.c.id == bindparam("id"),
    )


def _by_case(services: Select[Any]) -> Select[Any]:
    return services.where(
        service_case.c.case_no == bindparam("case_no"), occurrence.c.no == bindparam("no")
    )


_BY_KEY: Final = Prepared(lambda dialect: _by_key(_all(dialect)))
_BY_CASE: Final = Prepared(lambda dialect: _by_case(_all(dialect)))
_SERVICE_BY_KEY: Final = Prepared(lambda dialect: _by_key(_services(dialect)))
_SERVICE_BY_CASE: Final = Prepared(lambda dialect: _by_case(_services(dialect)))


def units_of(row: Any) -> Units:
    """Return the units of a row of `_all`."""
    number = row.staff_number
    return Units(
        item=_item(row),
        item_sensitive=bool(row.item_sensitive),
        organization=UnitRef(
            row.organization_id,
            row.organization_code,
            Words(row.organization_name, row.organization_name_en),
        ),
        hall=_ref(row.hall_id, row.hall_code, row.hall_name, row.hall_name_en),
        window=_ref(row.window_id, row.window_code, row.window_name, row.window_name_en),
        staff=None if number is None else UnitRef(row.staff_id, number, Words(number)),
        place=(row.region_path or "", row.organization_path),
    )


def target(row: Any, units: Units) -> Target:
    """Return the target of a service and the units that served."""
    found = Occurrence(
        key=OccurrenceKey(row.region, row.served_month, row.id),
        case_no=row.case_no,
        no=row.no,
        stage=row.stage,
        service_channel=row.service_channel,
        item=units.item,
        organization=units.organization,
        hall=units.hall,
        window=units.window,
        staff=units.staff,
        served_at=row.served_at,
        item_sensitive=units.item_sensitive,
    )
    return Target(
        found,
        Rater(row.person_id, row.person_index),
        Rater(row.agent_person_id, row.agent_index),
        row.rated_id,
        units.place,
    )


def _item(row: Any) -> UnitRef | None:
    if row.item_code is not None and row.item_sensitive:
        name = Words(row.item_public_name) if row.item_public_name else _WITHHELD
        return UnitRef(row.item_id, row.item_code, name)
    return _ref(row.item_id, row.item_code, row.item_name, row.item_name_en)


def _ref(unit_id: int, code: str | None, name: str, name_en: str) -> UnitRef | None:
    return None if code is None else UnitRef(unit_id, code, Words(name, name_en))


_PERSON: Final = select(vault_person.c.id, vault_person.c.index_mac).where(
    vault_person.c.id == bindparam("id")
)


def rater(conn: Connection, person_id: int) -> Rater:
    """Return a person who proved who they are."""
    row = conn.execute(_PERSON, {"id": person_id}).one_or_none()
    return Rater(person_id) if row is None else Rater(row.id, row.index_mac)
