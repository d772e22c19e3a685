"""Sections of a bulletin: the monthly key figures, approval efficiency, window stars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from haochaping.doors.figures import shown
from haochaping.hooks.disclosure import BulletinView, HonourCount, Section
from haochaping.hooks.grading import Ratio
from haochaping.hooks.values import Words
from haochaping_guangdong.efficiency import CONCLUDED, RECEIVED
from haochaping_guangdong.stars import TITLE

PLACES: Final = 2
"""Decimal places of a share in percent."""


def sections(bulletin: BulletinView) -> Iterator[Section]:
    """Yield the sections that have something to say."""
    yield Section(_KEY, tuple(_key_figures(bulletin.figures)), order=200)
    if bulletin.facts:
        yield _efficiency(bulletin.facts)
    if bulletin.honours:
        yield _stars(bulletin.honours)


def _key_figures(figures: Mapping[str, Any]) -> Iterator[Words]:
    """Yield sentences in the form of the province's monthly publication."""
    grades = [(label, figures.get(name)) for name, label in _GRADES.items()]
    zh = "，".join(f"{label.zh}{_count(count)}件" for label, count in grades)
    en = ", ".join(f"{label.en} {_count(count)}" for label, count in grades)
    rated = _count(figures.get("rated"))
    yield Words(f"共评价{rated}件，其中{zh}。", f"{rated} ratings: {en}.")
    tickets = _count(figures.get("cases_opened"))
    yield Words(f"差评工单{tickets}件。", f"{tickets} tickets of bad reviews.")


def _efficiency(facts: Mapping[str, Ratio]) -> Section:
    rows = [
        (label.zh, f"{found.over:,}", _percent(found))
        for name, label in _NAMES.items()
        if (found := facts.get(f"gd.{name}")) is not None
    ]
    speed = facts.get("gd.speed_up")
    told: tuple[Words, ...] = ()
    if speed is not None and speed.value is not None:
        saved = _percent(speed)
        told = (
            Words(
                f"办结事项的承诺时限共{speed.under:,}个工作日，实际提速{saved}。",
                f"Concluded cases took {saved} less than the {speed.under:,} working days"
                " promised.",
            ),
        )
    return Section(_EFFICIENCY, told, _COUNTED, tuple(rows), order=210)


def _stars(honours: Sequence[HonourCount]) -> Section:
    own = {name.zh for name in TITLE.values()}
    rows = tuple(
        (one.name.zh, "★" * one.level or "—", f"{one.count:,}")
        for one in honours
        if one.name.zh in own
    )
    totals = {
        name: sum(one.count for one in honours if one.name.zh == name.zh) for name in TITLE.values()
    }
    zh = "，".join(f"{name.zh}{count:,}个" for name, count in totals.items())
    en = ", ".join(f"{name.en}: {count:,}" for name, count in totals.items())
    return Section(
        _STARS, (Words(f"本期评出{zh}。", f"Given in this period: {en}."),), _GIVEN, rows, 220
    )


def _count(value: Any) -> str:
    """Return a count as the bulletin shows it; one that is withheld is not told."""
    return "…" if value is None else f"{value:,}"


def _percent(found: Ratio) -> str:
    value = found.value
    return "—" if value is None else f"{shown(value * 100, 'half_up', PLACES)}%"


_KEY: Final = Words("月度通报要点", "Key figures of the monthly publication")
_EFFICIENCY: Final = Words("审批效能", "Approval efficiency")
_STARS: Final = Words("窗口服务之星", "Window stars")
_GRADES: Final = {
    "grade5": Words("非常满意", "very satisfied"),
    "grade4": Words("满意", "satisfied"),
    "grade3": Words("基本满意", "basically satisfied"),
    "grade2": Words("不满意", "dissatisfied"),
    "grade1": Words("非常不满意", "very dissatisfied"),
}
_LABELS: Final = (
    *(Words("受理", "Accepted"), Words("不予受理", "Rejected")),
    *(Words("补正", "Supplement requested"), Words("退回", "Refused")),
    *(Words("准予", "Approved"), Words("不予许可", "Not approved")),
    *(Words("转报", "Forwarded"), Words("终止", "Terminated")),
)
_NAMES: Final = dict(zip((*RECEIVED, *CONCLUDED), _LABELS, strict=True))
_COUNTED: Final = (
    Words("办理情况", "What became of cases"),
    Words("件数", "Cases"),
    Words("占比", "Share"),
)
_GIVEN: Final = (Words("称号", "Honour"), Words("星级", "Stars"), Words("数量", "Number"))
