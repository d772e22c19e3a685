"""The analysis in words and cells, as the page and the workbook show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from haochaping.analysis import comparing
from haochaping.analysis.anomalies import Anomaly
from haochaping.analysis.comparing import Verdict
from haochaping.analysis.reading import Rate
from haochaping.analysis.report import Counted, Hour, Report
from haochaping.analysis.rules import AnalysisRules
from haochaping.disclosure.suppression import Cell
from haochaping.grading import formulas
from haochaping.grading.rounding import shown
from haochaping.hooks.values import Subject
from haochaping.indicators.options import OptionList
from haochaping.messages import N_
from haochaping.web import formats
from haochaping.web.console.staff_boards import View
from haochaping.web.i18n import _, words
from haochaping.web.public.contexts import Option

PLACES: Final = 2
LEVELS: Final = 5
"""Shades of the heat map."""
NONE: Final = "—"
DAYS: Final = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))
CHANGES: Final[Mapping[Verdict, str]] = {
    Verdict.WORSE: N_("上升"),
    Verdict.BETTER: N_("下降"),
    Verdict.SAME: N_("无实质变化"),
    Verdict.UNKNOWN: N_("无法比较"),
}
TONES: Final[Mapping[Verdict, str]] = {Verdict.WORSE: "bad", Verdict.BETTER: "good"}
KINDS: Final = {"organization": N_("单位"), "hall": N_("大厅"), "item": N_("事项")}


@dataclass(frozen=True, slots=True)
class Filter:
    """What the page may be narrowed to, of one kind."""

    kind: str
    title: str
    options: tuple[Option, ...]

    @property
    def chosen(self) -> str:
        """The value that was chosen; empty for all."""
        return next((each.value for each in self.options if each.chosen), "")


@dataclass(frozen=True, slots=True)
class Line:
    """A reason, unit, hall, item or the whole: now, before, and what became of it."""

    name: str
    bad: str
    rated: str
    rate: str
    interval: str
    before: str
    before_n: str
    change: str
    tone: str
    share: str = ""
    width: str = ""


@dataclass(frozen=True, slots=True)
class HourCell:
    """One weekday and hour of the heat map; `level` is its shade, `value` for the chart."""

    text: str
    n: str
    level: int
    value: str


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour of the heat map, Monday first."""

    label: str
    cells: tuple[HourCell, ...]


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One month of the reasons over time, in the order of `Drawn.series`."""

    month: str
    counts: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """An anomaly in words."""

    title: str
    kind: str
    text: str


class Drawn:
    """The report in the reader's words."""

    def __init__(
        self,
        report: Report,
        names: Mapping[str, Mapping[int, Subject]],
        rules: AnalysisRules,
        options: OptionList,
        *,
        exact: bool,
    ) -> None:
        self._report = report
        self._names = names
        self._rules = rules
        self._options = options
        self._exact = exact

    @property
    def total(self) -> Line:
        """The whole place."""
        return self._line(_("合计"), self._report.total)

    @property
    def reasons(self) -> tuple[Line, ...]:
        """The reasons chosen in bad ratings, those chosen most first."""
        most = max((one.bad.count or 0 for one in self._report.reasons), default=0)
        all_bad = self._report.total.bad.count
        return tuple(
            self._line(self.reason(str(one.key)), one, (all_bad, most))
            for one in self._report.reasons
        )

    def lines(self, kind: str) -> tuple[Line, ...]:
        """Return the units, halls or items with ratings, most bad ones first."""
        return tuple(self._line(self._name(kind, one.key), one) for one in self._report.kinds[kind])

    def title(self, kind: str) -> str:
        """Return what a kind is called."""
        return _(KINDS[kind])

    @property
    def days(self) -> tuple[str, ...]:
        """The weekdays, Monday first."""
        return tuple(_(day) for day in DAYS)

    @property
    def hours(self) -> tuple[HourRow, ...]:
        """The heat map: rates by weekday and hour, from the first hour with ratings to the last."""
        found = self._report.hours
        if not found:
            return ()
        last = max(hour for _day, hour in found)
        top = max((self._slot_rate((day, hour)) or 0 for day, hour in found), default=Fraction(0))
        return tuple(
            HourRow(
                f"{hour:02}:00",
                tuple(self._cell((day, hour), Fraction(top)) for day in range(len(DAYS))),
            )
            for hour in range(min(hour for _day, hour in found), last + 1)
        )

    @property
    def by_hour(self) -> bool:
        """Say whether hours are kept for what was asked."""
        return self._report.hours is not None

    @property
    def series(self) -> tuple[str, ...]:
        """The reasons that are shown over time."""
        return tuple(self.reason(each.code) for each in self._report.series)

    @property
    def trend(self) -> tuple[TrendLine, ...]:
        """The months with how often those reasons were chosen."""
        return tuple(
            TrendLine(month, tuple(each.counts[number] for each in self._report.series))
            for number, month in enumerate(self._report.months)
        )

    @property
    def cards(self) -> tuple[Card, ...]:
        """The anomalies in words."""
        return tuple(self._card(each) for each in self._report.anomalies)

    @property
    def compared(self) -> int:
        """How many the rule of the cards watched."""
        return self._report.compared

    @property
    def rule(self) -> str:
        """The rule of the cards, in words."""
        rule = self._rules.anomaly
        return _(
            "本期评价不少于 %(n)s 条、差评不少于 %(bad)s 条，"
            "此前 %(months)s 个月评价不少于 %(n)s 条；本期差评率不低于此前的 %(ratio)s 倍；"
            "并且用费希尔精确检验，纯属偶然的概率低于 %(one)s，"
            "全部对象合计仍低于 %(all)s。提示只供核查，不产生任何后果。",
            n=rule.min_n,
            bad=rule.min_bad,
            months=rule.months,
            ratio=f"{rule.ratio.normalize():f}",
            one=f"{(rule.chance * 100).normalize():f}%",
            all=f"{(rule.chance_all * 100).normalize():f}%",
        )

    def reason(self, code: str) -> str:
        """Return the wording of a reason."""
        return words(self._options.label(code)) if code else _("未选原因")

    def _line(self, name: str, one: Counted, scale: tuple[int | None, int] = (None, 0)) -> Line:
        now, before = one.comparison.now, one.comparison.before
        verdict = one.comparison.verdict
        bad, (whole, most) = one.bad.count, scale
        bounds = comparing.interval(now)
        return Line(
            name=name,
            bad=one.bad.text,
            rated=self._few(now.rated),
            rate=_percent(now) if bad is not None else NONE,
            interval=_interval(bounds) if bounds and bad is not None else "",
            before=_percent(before) if one.was.count is not None else NONE,
            before_n=self._few(before.rated),
            change=_(CHANGES[verdict]) if one.open else "",
            tone=TONES.get(verdict, "") if one.open else "",
            share=formulas.percent(bad, whole, 1) if bad and whole else "",
            width=str(round(100 * bad / most)) if bad and most else "",
        )

    def _few(self, count: int) -> str:
        below = self._rules.below
        return f"<{below}" if not self._exact and 0 < count < below else formats.number(count)

    def _name(self, kind: str, key: int | str) -> str:
        subject = self._names[kind].get(int(key))
        return (words(subject.name) or subject.code) if subject else _("已不在目录中")

    def _slot_rate(self, hour: Hour) -> Fraction | None:
        slot = (self._report.hours or {}).get(hour)
        if slot is None or slot.bad.count is None or not slot.rated.count:
            return None
        return Fraction(slot.bad.count, slot.rated.count)

    def _cell(self, hour: Hour, top: Fraction) -> HourCell:
        slot, rate = (self._report.hours or {}).get(hour), self._slot_rate(hour)
        if slot is None:
            return HourCell("", "", 0, "")
        n = f"{slot.bad.text}/{slot.rated.text}"
        if rate is None:
            return HourCell(NONE, n, 0, "")
        level = -(-int(rate * LEVELS * 1000) // int(top * 1000)) if top * 1000 >= 1 and rate else 0
        text = shown(rate * 100, "half_up", 1)
        return HourCell(f"{text}%", n, min(level, LEVELS), text)

    def _card(self, one: Anomaly) -> Card:
        watched, rule = one.watched, self._rules.anomaly
        now, before = _percent(watched.now), _percent(watched.before)
        if self._exact:
            text = _(
                "本期差评率 %(now)s，此前 %(months)s 个月 %(before)s；n = %(n)s",
                now=now,
                months=rule.months,
                before=before,
                n=formats.number(watched.now.rated),
            )
        else:
            text = _(
                "本期差评率 %(now)s，明显高于此前 %(months)s 个月；n = %(n)s",
                now=now,
                months=rule.months,
                n=formats.number(watched.now.rated),
            )
        if one.reason:
            named, times = self.reason(one.reason), one.reason_count
            why = _("多数选“%(reason)s”（%(n)s 次）", reason=named, n=times)
            text = _("%(told)s；%(why)s", told=text, why=why)
        return Card(self._name(watched.kind, watched.id), self.title(watched.kind), text)


@dataclass(frozen=True, slots=True)
class AnalysisPage:
    """All that the page shows."""

    drawn: Drawn
    views: tuple[View, ...]
    view: View
    exact: bool
    period: Option
    before: str
    periods: tuple[Option, ...]
    running: bool
    filters: tuple[Filter, ...]
    query: str


def _percent(rate: Rate) -> str:
    return formulas.percent(rate.bad, rate.rated, PLACES) if rate.rated else NONE


def _interval(bounds: tuple[Fraction, Fraction]) -> str:
    low, high = (shown(each * 100, "half_up", PLACES) for each in bounds)
    return f"{low}–{high}%"
