"""The ledgers: points of units and persons by month and year, and who may be nominated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.doors import figures, periods, subjects
from haochaping.doors.figures import Awarded, shown
from haochaping.hooks.values import Period, Subject, Words
from haochaping_sichuan.schemes import FINDINGS

PLUGIN: Final = "sichuan"
KINDS: Final = ("organization", "staff")


@dataclass(frozen=True, slots=True)
class Account:
    """One subject's year: points by month (hundredths), their mean, and what stands against it.

    `nominated` is None when it is a candidate; else the reason why it is not.
    """

    subject: Subject
    months: Mapping[str, int]
    mean: Fraction
    unmet: tuple[Words, ...]
    against: Words | None = None

    @property
    def annual(self) -> str:
        """The year's score with two decimal places, rounded half up."""
        return shown(self.mean / 100, "half_up", 2)


def lines(conn: Connection, period: Period, kind: str, subject: int) -> tuple[Awarded, ...]:
    """Return the lines of one subject's month, in the order they were reckoned."""
    found = figures.awards_of(conn, period, kind, [subject])
    return tuple(each for each in found if each.plugin == PLUGIN)


def totals(conn: Connection, period: Period, kind: str) -> dict[int, int]:
    """Return the points of all subjects of a kind in a month, in hundredths."""
    return _summed(_of(conn, period, kind))


def year(
    conn: Connection, year_of: Period, kind: str, rules: Mapping[str, Any]
) -> tuple[Account, ...]:
    """Return the year's ledger of a kind, the highest first; ties in the order of codes."""
    by_month = {month.name: _of(conn, month, kind) for month in months(year_of)}
    sums = {name: _summed(found) for name, found in by_month.items()}
    ids = sorted({each for found in sums.values() for each in found})
    names = subjects.names(conn, kind, ids)
    accounts = [_account(names[each], sums, by_month) for each in ids if each in names]
    accounts.sort(key=lambda each: (-each.mean, each.subject.code, each.subject.id))
    return tuple(_judged(accounts, rules))


def months(year_of: Period) -> tuple[Period, ...]:
    """Return the twelve months of a year."""
    return periods.months_until(periods.of_month(year_of.last), 12)


def points_text(hundredths: int) -> str:
    """Return points as decimal text with two places."""
    return shown(Fraction(hundredths, 100), "half_up", 2)


def _of(conn: Connection, period: Period, kind: str) -> tuple[Awarded, ...]:
    found = figures.awards_of(conn, period, kind)
    return tuple(each for each in found if each.plugin == PLUGIN)


def _summed(found: Sequence[Awarded]) -> dict[int, int]:
    points: dict[int, int] = {}
    for each in found:
        if each.award.kind == "points":
            points[each.subject_id] = points.get(each.subject_id, 0) + each.award.points
    return points


def _account(
    subject: Subject,
    sums: Mapping[str, Mapping[int, int]],
    by_month: Mapping[str, Sequence[Awarded]],
) -> Account:
    own = {name: points[subject.id] for name, points in sums.items() if subject.id in points}
    unmet = [
        Words(f"{name} {each.award.name.zh}", f"{name}: {each.award.name.en}")
        for name, found in by_month.items()
        for each in found
        if each.subject_id == subject.id and _stands_against(each)
    ]
    mean = Fraction(sum(own.values()), len(own))
    return Account(subject, own, mean, tuple(unmet))


def _stands_against(each: Awarded) -> bool:
    return each.award.kind == "penalty" or each.award.name in FINDINGS.values()


def _judged(accounts: Sequence[Account], rules: Mapping[str, Any]) -> list[Account]:
    """Say of each account whether it is nominated (评选先进), and if not, why.

    Candidates are those among the first `share` of all (ties included) with at least
    `min_points` and nothing against them.
    """
    least = Fraction(str(rules.get("min_points", 95))) * 100
    places = max(1, int(len(accounts) * Fraction(str(rules.get("share", 0.2)))))
    bound = accounts[places - 1].mean if accounts else Fraction(0)
    return [
        Account(each.subject, each.months, each.mean, each.unmet, _against(each, least, bound))
        for each in accounts
    ]


def _against(each: Account, least: Fraction, bound: Fraction) -> Words | None:
    if each.unmet:
        zh, en = "；".join(u.zh for u in each.unmet), "; ".join(u.en for u in each.unmet)
        return Words(zh, en)
    if each.mean < least:
        points = shown(least / 100, "half_up", 2)
        return Words(f"年度得分低于 {points}", f"fewer than {points} points in the year")
    if each.mean < bound:
        return Words("不在推荐名额之内", "beyond the number of places")
    return None
