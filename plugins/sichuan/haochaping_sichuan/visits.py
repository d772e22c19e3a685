"""Import of mystery visits: one row a visit, with the unit's code and a mark out of 100."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from haochaping.doors import subjects
from haochaping.doors.rows import upsert
from haochaping.hooks.values import Words
from haochaping.store.types import micros
from haochaping_sichuan.tables import visit

if TYPE_CHECKING:
    from haochaping_sichuan.plugin import Sichuan

_MONTH: Final = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])", re.ASCII)
_MARK: Final = re.compile(r"(?:100(?:\.0{1,2})?|[0-9]{1,2}(?:\.[0-9]{1,2})?)", re.ASCII)
_LONGEST: Final = 500


def take(
    plugin: Sichuan, conn: Connection, rows: Sequence[Mapping[str, str]]
) -> Sequence[Words | None]:
    """Store visits; the same reference in the same month replaces what it said before."""
    units = subjects.by_code(conn, "organization", {row["organization_code"] for row in rows})
    return [_take(plugin, conn, row, units) for row in rows]


def _take(
    plugin: Sichuan, conn: Connection, row: Mapping[str, str], units: Mapping[str, int]
) -> Words | None:
    refusal = _refusal(row, units)
    if refusal is not None:
        return refusal
    whole, _, part = row["mark"].partition(".")
    stored = {
        "id": plugin.services.new_id(),
        "period": row["period"],
        "organization_id": units[row["organization_code"]],
        "reference": row["reference"],
        "mark": int(whole) * 100 + int(part.ljust(2, "0") or 0),
        "note": row["note"][:_LONGEST],
        "at": micros(plugin.services.now()),
    }
    keys = ["period", "organization_id", "reference"]
    upsert(conn, visit, [stored], keys, ["mark", "note", "at"])
    return None


def _refusal(row: Mapping[str, str], units: Mapping[str, int]) -> Words | None:
    if not _MONTH.fullmatch(row["period"]):
        return Words("period 应写成 2026-11", "write `period` as 2026-11")
    if row["organization_code"] not in units:
        return Words("没有这个机构代码", "there is no organization with this code")
    if not row["reference"]:
        return Words("缺少 reference（暗访编号）", "`reference`, the visit's number, is missing")
    if not _MARK.fullmatch(row["mark"]):
        return Words(
            "mark 应为 0 到 100 的分数，最多两位小数", "`mark` is 0 to 100 with two decimals"
        )
    return None
