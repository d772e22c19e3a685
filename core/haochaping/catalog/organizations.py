"""Organizations (政务服务机构), their inner offices and posted windows, as a tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from haochaping.catalog import fields, locks, regions, trees, uscc
from haochaping.catalog.fields import FieldFault, Fields
from haochaping.catalog.outcomes import Outcome, refused, unknown, waiting
from haochaping.catalog.saving import Batch, Row, in_rounds, rows_by
from haochaping.catalog.tables import organization, region
from haochaping.hooks.values import Words
from haochaping.ids import new_id


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization; `uscc` is its own credit code or the one of the unit above it."""

    id: int
    code: str
    uscc: str
    name: Words
    region: str
    place: str
    parent_id: int | None
    path: str
    active: bool


@dataclass(frozen=True, slots=True)
class OrganizationDraft:
    """An organization as handed in; `parent` is the code of the one above."""

    code: str
    name: str
    name_en: str
    place: str
    parent: str
    active: bool


def draft(row: Fields) -> OrganizationDraft:
    """Return the draft of a line. Raises FieldFault.

    A code that has the shape of a credit code must have the right check digit; any other
    code is a local one and needs a parent.
    """
    code = _code(row)
    parent = fields.code_if_any(row, "parent")
    if not parent and not uscc.is_valid(code):
        raise FieldFault("code", _needs_credit_code(code))
    return OrganizationDraft(
        code=code,
        name=fields.needed(row, "name"),
        name_en=fields.text(row, "name_en"),
        place=fields.code(row, "region"),
        parent=parent.upper() if uscc.looks_like(parent.upper()) else parent,
        active=fields.flag(row, "active", True),
    )


def save(conn: Connection, drafts: Sequence[OrganizationDraft], day: date) -> list[Outcome]:
    """Store organizations as of a local day; the outcome of each, in order.

    Rows whose parent is missing wait. Path and credit code of everything below follow.
    """
    locks.hold(conn, "organization")
    return _Saving(conn, drafts, day).run()


def find(conn: Connection, code: str) -> Organization | None:
    """Return the organization of a code, None when there is none."""
    row = conn.execute(select(organization).where(organization.c.code == code)).mappings().first()
    return None if row is None else _organization(row)


def get(conn: Connection, organization_id: int) -> Organization | None:
    """Return the organization of an id, None when there is none."""
    query = select(organization).where(organization.c.id == organization_id)
    row = conn.execute(query).mappings().first()
    return None if row is None else _organization(row)


def among(conn: Connection, held: ColumnElement[bool]) -> tuple[Organization, ...]:
    """Return the active organizations that a condition keeps, by name.

    :param held: over `organization.path` and `region.path`, as `access.visible` makes it.
    """
    query = (
        select(organization)
        .join(region, region.c.code == organization.c.place)
        .where(held, organization.c.active == 1)
        .order_by(organization.c.name, organization.c.id)
    )
    return tuple(_organization(row) for row in conn.execute(query).mappings())


def subtree(conn: Connection, organization_id: int) -> tuple[int, ...]:
    """Return the ids of an organization and everything below it; empty when unknown."""
    top = get(conn, organization_id)
    if top is None:
        return ()
    query = select(organization.c.id).where(trees.within(organization.c.path, top.path))
    return tuple(conn.execute(query.order_by(organization.c.path)).scalars())


