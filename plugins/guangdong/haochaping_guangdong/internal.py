"""The front office rates the back office: work within government, apart from citizens' ratings.

Nothing here touches evaluations, tallies or public figures. The month's share of good grades is
kept as the fact `gd.internal` of the rated unit, so that a profile may let it feed an indicator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, func, select

from haochaping.doors import facts, labels, periods, subjects
from haochaping.doors.facts import Fact, PeriodClosed
from haochaping.doors.figures import shown
from haochaping.doors.rows import upsert
from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.values import Grade, Period, Words
from haochaping.problems import Problem
from haochaping.store.types import micros
from haochaping_guangdong.tables import internal

if TYPE_CHECKING:
    from haochaping_guangdong.plugin import Guangdong

HERE: Final = "/console/x/guangdong/internal"
FACT: Final = "gd.internal"
SOURCE: Final = "前台评后台"
RATE, SEE, ALL = "appraisal.object", "appraisal.read", "appraisal.manage"
GOOD: Final = 4
"""Least grade that counts as good."""
_REFERENCE: Final = 60
_REASON: Final = 500


class InternalRefused(Problem):
    """An internal rating misses something, or is not for this account to give."""

    code = "HCP-INTERNAL-RATING"
    status = 422
    title = Words("请补全内部评价", "Please complete the internal rating")


@dataclass(frozen=True, slots=True)
class Tallied:
    """The month of one rated unit: counts by grade 1 to 5; None where they are too few to show."""

    unit: Words
    grades: tuple[int, int, int, int, int] | None
    number: int
    good: str


def page(plugin: Guangdong, request: PageRequest) -> PageResponse:
    """Show the month's tally and the form; take a rating in."""
    if request.account_id is None:
        raise InternalRefused
    refusal: Problem | None = None
    if request.method == "POST":
        try:
            rate(plugin, request.account_id, request.form)
        except (InternalRefused, PeriodClosed) as error:
            refusal = error
        else:
            return PageResponse(redirect=f"{HERE}?done=1")
    period = _month(plugin)
    values = {
        "period": period.name,
        "tallied": tally(plugin, request.account_id, period),
        "units": _units(plugin)
        if plugin.services.catalog.organizations(request.account_id, RATE)
        else [],
        "grades": [(int(each), labels.grade(each)) for each in sorted(Grade, reverse=True)],
        "typed": request.form if refusal else {},
        "refusal": None if refusal is None else refusal.detail,
        "done": bool(request.query.get("done")),
    }
    status = 200 if refusal is None else refusal.status
    return PageResponse("guangdong/internal.html", values, status=status)


def rate(plugin: Guangdong, account_id: int, form: Mapping[str, str]) -> None:
    """Store the rating of another unit's work; a second one of the same matter replaces it.

    Raises InternalRefused, PeriodClosed.
    """
    own = plugin.services.catalog.organizations(account_id, RATE)
    if not own:
        raise InternalRefused(
            Words("只有前台单位的人员可以评价后台", "Only the front office rates the back office")
        )
    rated, grade = _number(form.get("unit", "")), _number(form.get("grade", ""))
    reference = " ".join(form.get("reference", "").split())
    reason = " ".join(form.get("reason", "").split())
    _check(plugin, rated, grade, reference, reason, {each.id for each in own})
    now, period = plugin.services.now(), _month(plugin)
    row = {
        "id": plugin.services.new_id(),
        "period": period.name,
        "organization_id": own[0].id,
        "rated_id": rated,
        "reference": reference,
        "grade": grade,
        "reason": reason,
        "account_id": account_id,
        "at": micros(now),
    }
    keys = ["rated_id", "reference", "account_id"]
    with plugin.services.records.transaction() as conn:
        upsert(conn, internal, [row], keys, ["period", "grade", "reason", "at"])
        counts = _counts(conn, period, [rated])[rated]
        fact = Fact(period.name, "organization", rated, FACT, sum(counts[GOOD - 1 :]), sum(counts))
        facts.record(conn, [fact], SOURCE, now)
    details = {"account": account_id, "grade": grade}
    plugin.services.audit("rated_internally", f"organization:{rated}", details)


def tally(plugin: Guangdong, account_id: int, period: Period) -> list[Tallied]:
    """Return the month's counts of the units that an account may see, by name.

    The unit itself sees nothing below `internal.min_n` ratings: few would tell who gave them.
    """
    least = int(plugin.config.get("internal", {}).get("min_n", 5))
    with plugin.services.records.transaction() as conn:
        counts = _counts(conn, period, None)
        names = subjects.names(conn, "organization", sorted(counts))
    may = plugin.services.accounts.may
    return [
        _tallied(names[unit].name, found, few=sum(found) < least and not may(account_id, ALL, unit))
        for unit, found in sorted(counts.items())
        if unit in names and may(account_id, SEE, unit)
    ]


def _tallied(unit: Words, found: tuple[int, int, int, int, int], *, few: bool) -> Tallied:
    number = sum(found)
    good = shown(Fraction(sum(found[GOOD - 1 :]) * 100, number), "half_up", 2) + "%"
    return Tallied(unit, None if few else found, number, "" if few else good)


def _counts(
    conn: Connection, period: Period, units: list[int] | None
) -> dict[int, tuple[int, int, int, int, int]]:
    row = internal.c
    statement = (
        select(row.rated_id, row.grade, func.count())
        .where(row.period == period.name)
        .group_by(row.rated_id, row.grade)
    )
    if units is not None:
        statement = statement.where(row.rated_id.in_(units))
    found: dict[int, list[int]] = {}
    for unit, grade, count in conn.execute(statement):
        found.setdefault(unit, [0] * 5)[grade - 1] = count
    return {unit: (a, b, c, d, e) for unit, (a, b, c, d, e) in found.items()}


def _check(
    plugin: Guangdong, rated: int, grade: int, reference: str, reason: str, own: set[int]
) -> None:
    if plugin.services.catalog.organization(rated) is None or rated in own:
        raise InternalRefused(Words("请选择另一个单位", "Choose a unit other than your own"))
    if not 1 <= grade <= len(Grade):
        raise InternalRefused(Words("请选择五个等级之一", "Choose one of the five grades"))
    if not reference or len(reference) > _REFERENCE:
        raise InternalRefused(
            Words(f"请写明所评事项，最多 {_REFERENCE} 个字", "Name the matter, at most 60 signs")
        )
    if (grade <= Grade.DISSATISFIED and not reason) or len(reason) > _REASON:
        raise InternalRefused(
            Words(f"差评须写明理由，最多 {_REASON} 个字", "A bad grade needs a reason, 500 at most")
        )


def _units(plugin: Guangdong) -> list[tuple[int, Words]]:
    with plugin.services.records.transaction() as conn:
        return [(unit.id, unit.name) for unit in subjects.units(conn)]


def _month(plugin: Guangdong) -> Period:
    services: Any = plugin.services
    return periods.of_month(services.now().astimezone(services.worktime.zone).date())


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
