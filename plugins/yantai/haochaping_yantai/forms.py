"""What comes in by the plugin's forms, read into values. Everything raises Incomplete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Final

from haochaping.hooks.values import Words
from haochaping_yantai import wording
from haochaping_yantai.diary import SYMPOSIUM, Plan
from haochaping_yantai.guests import Caller
from haochaping_yantai.opinions import Said

TITLE: Final = Words("活动名称", "title")
PLACE: Final = Words("地点", "place")
ABOUT: Final = Words("内容介绍", "description")
STARTS: Final = Words("开始时间", "start")
ENDS: Final = Words("结束时间", "end")
CAPACITY: Final = Words("人数上限", "capacity")
NAME: Final = Words("姓名", "name")
ENTERPRISE: Final = Words("企业名称", "enterprise's name")
SAID: Final = Words("意见内容", "opinion")
LONG: Final = 4000

Form = Mapping[str, str]


def plan(form: Form, zone: tzinfo) -> Plan:
    """Return the plan of an event."""
    return Plan(
        kind=form.get("kind", ""),
        title=wording.needed(form.get("title", ""), TITLE, 80),
        about=wording.optional(form.get("about", ""), ABOUT, LONG),
        place=wording.needed(form.get("place", ""), PLACE, 120),
        organization_id=whole(form.get("organization", "")),
        starts_at=wording.local_moment(form.get("starts_at", ""), STARTS, zone),
        ends_at=wording.local_moment(form.get("ends_at", ""), ENDS, zone),
        capacity=wording.number(form.get("capacity", ""), CAPACITY, 1, 10_000),
    )


def caller(form: Form, kind: str) -> Caller:
    """Return who registers; a symposium asks for the enterprise."""
    read = wording.needed if kind == SYMPOSIUM else wording.optional
    return Caller(
        name=wording.needed(form.get("name", ""), NAME, 40),
        mobile=wording.mobile(form.get("mobile", "")),
        enterprise=read(form.get("enterprise", ""), ENTERPRISE, 80),
    )


def enterprises(form: Form) -> tuple[str, ...]:
    """Return the enterprises of a list, one a line, each once."""
    lines = form.get("enterprises", "").splitlines()
    found = [wording.optional(line, ENTERPRISE, 80) for line in lines]
    return tuple(dict.fromkeys(one for one in found if one))


def said(form: Form) -> Said:
    """Return an opinion as the minute-taker wrote it down."""
    grade = form.get("grade", "")
    return Said(
        organization_id=whole(form.get("organization", "")),
        topic=form.get("topic", ""),
        text=wording.optional(form.get("text", ""), SAID, 1000),
        grade=whole(grade) if grade else None,
        as_case=form.get("as_case") == "1",
    )


def text(form: Form, name: str, label: Words) -> str:
    """Return a long text."""
    return wording.optional(form.get(name, ""), label, LONG)


def whole(typed: str) -> int:
    """Return a whole number, 0 when it is none."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 20 else 0
