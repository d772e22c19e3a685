"""What the registry does to the figures: ratings kept out and given back, by unit and month."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import xlsxwriter

from haochaping.doors.cells import neutral
from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.values import Words
from haochaping_inner_mongolia.pages import account_of, page
from haochaping_inner_mongolia.registry import DECIDE
from haochaping_inner_mongolia.states import REASON

if TYPE_CHECKING:
    from haochaping_inner_mongolia.plugin import InnerMongolia

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD: Final = ("月份", "单位", "不计入的评价", "其中差评", "已恢复计入")


@dataclass(frozen=True, slots=True)
class Line:
    """A unit in a month: excluded now, of these bad ones, and how many came back."""

    month: str
    unit: Words
    excluded: int
    bad: int
    restored: int


def show(plugin: InnerMongolia, request: PageRequest) -> PageResponse:
    """Show the effect by unit and month, for the units that the account decides for."""
    found = lines(plugin, account_of(request))
    total = [sum(getattr(one, name) for one in found) for name in ("excluded", "bad", "restored")]
    return page("effect", {"lines": found, "total": total, "basis": plugin.registry.legal_basis})


def export(plugin: InnerMongolia, request: PageRequest) -> PageResponse:
    """Answer the same lines as a workbook."""
    account = account_of(request)
    plugin.services.audit("effect_exported", "effect", {"account": account})
    return PageResponse(body=workbook(lines(plugin, account)), content_type=XLSX)


def lines(plugin: InnerMongolia, account_id: int) -> tuple[Line, ...]:
    """Return the lines of the units that an account decides for, newest month first."""
    units = plugin.services.catalog.organizations(account_id, DECIDE)
    names = {one.id: one.name for one in units}
    out = {
        (one.month, one.organization_id): one for one in plugin.services.exclusion.counts(REASON)
    }
    back = {(one.month, one.organization_id): one for one in plugin.registry.restoring.counts()}
    places = [place for place in out.keys() | back.keys() if place[1] in names]
    return tuple(
        Line(
            month=month,
            unit=names[unit],
            excluded=out[month, unit].excluded if (month, unit) in out else 0,
            bad=out[month, unit].bad if (month, unit) in out else 0,
            restored=back[month, unit].count if (month, unit) in back else 0,
        )
        for month, unit in sorted(places, key=lambda place: (place[0], -place[1]), reverse=True)
    )


def workbook(found: Sequence[Line]) -> bytes:
    """Return the lines as a workbook; no cell is a formula or a link."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet("信息库影响")
        sheet.write_row(0, 0, HEAD)
        for number, one in enumerate(found, start=1):
            cells = (one.month, neutral(one.unit.zh), one.excluded, one.bad, one.restored)
            sheet.write_row(number, 0, cells)
    return buffer.getvalue()
