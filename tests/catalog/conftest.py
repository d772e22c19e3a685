"""A small jurisdiction: a county with a bureau, an office in it, a hall, windows, staff, items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from haochaping.catalog import halls, items, organizations, region_saving, staff, windows

DAY = date(2026, 11, 16)
BUREAU = "11990000MB2000004B"
COURT = "12990000E00000010A"
HALL = "990106-H01"


def rows(*lines):
    """Dicts from a header line and further lines, cells separated by |."""
    header, *rest = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [dict(zip(header, cells, strict=True)) for cells in rest]


def save_regions(conn, *lines, last=False):
    return region_saving.save(conn, [region_saving.draft(row) for row in rows(*lines)], last=last)


def save_organizations(conn, *lines):
    drafts = [organizations.draft(row) for row in rows(*lines)]
    return organizations.save(conn, drafts, DAY)


def save_halls(conn, *lines):
    return halls.save(conn, [halls.draft(row) for row in rows(*lines)], DAY)


def save_windows(conn, *lines):
    return windows.save(conn, [windows.draft(row) for row in rows(*lines)])


def save_staff(conn, *lines):
    return staff.save(conn, [staff.draft(row) for row in rows(*lines)])


def save_items(conn, *lines):
    return items.save(conn, [items.draft(row) for row in rows(*lines)])


def statuses(outcomes):
    return [outcome.status.value for outcome in outcomes]


@dataclass(frozen=True)
class Jurisdiction:
    """Ids of what the fixture stored."""

    bureau: int
    court: int
    hall: int
    window: int
    other_window: int
    staff: int
    item: int
    secret_item: int


@pytest.fixture
def jurisdiction(store):
    """Two counties, two organizations with an office, a hall with two windows, two items."""
    with store.write() as conn:
        save_regions(
            conn, "code|name", "990000|示例省", "990100|示例市", "990106|示例区", "990108|另一区"
        )
        save_organizations(
            conn,
            "code|name|region|parent",
            f"{BUREAU}|政务服务局|990106|",
            f"{COURT}|不动产登记中心|990108|",
            f"KS01|咨询科|990106|{BUREAU}",
        )
        save_halls(conn, "code|name|region|organization", f"{HALL}|政务服务中心|990106|{BUREAU}")
        save_windows(
            conn,
            "hall|code|name|organization",
            f"{HALL}|A01|综合窗口|",
            f"{HALL}|B01|不动产窗口|{COURT}",
        )
        save_staff(
            conn,
            "number|organization|hall|window",
            f"1001|{BUREAU}|{HALL}|A01",
            f"1002|{COURT}|{HALL}|B01",
        )
        save_items(
            conn,
            "code|name|organization|sensitive|public_name",
            f"I-01|企业设立登记|{BUREAU}|否|",
            f"I-02|刑满释放人员救助|{BUREAU}|是|社会救助",
        )
        return Jurisdiction(
            bureau=organizations.find(conn, BUREAU).id,
            court=organizations.find(conn, COURT).id,
            hall=halls.find(conn, HALL).id,
            window=windows.find(conn, HALL, "A01").id,
            other_window=windows.find(conn, HALL, "B01").id,
            staff=staff.find(conn, "1001").id,
            item=items.find(conn, "I-01").id,
            secret_item=items.find(conn, "I-02").id,
        )
