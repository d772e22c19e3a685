"""Export of a year's ledgers and nominations for personnel systems: XLSX and JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from haochaping.doors.cells import neutral
from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.values import Period
from haochaping_sichuan import ledger
from haochaping_sichuan.ledger import Account, points_text
from haochaping_sichuan.pages import asked_year, visible
from haochaping_sichuan.problems import NotPermitted

if TYPE_CHECKING:
    from haochaping_sichuan.plugin import Sichuan

SHEETS: Final = {"organization": "单位台账", "staff": "个人台账"}
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def page(plugin: Sichuan, request: PageRequest) -> PageResponse:
    """Answer the file for `year` in `format`: xlsx or json."""
    if request.account_id is None:
        raise NotPermitted
    year = asked_year(plugin, request.query.get("year", ""))
    found = {kind: visible(plugin, request.account_id, kind, year) for kind in SHEETS}
    plugin.services.audit("exported", f"year:{year.name}", {"account": request.account_id})
    if request.query.get("format") == "json":
        text = json.dumps(document(year, found), ensure_ascii=False, indent=2)
        return PageResponse(body=text.encode(), content_type="application/json; charset=utf-8")
    return PageResponse(body=workbook(year, found), content_type=XLSX)


def permitted(plugin: Sichuan, account_id: int) -> bool:
    """Say whether an account may see persons' ledgers somewhere, and so may export."""
    year = asked_year(plugin, "")
    return bool(visible(plugin, account_id, "staff", year))


def document(year: Period, found: Mapping[str, Sequence[Account]]) -> dict[str, Any]:
    """Return the ledgers as plain data: points as decimal text, reasons in Chinese."""
    return {
        "year": year.name,
        "ledgers": {kind: [_entry(each) for each in found[kind]] for kind in SHEETS},
    }


def workbook(year: Period, found: Mapping[str, Sequence[Account]]) -> bytes:
    """Return the ledgers as a workbook, a sheet a kind; no cell is a formula or a link."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        for kind, title in SHEETS.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate(_rows(year, found[kind])):
                sheet.write_row(number, 0, row)
    return buffer.getvalue()


def _rows(year: Period, accounts: Sequence[Account]) -> Iterator[list[str]]:
    months = [month.name for month in ledger.months(year)]
    yield ["编号", "名称", *months, "年度得分", "评选先进", "理由"]
    for each in accounts:
        points = [points_text(each.months[name]) if name in each.months else "" for name in months]
        against = neutral(each.against.zh) if each.against else ""
        nominated = "" if against else "推荐"
        named = (neutral(each.subject.code), neutral(each.subject.name.zh))
        yield [*named, *points, each.annual, nominated, against]


def _entry(each: Account) -> dict[str, Any]:
    return {
        "code": each.subject.code,
        "name": each.subject.name.zh,
        "months": {name: points_text(points) for name, points in each.months.items()},
        "annual": each.annual,
        "nominated": each.against is None,
        "reason": each.against.zh if each.against else "",
    }
