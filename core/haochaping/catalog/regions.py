"""Regions: codes, their levels and tree, and codes that were replaced at a date."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, or_, select

from haochaping.catalog import trees
from haochaping.catalog.keys import among
from haochaping.catalog.tables import region, region_alias
from haochaping.hooks.values import Words

LEVELS: Final = {
    "province": "省",
    "city": "市",
    "county": "县（市、区）",
    "town": "乡镇（街道）",
    "village": "村（社区）",
    "zone": "功能区",
}
_STANDARD: Final = {6, 9, 12}
_ALIAS_CHAIN_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Region:
    """A region (行政区划) with its place in the tree."""

    code: str
    name: Words
    level: str
    parent: str | None
    path: str
    county: str
    valid_from: date | None
    valid_to: date | None


def normal(code: str) -> str:
    """Return a code without the zeros that pad it to 9 or 12 digits: 330106000000 → 330106."""
    while len(code) in {9, 12} and code.endswith("000"):
        code = code[:-3]
    return code


def level_of(code: str) -> str:
    """Return the level that a code's digits tell; `zone` for codes of another length."""
    if len(code) == 6:
        return "province" if code[2:] == "0000" else "city" if code[4:] == "00" else "county"
    return {9: "town", 12: "village"}.get(len(code), "zone")


def ancestors_by_digits(code: str) -> list[str]:
    """Return the codes above a standard code, nearest first: of 330106 330100, then 330000."""
    if len(code) not in _STANDARD:
        return []
    candidates = [code[:9], code[:6], code[:4] + "00", code[:2] + "0000"]
    return [item for item in dict.fromkeys(candidates) if len(item) <= len(code) and item != code]


def county_of(code: str, parent_county: str | None) -> str:
    """Return the 6-digit region of a code: its first digits, or for local zones the parent's."""
    if len(code) in _STANDARD or parent_county is None:
        return code[:6]
    return parent_county


def find(conn: Connection, code: str) -> Region | None:
    """Return the region of a code (padding zeros ignored), None when there is none."""
    row = conn.execute(select(region).where(region.c.code == normal(code))).mappings().first()
    return None if row is None else _region(row)


def resolve(conn: Connection, code: str, day: date) -> str | None:
    """Return the code that stands for `code` on a local day, None when none does."""
    return resolve_many(conn, {code}, day).get(code)


def resolve_many(conn: Connection, codes: Collection[str], day: date) -> dict[str, str]:
    """Return what codes stand for on a local day; codes without a valid region are left out.

    Aliases are followed (370882 → 370812), padding zeros ignored.
    """
    current = {code: normal(code) for code in codes}
    for _ in range(_ALIAS_CHAIN_MAX):
        aliases = _aliases(conn, set(current.values()), day)
        if not aliases:
            break
        current = {code: aliases.get(value, value) for code, value in current.items()}
    valid = _valid(conn, set(current.values()), day)
    return {code: value for code, value in current.items() if value in valid}


def subtree(conn: Connection, code: str) -> tuple[str, ...]:
    """Return the codes of a region and everything below it; empty for an unknown code."""
    path = path_of(conn, code)
    if path is None:
        return ()
    query = select(region.c.code).where(trees.within(region.c.path, path)).order_by(region.c.path)
    return tuple(conn.execute(query).scalars())


def children(conn: Connection, code: str | None) -> tuple[Region, ...]:
    """Return the regions right below a code, in order of code; the roots for None."""
    hangs_there = region.c.parent.is_(None) if code is None else region.c.parent == code
    query = select(region).where(hangs_there)
    return tuple(_region(row) for row in conn.execute(query.order_by(region.c.code)).mappings())


def path_of(conn: Connection, code: str) -> str | None:
    """Return the path of a region, None for an unknown code."""
    query = select(region.c.path).where(region.c.code == normal(code))
    return conn.execute(query).scalar()


def counties(conn: Connection, codes: Collection[str]) -> dict[str, str]:
    """Return the county-level region of each code, in one statement."""
    query = select(region.c.code, region.c.county).where(among(conn, region.c.code, codes))
    return {row.code: row.county for row in conn.execute(query)}


def _aliases(conn: Connection, codes: Collection[str], day: date) -> dict[str, str]:
    query = select(region_alias.c.alias, region_alias.c.code).where(
        among(conn, region_alias.c.alias, codes),
        region_alias.c.valid_from <= day,
        or_(region_alias.c.valid_to.is_(None), region_alias.c.valid_to >= day),
    )
    return {row.alias: row.code for row in conn.execute(query)}


def _valid(conn: Connection, codes: Collection[str], day: date) -> set[str]:
    query = select(region.c.code).where(
        among(conn, region.c.code, codes),
        or_(region.c.valid_from.is_(None), region.c.valid_from <= day),
        or_(region.c.valid_to.is_(None), region.c.valid_to >= day),
    )
    return set(conn.execute(query).scalars())


def _region(row: Mapping[Any, Any]) -> Region:
    return Region(
        code=row["code"],
        name=Words(row["name"], row["name_en"]),
        level=row["level"],
        parent=row["parent"],
        path=row["path"],
        county=row["county"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
    )


def roots(conn: Connection) -> Sequence[Region]:
    """Return the regions without a parent."""
    return children(conn, None)
