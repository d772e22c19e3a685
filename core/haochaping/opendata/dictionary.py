"""The data dictionary: data sets, their fields and the code lists, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from haochaping.disclosure.home import STATES
from haochaping.hooks.values import Words
from haochaping.indicators.scale import LABELS


class Kind(StrEnum):
    """Types of fields; the names are those of the Table Schema standard."""

    TEXT = "string"
    COUNT = "integer"
    NUMBER = "number"
    FLAG = "boolean"
    DAY = "date"
    MONTH = "yearmonth"


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `codes` names a code list; a field that is not `always` there may be empty."""

    name: str
    kind: Kind
    label: Words
    about: Words
    always: bool = True
    codes: str = ""


@dataclass(frozen=True, slots=True)
class DataSet:
    """One table of open data; `key` are the fields that no two rows share."""

    name: str
    title: Words
    about: Words
    fields: tuple[Field, ...]
    key: tuple[str, ...]


def _field(
    name: str, kind: Kind, label: str, english: str, about: tuple[str, str] = ("", ""), **more: Any
) -> Field:
    return Field(name, kind, Words(label, english), Words(*about), **more)


SUBJECTS: Final[Mapping[str, Words]] = {
    "region": Words("地区", "Region"),
    "organization": Words("部门", "Organization"),
    "hall": Words("大厅", "Hall"),
    "window": Words("窗口", "Window"),
    "staff": Words("工作人员（工号）", "Member of staff (number)"),
    "item": Words("事项", "Item"),
}

CODE_LISTS: Final[Mapping[str, Mapping[str, Words]]] = {
    "subject_kind": SUBJECTS,
    "grade": {str(int(grade)): label for grade, label in LABELS.items()},
    "case_state": STATES,
}
"""Code lists by name; a code is what stands in a cell, its words are what it means."""

_WITHHELD: Final = (
    "样本过少时不公布数值，防止推知个人评价",
    "True where there are so few ratings that the figure could tell who gave them",
)
_MONTH: Final = _field("period", Kind.MONTH, "月份", "Month", ("服务办结所在月份", "YYYY-MM"))

FIGURES: Final = DataSet(
    "figures",
    Words("评价指标", "Figures"),
    Words(
        "各公开榜单的全部数值：每个对象、每个指标一行。",
        "All figures of all public boards: a row for each subject and measure.",
    ),
    (
        _MONTH,
        _field("board", Kind.TEXT, "榜单", "Board", ("榜单的代码", "Name of the board")),
        _field("line", Kind.COUNT, "行号", "Line", ("榜单内的行号", "Number within the board")),
        _field("subject_kind", Kind.TEXT, "对象类别", "Kind of subject", codes="subject_kind"),
        _field("subject_code", Kind.TEXT, "对象代码", "Code of the subject", always=False),
        _field("subject_name", Kind.TEXT, "对象名称", "Name of the subject"),
        _field("region", Kind.TEXT, "行政区划代码", "Region code", always=False),
        _field(
            "ratings",
            Kind.COUNT,
            "评价数",
            "Ratings",
            ("单位：件", "Ratings counted"),
            always=False,
        ),
        _field("ratings_withheld", Kind.FLAG, "评价数不公布", "Ratings withheld", _WITHHELD),
        _field("measure", Kind.TEXT, "指标", "Measure", ("见 measures", "See measures")),
        _field(
            "value",
            Kind.NUMBER,
            "数值",
            "Value",
            ("比率以百分数计，99.5 即 99.5%", "Ratios are percentages: 99.5 means 99.5 %"),
            always=False,
        ),
        _field("n", Kind.COUNT, "分母", "Denominator", always=False),
        _field("low", Kind.NUMBER, "95% 区间下限", "Low end of the 95 % interval", always=False),
        _field("high", Kind.NUMBER, "95% 区间上限", "High end of the 95 % interval", always=False),
        _field("withheld", Kind.FLAG, "数值不公布", "Value withheld", _WITHHELD),
        _field(
            "place",
            Kind.COUNT,
            "名次",
            "Place",
            ("样本不足的不排名", "Empty where there are too few ratings to rank"),
            always=False,
        ),
        _field(
            "corrected",
            Kind.FLAG,
            "已更正",
            "Corrected",
            ("封账后有更正", "The figure changed after the month was closed"),
        ),
    ),
    ("board", "line", "measure"),
)

