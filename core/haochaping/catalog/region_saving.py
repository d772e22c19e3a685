"""Storing regions and their aliases, and keeping the tree's paths right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, select

from haochaping.catalog import fields, locks, trees
from haochaping.catalog.fields import FieldFault, Fields
from haochaping.catalog.outcomes import CREATED, UNCHANGED, UPDATED, Outcome, refused, waiting
from haochaping.catalog.regions import LEVELS, ancestors_by_digits, county_of, level_of, normal
from haochaping.catalog.saving import Batch, Row, in_rounds, rows_by
from haochaping.catalog.tables import region, region_alias
from haochaping.hooks.values import Words
from haochaping.store.upsert import upsert

_CODE: Final = re.compile(r"[0-9]{6,18}", re.ASCII)
_LEVEL_WORDS: Final = {
    **{name: name for name in LEVELS},
    **dict.fromkeys(("省", "自治区", "直辖市"), "province"),
    **dict.fromkeys(("市", "地级市", "盟", "自治州"), "city"),
    **dict.fromkeys(("县", "区", "旗", "县（市、区）"), "county"),
    **dict.fromkeys(("乡镇", "街道", "乡镇（街道）"), "town"),
    **dict.fromkeys(("村", "社区", "村（社区）"), "village"),
    **dict.fromkeys(("功能区", "开发区"), "zone"),
}


@dataclass(frozen=True, slots=True)
class RegionDraft:
    """A region as handed in; with `alias_of` it is an old code that stands for another."""

    code: str
    name: str = ""
    name_en: str = ""
    level: str = ""
    parent: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    alias_of: str = ""


def draft(row: Fields) -> RegionDraft:
    """Return the draft of a line. Raises FieldFault."""
    alias_of = _code(row, "alias_of", needed=False)
    made = RegionDraft(
        code=_code(row, "code", needed=True),
        name=fields.text(row, "name") if alias_of else fields.needed(row, "name"),
        name_en=fields.text(row, "name_en"),
        level=_level(row),
        parent=_code(row, "parent", needed=False),
        valid_from=fields.day(row, "valid_from"),
        valid_to=fields.day(row, "valid_to"),
        alias_of=alias_of,
    )
    _check_days(made)
    return made


def save(conn: Connection, drafts: Sequence[RegionDraft], *, last: bool = False) -> list[Outcome]:
    """Store regions and aliases; the outcome of each, in order.

    A region without a parent hangs below the nearest region that its digits name. When
    that one is missing, the row waits, unless this is the `last` chance.
    """
    locks.hold(conn, "region")
    return _Saving(conn, drafts, last).run()


class _Saving:
    def __init__(self, conn: Connection, drafts: Sequence[RegionDraft], last: bool) -> None:
        self.conn, self.drafts, self.last = conn, drafts, last
        wanted = {code for item in drafts for code in _named(item)}
        self.batch = Batch(region, rows_by(conn, region, region.c.code, wanted))
        self.known_aliases = _known_aliases(conn, [item.code for item in drafts if item.alias_of])
        self.aliases: dict[tuple[str, date], Row] = {}

    def run(self) -> list[Outcome]:
        """Put every draft and write."""
        outcomes = in_rounds(self.drafts, self.put)
        self.batch.write(self.conn)
        upsert(
            self.conn,
            region_alias,
            list(self.aliases.values()),
            ["alias", "valid_from"],
            ["code", "valid_to"],
        )
        return outcomes

    def put(self, item: RegionDraft) -> Outcome:
        """Take in one draft."""
        if item.alias_of:
            return self._alias(item)
        parent = self._parent(item)
        if isinstance(parent, Outcome):
            return parent
        if parent is not None and f"/{item.code}/" in parent["path"]:
            return refused(
                f"上级「{parent['code']}」是它自己或它的下级，不能成环",
                f"The parent “{parent['code']}” is the region itself or lies below it",
            )
        return self._store(item, parent)

    def _parent(self, item: RegionDraft) -> Row | Outcome | None:
        known, old = self.batch.known, self.batch.known.get(item.code)
        if item.parent:
            return known.get(item.parent) or _no_parent(item.parent)
        candidates = ancestors_by_digits(item.code)
        if not candidates or (candidates[0] not in known and old is not None):
            return known.get(old["parent"]) if old is not None else self._rootless(item)
        if candidates[0] not in known and not self.last:
            return _no_parent(candidates[0])
        return next((known[code] for code in candidates if code in known), None)

    def _rootless(self, item: RegionDraft) -> Outcome | None:
        if level_of(item.code) != "zone":
            return None
        return refused(
            "功能区代码不能从数字推出上级，请填写上级代码",
            "The digits of a local zone do not tell its parent: state the parent's code",
        )

    def _store(self, item: RegionDraft, parent: Row | None) -> Outcome:
        old = self.batch.known.get(item.code)
        values = {
            "code": item.code,
            "name": item.name,
            "name_en": item.name_en,
            "level": item.level or level_of(item.code),
            "parent": parent["code"] if parent else None,
            "path": trees.path_below(parent["path"] if parent else None, item.code),
            "county": county_of(item.code, parent["county"] if parent else None),
            "valid_from": item.valid_from,
            "valid_to": item.valid_to,
        }
        outcome = self.batch.put(item.code, values)
        if old is not None and old["path"] != values["path"]:
            self._carry(old["path"], values)
        return outcome

    def _carry(self, old_path: str, top: Row) -> None:
        self.batch.write(self.conn)
        for row in trees.carry(self.conn, region, old_path, top, _inherit):
            if row["code"] in self.batch.known:
                self.batch.known[row["code"]] = row

    def _alias(self, item: RegionDraft) -> Outcome:
        if item.alias_of not in self.batch.known:
            return _no_parent(item.alias_of)
        if item.valid_from is None:
            return refused("别名须填写生效日期", "An alias needs the day from which it holds")
        row = {
            "alias": item.code,
            "code": item.alias_of,
            "valid_from": item.valid_from,
            "valid_to": item.valid_to,
        }
        return self._put_alias((item.code, item.valid_from), row)

    def _put_alias(self, key: tuple[str, date], row: Row) -> Outcome:
        old = self.known_aliases.get(key)
        if old == row:
            return UNCHANGED
        self.aliases[key] = self.known_aliases[key] = row
        return UPDATED if old else CREATED


def _known_aliases(conn: Connection, codes: Sequence[str]) -> dict[tuple[str, date], Row]:
    if not codes:
        return {}
    query = select(region_alias).where(region_alias.c.alias.in_(set(codes)))
    rows = [dict(row) for row in conn.execute(query).mappings()]
    return {(row["alias"], row["valid_from"]): row for row in rows}


def _code(row: Fields, name: str, *, needed: bool) -> str:
    value = normal(fields.code_if_any(row, name))
    if not value and not needed:
        return ""
    if _CODE.fullmatch(value):
        return value
    raise FieldFault(
        name,
        Words(
            f"行政区划代码应为 6、9 或 12 位数字（功能区 6–18 位），现为「{value}」",
            f"a region code has 6, 9 or 12 digits (local zones 6 to 18), found “{value}”",
        ),
    )


def _level(row: Fields) -> str:
    value = fields.text(row, "level")
    if not value or value in _LEVEL_WORDS:
        return _LEVEL_WORDS.get(value, "")
    raise FieldFault(
        "level",
        Words(
            f"不认识的级别「{value}」，可填 省、市、县、乡镇、村、功能区，或留空",
            f"unknown level “{value}”: {', '.join(LEVELS)}, or leave it empty",
        ),
    )


def _check_days(item: RegionDraft) -> None:
    if item.alias_of == item.code:
        raise FieldFault("alias_of", Words("不能是自己的别名", "a code is no alias of itself"))
    if item.valid_from and item.valid_to and item.valid_to < item.valid_from:
        raise FieldFault(
            "valid_to", Words("失效日期早于生效日期", "the last day lies before the first day")
        )


def _inherit(row: Row, parent: Row) -> Row:
    return {"county": county_of(row["code"], parent["county"])}


def _named(item: RegionDraft) -> set[str]:
    named = {item.code, item.parent, item.alias_of, *ancestors_by_digits(item.code)}
    return named - {""}


def _no_parent(code: str) -> Outcome:
    return waiting(
        f"行政区划「{code}」不在目录中，请先导入或核对代码",
        f"The catalogue has no region “{code}”: import it first or correct the code",
    )