class _Saving:
    def __init__(self, conn: Connection, drafts: Sequence[OrganizationDraft], day: date) -> None:
        self.conn, self.drafts = conn, drafts
        self.batch = Batch(organization, _known(conn, drafts))
        self.places = regions.resolve_many(conn, {item.place for item in drafts}, day)
        self.counties = regions.counties(conn, self.places.values())

    def run(self) -> list[Outcome]:
        """Put every draft and write."""
        outcomes = in_rounds(self.drafts, self.put)
        self.batch.write(self.conn)
        return outcomes

    def put(self, item: OrganizationDraft) -> Outcome:
        """Take in one draft."""
        if item.place not in self.places:
            return unknown("行政区划", "region", item.place)
        if not item.parent:
            return self._store(item, None)
        parent = self.batch.known.get(item.parent)
        if parent is None:
            return self._no_parent(item)
        return self._refusal(item, parent) or self._store(item, parent)

    def _refusal(self, item: OrganizationDraft, parent: Row) -> Outcome | None:
        old = self.batch.known.get(item.code)
        if old is None or not parent["path"].startswith(old["path"]):
            return None
        return refused(
            f"上级「{item.parent}」是它自己或它的下级，不能成环",
            f"The parent “{item.parent}” is the organization itself or lies below it",
        )

    def _no_parent(self, item: OrganizationDraft) -> Outcome:
        wanted = {draft.code: draft.parent for draft in self.drafts}
        if _in_circle(wanted, item.code):
            zh, en = f"上级「{item.parent}」与它互为上下级，不能成环", "The parents form a circle"
            return waiting(zh, en)
        return waiting(
            f"上级机构「{item.parent}」不在目录中，请先导入或核对代码",
            f"The catalogue has no organization “{item.parent}” as parent: import it first or "
            "correct the code",
        )

    def _store(self, item: OrganizationDraft, parent: Row | None) -> Outcome:
        old = self.batch.known.get(item.code)
        values = self._values(item, parent, old["id"] if old else new_id())
        outcome = self.batch.put(item.code, values)
        if old and (values["path"], values["uscc"]) != (old["path"], old["uscc"]):
            self._carry(old["path"], self.batch.known[item.code])
        return outcome

    def _values(self, item: OrganizationDraft, parent: Row | None, identity: int) -> Row:
        place = self.places[item.place]
        return {
            "id": identity,
            "code": item.code,
            "uscc": item.code if parent is None else _credit_code(item.code, parent),
            "name": item.name,
            "name_en": item.name_en,
            "region": self.counties[place],
            "place": place,
            "parent_id": parent["id"] if parent else None,
            "path": trees.path_below(parent["path"] if parent else None, identity),
            "active": item.active,
        }

    def _carry(self, old_path: str, top: Row) -> None:
        self.batch.write(self.conn)
        for row in trees.carry(self.conn, organization, old_path, top, _inherit):
            if row["code"] in self.batch.known:
                self.batch.known[row["code"]] = row


def _known(conn: Connection, drafts: Sequence[OrganizationDraft]) -> dict[Any, Row]:
    wanted = {code for item in drafts for code in (item.code, item.parent) if code}
    return rows_by(conn, organization, organization.c.code, wanted)


def _inherit(row: Row, parent: Row) -> Row:
    return {"uscc": _credit_code(row["code"], parent)}


def _credit_code(code: str, parent: Row) -> str:
    return code if uscc.is_valid(code) else str(parent["uscc"])


def _in_circle(parents: Mapping[str, str], start: str) -> bool:
    seen, code = set(), parents.get(start, "")
    while code and code != start and code not in seen:
        seen.add(code)
        code = parents.get(code, "")
    return code == start


def _code(row: Fields) -> str:
    code = fields.code(row, "code")
    if not uscc.looks_like(code.upper()):
        return code
    wrong = uscc.fault(code.upper())
    if wrong is not None:
        raise FieldFault("code", wrong)
    return code.upper()


def _needs_credit_code(code: str) -> Words:
    wrong = uscc.fault(code) or Words("")
    return Words(
        f"没有上级的机构须用统一社会信用代码。{wrong.zh}；内部科室、派驻窗口请填写上级代码",
        f"An organization without a parent needs a credit code. {wrong.en}; for inner offices "
        "and posted windows state the parent's code",
    )


def _organization(row: Mapping[Any, Any]) -> Organization:
    return Organization(
        id=row["id"],
        code=row["code"],
        uscc=row["uscc"],
        name=Words(row["name"], row["name_en"]),
        region=row["region"],
        place=row["place"],
        parent_id=row["parent_id"],
        path=row["path"],
        active=row["active"],
    )