REVIEWS: Final = DataSet(
    "reviews",
    Words("公开评价", "Reviews"),
    Words(
        "审核后公开的评价文字与官方答复；不含任何评价人信息，已撤回的不再提供。",
        "Comments published after review, with official replies; nothing tells who wrote them.",
    ),
    (
        _MONTH,
        _field("mark", Kind.TEXT, "编号", "Mark", ("公开批次与批内序号", "Batch and place in it")),
        _field("day", Kind.DAY, "日期", "Day"),
        _field("grade", Kind.COUNT, "评价等级", "Grade", codes="grade"),
        _field("text", Kind.TEXT, "评价内容", "Text", ("已遮盖个人信息", "Personal data masked")),
        _field("organization_code", Kind.TEXT, "部门代码", "Organization code", always=False),
        _field("organization_name", Kind.TEXT, "部门名称", "Organization name", always=False),
        _field("hall_code", Kind.TEXT, "大厅代码", "Hall code", always=False),
        _field("hall_name", Kind.TEXT, "大厅名称", "Hall name", always=False),
        _field("item_code", Kind.TEXT, "事项代码", "Item code", always=False),
        _field("item_name", Kind.TEXT, "事项名称", "Item name", always=False),
        _field(
            "case_state",
            Kind.TEXT,
            "差评办理情况",
            "State of the case",
            always=False,
            codes="case_state",
        ),
        _field("reply", Kind.TEXT, "官方答复", "Official reply", always=False),
    ),
    ("mark",),
)

MEASURES: Final = DataSet(
    "measures",
    Words("指标定义", "Measures"),
    Words("本月各项指标的名称与算法。", "Names and definitions of the month's measures."),
    (
        _field("measure", Kind.TEXT, "指标", "Measure"),
        _field("label", Kind.TEXT, "名称", "Name in Chinese"),
        _field("label_en", Kind.TEXT, "英文名称", "Name in English"),
        _field("definition", Kind.TEXT, "算法", "Definition in Chinese"),
        _field("definition_en", Kind.TEXT, "英文算法", "Definition in English"),
        _field("unit", Kind.TEXT, "单位", "Unit", ("% 或分", "% or points"), always=False),
    ),
    ("measure",),
)

DATA_SETS: Final = (FIGURES, REVIEWS, MEASURES)


def named(name: str) -> DataSet | None:
    """Return the data set of a name, None when there is none."""
    return next((one for one in DATA_SETS if one.name == name), None)


def table_schema(data: DataSet) -> dict[str, Any]:
    """Return a data set's dictionary in the form of the Table Schema standard."""
    return {
        "fields": [_as_json(field) for field in data.fields],
        "primaryKey": list(data.key),
        "missingValues": [""],
    }


def code_lists() -> dict[str, Any]:
    """Return all code lists for machines."""
    return {
        name: [{"code": code, "zh": text.zh, "en": text.en} for code, text in codes.items()]
        for name, codes in CODE_LISTS.items()
    }


def _as_json(field: Field) -> dict[str, Any]:
    rules: dict[str, Any] = {"required": True} if field.always else {}
    if field.codes:
        codes: list[Any] = list(CODE_LISTS[field.codes])
        rules["enum"] = [int(one) for one in codes] if field.kind is Kind.COUNT else codes
    described = {
        "name": field.name,
        "type": str(field.kind),
        "title": field.label.zh,
        "title_en": field.label.en,
        "description": field.about.zh,
        "description_en": field.about.en,
        "constraints": rules,
    }
    return {key: value for key, value in described.items() if value}
