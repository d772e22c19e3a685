"""The catalogue's own kinds of import: regions, organizations, halls, windows, staff, items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.catalog import halls, items, organizations, region_saving, staff, windows
from haochaping.catalog.importing import exports
from haochaping.catalog.importing.kinds import Column, ImportContext, Kind, Save, Whole
from haochaping.catalog.outcomes import Outcome
from haochaping.hooks.values import Words

_ACTIVE: Final = Column(
    "active", Words("启用", "Active"), example="是", note=Words("是 或 否，空为是", "yes or no")
)
_ENGLISH: Final = Column("name_en", Words("英文名称", "English name"))
_YES_NO: Final = Words("是 或 否，空为否", "yes or no, empty is no")


def _simple(save: Callable[[Connection, Sequence[Any]], Sequence[Outcome]]) -> Save:
    def stored(
        conn: Connection, context: ImportContext, drafts: Sequence[Any], last: bool
    ) -> Sequence[Outcome]:
        return save(conn, drafts)

    return stored


def _dated(save: Callable[[Connection, Sequence[Any], date], Sequence[Outcome]]) -> Save:
    def stored(
        conn: Connection, context: ImportContext, drafts: Sequence[Any], last: bool
    ) -> Sequence[Outcome]:
        return save(conn, drafts, context.clock.now().astimezone(context.zone).date())

    return stored


def _save_regions(
    conn: Connection, context: ImportContext, drafts: Sequence[Any], last: bool
) -> Sequence[Outcome]:
    return region_saving.save(conn, drafts, last=last)


REGIONS: Final = Kind(
    name="regions",
    title=Words("行政区划", "Regions"),
    columns=(
        Column(
            "code",
            Words("区划代码", "Region code"),
            required=True,
            example="990106",
            note=Words(
                "6、9 或 12 位数字；功能区可用本地代码", "6, 9 or 12 digits, or local zones"
            ),
        ),
        Column(
            "name",
            Words("名称", "Name"),
            example="示例区",
            note=Words("填写现行代码的行可空", "may be empty where the line is an alias"),
        ),
        _ENGLISH,
        Column(
            "level",
            Words("级别", "Level"),
            note=Words(
                "省、市、县、乡镇、村、功能区；空则按代码判断",
                "province, city, county, town, village, zone; empty: by the digits",
            ),
        ),
        Column(
            "parent",
            Words("上级代码", "Parent code"),
            example="990100",
            note=Words("空则按代码判断；功能区必填", "empty: by the digits; needed for zones"),
        ),
        Column(
            "valid_from",
            Words("生效日期", "Valid from"),
            note=Words("如 2026-01-01；空为一直有效", "as 2026-01-01; empty: always"),
        ),
        Column(
            "valid_to",
            Words("失效日期", "Valid to"),
            note=Words("最后一天，含当天", "the last day, inclusive"),
        ),
        Column(
            "alias_of",
            Words("现行代码", "Stands for"),
            note=Words(
                "填写时，本行是旧代码，自生效日期起代表现行代码（如 370882 代表 370812）",
                "when given, the line is an old code that stands for this one from the first day",
            ),
        ),
    ),
    parse=region_saving.draft,
    save=_save_regions,
    export=exports.regions,
    last_order=lambda draft: len(draft.code),
)

ORGANIZATIONS: Final = Kind(
    name="organizations",
    title=Words("机构", "Organizations"),
    columns=(
        Column(
            "code",
            Words("机构代码", "Organization code"),
            required=True,
            example="11990000MB2000004B",
            note=Words(
                "统一社会信用代码；内部科室、派驻窗口可用本地代码，但须填上级",
                "unified social credit code; local codes need a parent",
            ),
            aliases=("统一社会信用代码",),
        ),
        Column("name", Words("机构名称", "Name"), required=True, example="示例区政务服务管理局"),
        _ENGLISH,
        Column("region", Words("区划代码", "Region code"), required=True, example="990106"),
        Column("parent", Words("上级机构代码", "Parent's code")),
        _ACTIVE,
    ),
    parse=organizations.draft,
    save=_dated(organizations.save),
    export=exports.organizations,
)

HALLS: Final = Kind(
    name="halls",
    title=Words("大厅", "Halls"),
    columns=(
        Column("code", Words("大厅代码", "Hall code"), required=True, example="990106-H01"),
        Column("name", Words("大厅名称", "Name"), required=True, example="示例区政务服务中心"),
        _ENGLISH,
        Column("region", Words("区划代码", "Region code"), required=True, example="990106"),
        Column(
            "organization",
            Words("机构代码", "Organization code"),
            required=True,
            example="11990000MB2000004B",
        ),
        Column(
            "opening",
            Words("开放时间", "Opening hours"),
            example="09:00-12:00;13:30-17:00",
            note=Words("工作日的时段；空则按本地规则", "on working days; empty: the profile's"),
        ),
        _ACTIVE,
    ),
    parse=halls.draft,
    save=_dated(halls.save),
    export=exports.halls,
)

WINDOWS: Final = Kind(
    name="windows",
    title=Words("窗口", "Windows"),
    columns=(
        Column("hall", Words("大厅代码", "Hall code"), required=True, example="990106-H01"),
        Column("code", Words("窗口代码", "Window code"), required=True, example="A03"),
        Column("name", Words("窗口名称", "Name"), required=True, example="3 号综合窗口"),
        _ENGLISH,
        Column(
            "organization",
            Words("机构代码", "Organization code"),
            note=Words("在此服务的机构；空为大厅的机构", "empty: the hall's own"),
        ),
        _ACTIVE,
    ),
    parse=windows.draft,
    save=_simple(windows.save),
    export=exports.windows,
)

STAFF: Final = Kind(
    name="staff",
    title=Words("工作人员", "Staff"),
    columns=(
        Column("number", Words("工号", "Staff number"), required=True, example="990106007"),
        Column(
            "organization",
            Words("机构代码", "Organization code"),
            required=True,
            example="11990000MB2000004B",
        ),
        Column("hall", Words("大厅代码", "Hall code"), example="990106-H01"),
        Column("window", Words("窗口代码", "Window code"), example="A03"),
        _ACTIVE,
    ),
    parse=staff.draft,
    save=_simple(staff.save),
    export=exports.staff_members,
)

ITEMS: Final = Kind(
    name="items",
    title=Words("事项", "Items"),
    columns=(
        Column(
            "code",
            Words("事项编码", "Item code"),
            required=True,
            example="11990000MB2000004B4990106001001",
            note=Words("实施编码，不超过 64 个字符", "at most 64 characters"),
        ),
        Column("name", Words("事项名称", "Name"), required=True, example="企业设立登记"),
        _ENGLISH,
        Column(
            "organization", Words("机构代码", "Organization code"), example="11990000MB2000004B"
        ),
        Column("sensitive", Words("敏感事项", "Sensitive"), example="否", note=_YES_NO),
        Column(
            "public_name",
            Words("对外名称", "Public name"),
            note=Words(
                "敏感事项必填，页面只显示它", "needed for sensitive items: all that pages show"
            ),
        ),
        _ACTIVE,
    ),
    parse=items.draft,
    save=_simple(items.save),
    export=exports.items,
    whole=Whole(items.plain, items.save_plain),
)
