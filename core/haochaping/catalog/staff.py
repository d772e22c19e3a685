"""Staff members (工作人员): known by their number only, the name lies in the vault."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, literal, select, update

from haochaping.catalog import codes, fields, locks
from haochaping.catalog.codes import HallRef, OrganizationRef, WindowRef
from haochaping.catalog.fields import FieldFault, Fields
from haochaping.catalog.outcomes import Outcome, unknown
from haochaping.catalog.saving import Batch, Row, rows_by
from haochaping.catalog.tables import staff
from haochaping.hooks.values import Words
from haochaping.store.types import Flag


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A staff member; `person_id` points into the vault."""

    id: int
    number: str
    organization_id: int
    hall_id: int | None
    window_id: int | None
    person_id: int | None
    active: bool


@dataclass(frozen=True, slots=True)
class StaffDraft:
    """A staff member as handed in; hall and window are codes."""

    number: str
    organization: str
    hall: str
    window: str
    active: bool


def draft(row: Fields) -> StaffDraft:
    """Return the draft of a line. Raises FieldFault."""
    made = StaffDraft(
        number=fields.code(row, "number"),
        organization=fields.code(row, "organization"),
        hall=fields.code_if_any(row, "hall"),
        window=fields.code_if_any(row, "window"),
        active=fields.flag(row, "active", True),
    )
    if made.window and not made.hall:
        raise FieldFault(
            "hall",
            Words("填了窗口就须填写大厅代码", "a window needs the code of its hall beside it"),
        )
    return made


def save(conn: Connection, drafts: Sequence[StaffDraft]) -> list[Outcome]:
    """Store staff members; the outcome of each, in order. Their persons stay as they are."""
    locks.hold(conn, "staff")
    return _Saving(conn, drafts).run()


def find(conn: Connection, number: str) -> StaffMember | None:
    """Return the staff member of a number, None when there is none."""
    row = conn.execute(select(staff).where(staff.c.number == number)).mappings().first()
    return None if row is None else StaffMember(**row)


def get(conn: Connection, staff_id: int) -> StaffMember | None:
    """Return the staff member of an id, None when there is none."""
    row = conn.execute(select(staff).where(staff.c.id == staff_id)).mappings().first()
    return None if row is None else StaffMember(**row)


def of_organization(
    conn: Connection, organization_id: int, staff_ids: Collection[int]
) -> int | None:
    """Return the one of some staff members who works for an organization, None if not just one."""
    if not staff_ids:
        return None
    statement = select(staff.c.id).where(
        staff.c.id.in_(staff_ids), staff.c.organization_id == organization_id
    )
    found = conn.execute(statement.limit(2)).scalars().all()
    return found[0] if len(found) == 1 else None


def only_one_at(conn: Connection, window_id: int) -> int | None:
    """Return the id of the only active staff member of a window, None when not exactly one."""
    active = staff.c.active == literal(True, Flag())
    query = select(staff.c.id).where(staff.c.window_id == window_id, active)
    found = conn.execute(query.limit(2)).scalars().all()
    return found[0] if len(found) == 1 else None


def set_person(conn: Connection, staff_id: int, person_id: int) -> None:
    """Point a staff member to a person in the vault."""
    conn.execute(update(staff).where(staff.c.id == staff_id).values(person_id=person_id))


class _Saving:
    def __init__(self, conn: Connection, drafts: Sequence[StaffDraft]) -> None:
        self.conn, self.drafts = conn, drafts
        self.owners = codes.organizations(conn, {item.organization for item in drafts})
        self.halls = codes.halls(conn, {item.hall for item in drafts})
        self.windows = codes.windows(
            conn, {ref.id for ref in self.halls.values()}, {item.window for item in drafts}
        )
        numbers = {item.number for item in drafts}
        self.batch = Batch(staff, rows_by(conn, staff, staff.c.number, numbers))

    def run(self) -> list[Outcome]:
        """Put every draft and write."""
        outcomes = [self.put(item) for item in self.drafts]
        self.batch.write(self.conn)
        return outcomes

    def put(self, item: StaffDraft) -> Outcome:
        """Take in one draft."""
        owner = self.owners.get(item.organization)
        hall = self.halls.get(item.hall)
        window = self.windows.get((hall.id, item.window)) if hall else None
        if owner is None:
            return unknown("机构", "organization", item.organization)
        if item.hall and hall is None:
            return unknown("大厅", "hall", item.hall)
        if item.window and window is None:
            return unknown("窗口", "window", f"{item.hall} {item.window}")
        return self.batch.put(item.number, _values(item, owner, hall, window))


def _values(
    item: StaffDraft, owner: OrganizationRef, hall: HallRef | None, window: WindowRef | None
) -> Row:
    return {
        "number": item.number,
        "organization_id": owner.id,
        "hall_id": hall.id if hall else None,
        "window_id": window.id if window else None,
        "active": item.active,
    }
