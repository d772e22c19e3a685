"""Items (政务服务事项): opaque codes, and a general name for sensitive ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from haochaping.catalog import bulk, codes, fields, locks
from haochaping.catalog.fields import FieldFault, Fields
from haochaping.catalog.outcomes import Outcome, unknown
from haochaping.catalog.plain import Columns, NotPlain
from haochaping.catalog.saving import Batch, Row, rows_by
from haochaping.catalog.tables import item as item_table
from haochaping.hooks.values import Words
from haochaping.ids import new_ids

PlainItems = dict[str, Sequence[Any]]
"""Columns of `item`; the organization stands by its code."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item; show `shown`, never `name`, where a sensitive one could be traced."""

    id: int
    code: str
    name: Words
    public_name: str
    organization_id: int | None
    sensitive: bool
    active: bool

    @property
    def shown(self) -> Words:
        """The name that may be shown to everybody."""
        return Words(self.public_name) if self.sensitive else self.name


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """An item as handed in."""

    code: str
    name: str
    name_en: str
    public_name: str
    organization: str
    sensitive: bool
    active: bool


def draft(row: Fields) -> ItemDraft:
    """Return the draft of a line. Raises FieldFault."""
    made = ItemDraft(
        code=fields.code(row, "code"),
        name=fields.needed(row, "name"),
        name_en=fields.text(row, "name_en"),
        public_name=fields.text(row, "public_name"),
        organization=fields.code_if_any(row, "organization"),
        sensitive=fields.flag(row, "sensitive", False),
        active=fields.flag(row, "active", True),
    )
    if made.sensitive and not made.public_name:
        raise FieldFault(
            "public_name",
            Words(
                "敏感事项须填写对外名称，页面只显示它",
                "a sensitive item needs a public name, which is all that pages show",
            ),
        )
    return made


def save(conn: Connection, drafts: Sequence[ItemDraft]) -> list[Outcome]:
    """Store items; the outcome of each, in order."""
    locks.hold(conn, "item")
    owners = codes.organizations(conn, {item.organization for item in drafts})
    wanted = {item.code for item in drafts}
    batch = Batch(item_table, rows_by(conn, item_table, item_table.c.code, wanted))

    def put(item: ItemDraft) -> Outcome:
        if item.organization and item.organization not in owners:
            return unknown("机构", "organization", item.organization)
        owner = owners[item.organization].id if item.organization else None
        return batch.put(item.code, _values(item, owner))

    outcomes = [put(item) for item in drafts]
    batch.write(conn)
    return outcomes


def plain(lines: Columns) -> PlainItems:
    """Return the columns of lines without a fault, the organization still by its code.

    Raises NotPlain when one has a fault or a code occurs twice: then `draft` takes them.
    """
    found: PlainItems = {
        "code": lines.code("code", needed=True),
        "name": lines.text("name", needed=True),
        "name_en": lines.text("name_en"),
        "public_name": lines.text("public_name"),
        "organization_id": lines.code("organization"),
        "sensitive": lines.flag("sensitive", default=False),
        "active": lines.flag("active", default=True),
    }
    twice = len(set(found["code"])) < lines.lines
    if twice or any(map(_nameless, found["sensitive"], found["public_name"])):
        raise NotPlain
    return found


def save_plain(conn: Connection, found: PlainItems) -> bool:
    """Store items column by column; all of them must be new and of known organizations.

    Returns False, with nothing stored, when one is not: then `save` takes them.
    """
    locks.hold(conn, "item")
    owners = codes.organizations(conn, set(found["organization_id"]))
    known = {code: owner.id for code, owner in owners.items()} | {"": None}
    wanted = found["organization_id"]
    if not set(wanted) <= known.keys() or codes.items(conn, found["code"]):
        return False
    rows = {**found, "organization_id": [known[code] for code in wanted]}
    bulk.insert_columns(conn, item_table, {"id": new_ids(len(wanted)), **rows})
    return True


def _nameless(sensitive: bool, public_name: str) -> bool:
    return sensitive and not public_name


def find(conn: Connection, code: str) -> Item | None:
    """Return the item of a code, None when there is none."""
    row = conn.execute(select(item_table).where(item_table.c.code == code)).mappings().first()
    return None if row is None else _item(row)


def _values(item: ItemDraft, owner: int | None) -> Row:
    return {
        "code": item.code,
        "name": item.name,
        "name_en": item.name_en,
        "public_name": item.public_name,
        "organization_id": owner,
        "sensitive": item.sensitive,
        "active": item.active,
    }


def _item(row: Mapping[Any, Any]) -> Item:
    return Item(
        id=row["id"],
        code=row["code"],
        name=Words(row["name"], row["name_en"]),
        public_name=row["public_name"],
        organization_id=row["organization_id"],
        sensitive=row["sensitive"],
        active=row["active"],
    )
