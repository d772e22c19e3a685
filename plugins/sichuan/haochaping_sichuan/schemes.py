"""What a month's figures mean for 目标绩效 and 年度考核: lines of points, each with its reason.

Points are exact fractions until they become hundredths; every line can be recomputed from
the figures that its reason names. The points are this software's assumption: what is
published says that good reviews are linked to appraisal and bad ones deduct.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any, Final

from haochaping.hooks.grading import Award, CaseFacts, Measures, Tally
from haochaping.hooks.values import Words

SCHEMES: Final[Mapping[str, str]] = {"organization": "target", "staff": "personal"}
"""The scheme of the settings that judges a kind of subject month by month."""

FINDINGS: Final[Mapping[str, Words]] = {
    "sham": Words("虚假整改", "Sham rectification"),
    "refused": Words("拒不整改", "Refused rectification"),
}
"""What supervisors find about rectification and no figure shows."""

BASE: Final = Words("基础分", "Base")
GOOD: Final = Words("好评加分", "Points for good reviews")
BAD: Final = Words("差评扣分", "Deduction for bad reviews")
LATE: Final = Words("逾期整改扣分", "Deduction for late rectification")
CAP: Final = Words("扣分封顶", "Deductions are capped")
VISITS: Final = Words("调查暗访折算", "Mystery visits, by weight")
CALLBACK: Final = Words("回访率未达 100%", "Call-back rate below 100 %")
REPLY: Final = Words("回复率未达 100%", "Reply rate below 100 %")

_HUNDRED: Final = Fraction(100)


@dataclass(frozen=True, slots=True)
class Seen:
    """What people saw in a month: marks of mystery visits (0 to 100), findings by kind."""

    visits: Sequence[Fraction] = ()
    findings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a ledger: points with their reason."""

    name: Words
    points: Fraction
    reason: Words


def awards(rules: Mapping[str, Any], measures: Measures, seen: Seen) -> Iterator[Award]:
    """Yield the lines of a month as points, and the conditions that were not met as penalties."""
    if not measures.tally.rated and not measures.cases.due and not seen.visits:
        return
    for line in lines(rules, measures, seen):
        yield Award("points", line.name, line.reason, hundredths(line.points))
    for name, reason in unmet(measures.cases):
        yield Award("penalty", name, reason)


def lines(rules: Mapping[str, Any], measures: Measures, seen: Seen) -> tuple[Line, ...]:
    """Return the lines whose sum is the month's score."""
    found = [_base(rules), *_good(rules.get("good", {}), measures.tally)]
    found += _deductions(rules, measures, seen)
    service = sum((line.points for line in found), Fraction(0))
    return (*found, *_visits(_exact(rules.get("visits_weight", 0)), service, seen.visits))


def unmet(cases: CaseFacts) -> Iterator[tuple[Words, Words]]:
    """Yield the conditions that fail: every rater called back, every due case answered."""
    if cases.contacted < cases.with_contact_due:
        yield CALLBACK, _of(cases.contacted, cases.with_contact_due)
    if cases.open_overdue:
        yield REPLY, _of(max(0, cases.due - cases.open_overdue), max(cases.due, cases.open_overdue))


def hundredths(points: Fraction) -> int:
    """Return points as hundredths, rounded half up, away from zero."""
    whole = floor(abs(points) * 100 + Fraction(1, 2))
    return whole if points >= 0 else -whole


def _base(rules: Mapping[str, Any]) -> Line:
    base = _exact(rules.get("base", 100))
    return Line(BASE, base, Words(f"每月基础分 {_said(base)}", f"{_said(base)} a month"))


def _good(rules: Mapping[str, Any], tally: Tally) -> Iterator[Line]:
    """Yield the points for good reviews that raters gave themselves, up to the cap."""
    good = min(tally.grades[4] + tally.grades[5], tally.active)
    per, each = int(rules.get("per", 100)), _exact(rules.get("points", 0))
    cap = _exact(rules.get("cap", 0))
    points = min(each * (good // per), cap)
    if points:
        yield Line(
            GOOD,
            points,
            Words(
                f"主动好评 {good} 条，每 {per} 条加 {_said(each)} 分，最多 {_said(cap)} 分",
                f"{good} good reviews given by raters, {_said(each)} for each {per},"
                f" at most {_said(cap)}",
            ),
        )


def _deductions(rules: Mapping[str, Any], measures: Measures, seen: Seen) -> list[Line]:
    each: Mapping[str, Any] = rules.get("deductions", {})
    counts = {
        "bad": (BAD, measures.tally.bad),
        "late": (LATE, max(0, measures.cases.due - measures.cases.on_time)),
        **{kind: (name, seen.findings.get(kind, 0)) for kind, name in FINDINGS.items()},
    }
    found = [
        _deduction(name, count, _exact(each.get(kind, 0)))
        for kind, (name, count) in counts.items()
        if count and each.get(kind)
    ]
    most = _exact(rules.get("most_deducted", 100))
    over = -sum((line.points for line in found), Fraction(0)) - most
    if over > 0:
        words = Words(f"每月最多扣 {_said(most)} 分", f"at most {_said(most)} a month")
        found.append(Line(CAP, over, words))
    return found


def _deduction(name: Words, count: int, points: Fraction) -> Line:
    reason = Words(f"{count} 件，每件扣 {_said(points)} 分", f"{count}, {_said(points)} each")
    return Line(name, -points * count, reason)


def _visits(weight: Fraction, service: Fraction, visits: Sequence[Fraction]) -> Iterator[Line]:
    """Yield what turns the service score into the weighted mean with the visits' mark."""
    if not visits or not weight:
        return
    mark = sum(visits, Fraction(0)) / len(visits)
    yield Line(
        VISITS,
        weight * (mark - service),
        Words(
            f"暗访 {len(visits)} 次，平均 {_said(mark)} 分，占 {_said(weight * _HUNDRED)}%；"
            f"服务评价 {_said(service)} 分，占 {_said((1 - weight) * _HUNDRED)}%",
            f"{len(visits)} visits, mean {_said(mark)}, weight {_said(weight * _HUNDRED)} %;"
            f" service {_said(service)}, weight {_said((1 - weight) * _HUNDRED)} %",
        ),
    )


def _of(part: int, whole: int) -> Words:
    return Words(f"{part} / {whole}", f"{part} of {whole}")


def _exact(number: Any) -> Fraction:
    return Fraction(str(number))


def _said(value: Fraction) -> str:
    text = f"{float(value):.2f}"
    return text.rstrip("0").rstrip(".")
