"""The parts of a bulletin in words and tables, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from haochaping.bulletins.content import Cell, Part, period_words
from haochaping.disclosure import origins as ways
from haochaping.disclosure.boards import Board, Row
from haochaping.disclosure.cells import Cell as Figure
from haochaping.disclosure.cells import Column
from haochaping.disclosure.home import STATES, Over
from haochaping.disclosure.origins import Origin
from haochaping.disclosure.reviews import PublicReview
from haochaping.disclosure.suppression import Cell as Count
from haochaping.grading import formulas
from haochaping.hooks.values import Grade, Words
from haochaping.indicators import scale

TEXT: Final = ("regions", "organizations", "halls", "items")
"""Boards whose first places stand in the text; all boards are annexes."""
SHOWN: Final = ("satisfaction", "bad_rate", "strict_satisfaction", "active_rate", "on_time_rate")
"""Figures of a board that the text has room for."""
COUNTS: Final = (
    "cases_opened",
    "cases_due",
    "cases_on_time",
    "cases_open_overdue",
    "cases_reopened",
    "cases_ended",
    "cases_void",
    "cases_upheld",
    "cases_real_name",
    "cases_contacted",
)
"""Counts of cases that a bulletin tells, by the names that formulas use."""
_RATED: Final = Words("有效评价", "Effective ratings")
_NAME: Final = Words("名称", "Name")
_NUMBER: Final = Words("数量", "Number")
_NONE: Final = "—"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A number with what it is of."""

    label: Words
    count: Count


@dataclass(frozen=True, slots=True)
class Overdue:
    """A unit and how many of its cases are open and late."""

    unit: Words
    cases: int


@dataclass(frozen=True, slots=True)
class Honour:
    """Who is honoured, how, and for what."""

    who: Words
    award: Words
    reason: Words


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures of a period and of the one before it."""

    now: Over
    then: Over


def figures(now: Over, then: Over, below: int) -> Mapping[str, str | int | None]:
    """Return the jurisdiction's figures by name as shown; those before by `previous.<name>`."""
    return {
        **_figures(now, below),
        **{f"previous.{n}": v for n, v in _figures(then, below).items()},
    }


def _figures(found: Over, below: int) -> dict[str, str | int | None]:
    told = formulas.counts_of(found.tally, found.facts)
    return {
        "rated": found.tally.rated,
        **{f"grade{one.grade}": one.count.count for one in found.grades},
        **{n: None if c.withheld else c.told or None for n, c in found.cells.items()},
        **{name: ways.small(told[name], below).count for name in COUNTS},
    }


def overview(place: Words, now: Over, then: Over) -> Part:
    """Say in sentences how many ratings there were, how good, and what was done."""
    when, rated = period_words(now.period), now.tally.rated
    moved = _moved(rated, then.tally.rated)
    paragraphs = [
        Words(
            f"{when.zh}，{place.zh}共收到有效评价{rated:,}条，{moved.zh}。",
            f"In {when.en}, {place.en or place.zh} received {rated:,} effective ratings,"
            f" {moved.en}.",
        )
    ]
    told = [
        (formulas.label_of(name), now.cells[name].told)
        for name in SHOWN
        if name in now.cells and now.cells[name].text
    ]
    if told:
        zh = "，".join(f"{label.zh}{value}" for label, value in told)
        en = ", ".join(f"{label.en.lower()} {value}" for label, value in told)
        paragraphs.append(Words(f"{zh}。", f"{en[:1].upper()}{en[1:]}."))
    return Part("overview", Words("总体情况", "Overview"), tuple(paragraphs))


def _moved(now: int, then: int) -> Words:
    if not then:
        return Words("上期没有评价", "after none in the period before")
    if now == then:
        return Words("与上期持平", "as many as in the period before")
    share = formulas.percent(abs(now - then), then, 2)
    if now > then:
        return Words(
            f"比上期增加{now - then:,}条（{share}）",
            f"{now - then:,} more than in the period before ({share})",
        )
    return Words(
        f"比上期减少{then - now:,}条（{share}）",
        f"{then - now:,} fewer than in the period before ({share})",
    )


def grades(now: Over) -> Part:
    """Tell the five grades."""
    rows = tuple(
        (scale.label(Grade(one.grade)), _count(one.count), one.share or _NONE) for one in now.grades
    )
    columns = (Words("评价等级", "Grade"), _NUMBER, Words("占比", "Share"))
    return Part("grades", Words("五档评价", "The five grades"), (), columns, rows)


def rates(both: Compared) -> Part:
    """Tell every figure of the jurisdiction beside that of the period before."""
    rows: list[tuple[Cell, ...]] = [
        (_RATED, both.now.tally.rated, both.then.tally.rated, _change(both)),
    ]
    for column in both.now.columns:
        now, then = both.now.cells[column.name], both.then.cells[column.name]
        rows.append((column.label, now.told or _NONE, then.told or _NONE, _difference(now, then)))
    columns = (
        Words("指标", "Figure"),
        Words("本期", "This period"),
        Words("上期", "Period before"),
        Words("增减", "Change"),
    )
    heading = Words("主要指标及与上期比较", "Main figures and the period before")
    return Part("rates", heading, (), columns, tuple(rows))


def _change(both: Compared) -> str:
    return f"{both.now.tally.rated - both.then.tally.rated:+,}"


def _difference(now: Figure, then: Figure) -> str:
    """Return how far a figure as shown moved; percentages in points."""
    if now.withheld or then.withheld or not now.text or not then.text:
        return _NONE
    change = Decimal(now.told.removesuffix("%")) - Decimal(then.told.removesuffix("%"))
    return f"{change:+}" if change else "0"


def origins(found: Sequence[Origin]) -> Part | None:
    """Tell where the ratings came from; default ones count in no figure."""
    rows = tuple((one.label, _count(one.count)) for one in found)
    columns = (Words("来源", "Origin"), _NUMBER)
    return _table("origins", Words("评价来源", "Origin of the ratings"), columns, rows)


def channels(found: Sequence[Labelled]) -> Part | None:
    """Tell the channels."""
    rows = tuple((one.label, _count(one.count)) for one in found)
    columns = (Words("渠道", "Channel"), _NUMBER)
    return _table("channels", Words("评价渠道", "Channels"), columns, rows)


def reasons(found: Sequence[Labelled], below: int) -> Part | None:
    """Tell the reasons chosen most often."""
    rows = tuple((one.label, _count(one.count)) for one in found)
    columns = (Words("原因", "Reason"), Words("次数", "Times"))
    heading = Words("群众反映较多的方面", "Reasons given most often")
    part = _table("reasons", heading, columns, rows)
    if part is None or not below:
        return part
    note = Words(f"少于{below}次的不列。", f"Reasons given fewer than {below} times are left out.")
    return Part(part.key, part.heading, (note,), part.columns, part.rows)


def annex(board: Board) -> Part:
    """Return a board with all its columns."""
    columns = (
        Words("名次", "Place"),
        Words("编码", "Code"),
        _NAME,
        _RATED,
        *(column.label for column in board.columns),
    )
    rows = tuple(_line(board, row) for row in board.rows)
    notes = [board.note] if board.note else []
    if board.total > len(rows):
        more = f"共{board.total:,}个，此处列出前{len(rows):,}个。"
        notes.append(Words(more, f"The first {len(rows):,} of {board.total:,}."))
    return Part(board.name, board.title, tuple(notes), columns, rows)


def _line(board: Board, row: Row) -> tuple[Cell, ...]:
    place: Cell = row.rank if row.rank is not None else _NONE
    shown = (row.cells[column.name].told or _NONE for column in board.columns)
    return (place, row.subject.code, row.subject.name, _count(row.count), *shown)


def leading(annex_: Part, lines: int) -> Part:
    """Return the first places of a board with the figures that a page has room for."""
    wanted = {formulas.label_of(name).zh for name in SHOWN}
    kept = [0, 2, 3, *(n for n, one in enumerate(annex_.columns) if n > 3 and one.zh in wanted)]
    rows = tuple(tuple(row[n] for n in kept) for row in annex_.rows[:lines])
    notes: tuple[Words, ...] = ()
    if len(annex_.rows) > lines:
        notes = (Words(f"列前{lines}位，全部见附件。", f"The first {lines}; all are annexed."),)
    return Part(annex_.key, annex_.heading, notes, tuple(annex_.columns[n] for n in kept), rows)


def cases(now: Over, below: int) -> Part:
    """Tell the cases that came of bad reviews, and where they stand."""
    told = formulas.counts_of(now.tally, now.facts)
    rows: list[tuple[Cell, ...]] = [
        (formulas.COUNT_LABELS[name], _count(ways.small(told[name], below))) for name in COUNTS
    ]
    rows += [
        (Words(f"其中{label.zh}", f"of these: {label.en}"), _count(now.cases[name]))
        for name, label in STATES.items()
    ]
    heading = Words("差评整改", "Putting right")
    return Part("cases", heading, (), (Words("项目", "Count"), _NUMBER), tuple(rows))


def overdue(found: Sequence[Overdue]) -> Part | None:
    """Tell the units whose cases are late."""
    rows = tuple((one.unit, one.cases) for one in found)
    columns = (Words("单位", "Unit"), Words("超期未答复工单", "Late cases"))
    return _table("overdue", Words("超期未答复的单位", "Units with late cases"), columns, rows)


def put_right(found: Sequence[PublicReview]) -> Part | None:
    """Name cases whose answer is public: number, unit, item, state. Words stay on the pages."""
    rows = tuple(
        (
            one.note.public_id if one.note else "",
            one.organization.name if one.organization else _NONE,
            one.item.name if one.item else _NONE,
            one.note.words if one.note else _NONE,
        )
        for one in found
    )
    columns = (
        Words("工单号", "Case"),
        Words("单位", "Unit"),
        Words("事项", "Item"),
        Words("办理情况", "State"),
    )
    return _table("put_right", Words("已公开答复的整改", "Answers given in public"), columns, rows)


def honours(found: Sequence[Honour]) -> Part | None:
    """Tell the honours of the period."""
    rows = tuple((one.who, one.award, one.reason) for one in found)
    columns = (_NAME, Words("表彰", "Honour"), Words("依据", "Reason"))
    return _table("honours", Words("表彰", "Honours"), columns, rows)


def method(columns: Sequence[Column], digest: str, below: int) -> Part:
    """Say how the figures are made, and by which rules."""
    said = [
        Words(f"{one.label.zh} = {one.definition.zh}。", f"{one.label.en}: {one.definition.en}.")
        for one in columns
    ]
    small = Words(
        f"小于{below}的数以“<{below}”表示，可由其他数推算出来的以“…”表示。",
        f"Numbers below {below} are written <{below}, those that others would tell as “…”.",
    )
    rules = Words(
        f"数据由系统自动统计，规则版本 {digest[:12]}。",
        f"Figures are computed by the system, version of the rules {digest[:12]}.",
    )
    shown = (*said, small, rules) if below else (*said, rules)
    return Part("method", Words("统计口径", "How figures are made"), shown)


def _count(count: Count) -> Cell:
    return count.text if count.count is None else count.count


def _table(
    key: str, heading: Words, columns: tuple[Words, ...], rows: tuple[tuple[Cell, ...], ...]
) -> Part | None:
    return Part(key, heading, (), columns, rows) if rows else None
