"""The pages of the appraisal: ledgers of units and persons, one subject's lines, talks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from haochaping.doors import periods, subjects
from haochaping.doors.pages import NotFound
from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.values import Period, Words
from haochaping_sichuan import ledger, talks
from haochaping_sichuan.ledger import Account, points_text
from haochaping_sichuan.problems import NotComplete, NotInThatState, NotPermitted

if TYPE_CHECKING:
    from haochaping_sichuan.plugin import Sichuan

HERE: Final = "/console/x/sichuan"
NEEDS: Final = {"organization": "figures.unit", "staff": "case.supervise"}
"""Permission to see a kind's ledger: what a person's ratings came to is for supervisors."""


def ledger_page(plugin: Sichuan, request: PageRequest) -> PageResponse:
    """Show the year's ledger of units or persons with the nominations."""
    asked = request.query.get("kind", "")
    kind = asked if asked in NEEDS else "organization"
    year = asked_year(plugin, request.query.get("year", ""))
    values = {
        "kind": kind,
        "year": year.name,
        "months": [month.name for month in ledger.months(year)],
        "accounts": visible(plugin, _account(request), kind, year),
        "shown": points_text,
        "exports": _may_export(plugin, request),
        "here": HERE,
    }
    return PageResponse("sichuan/ledger.html", values)


def lines_page(plugin: Sichuan, request: PageRequest) -> PageResponse:
    """Show how one subject's month was reckoned, line by line."""
    kind, number = request.path["kind"], int(request.path["number"])
    period = periods.parse(request.path["period"])
    with plugin.services.records.transaction() as conn:
        known = subjects.units_of(conn, kind, [number]) if kind in NEEDS else {}
        unit = known.get(number)
        allowed = unit is not None and plugin.services.accounts.may(
            _account(request), NEEDS[kind], unit
        )
        if not allowed:
            raise NotFound()
        found = ledger.lines(conn, period, kind, number)
        name = subjects.names(conn, kind, [number]).get(number)
    values = {
        "name": name.name if name else Words(""),
        "period": period.name,
        "lines": [each.award for each in found],
        "total": points_text(sum(each.award.points for each in found)),
        "shown": points_text,
        "here": HERE,
    }
    return PageResponse("sichuan/lines.html", values)


def talks_page(plugin: Sichuan, request: PageRequest) -> PageResponse:
    """Show the talks; let units acknowledge and supervisors record them."""
    account_id = _account(request)
    refusal: NotComplete | NotInThatState | NotPermitted | None = None
    if request.method == "POST":
        try:
            _act(plugin, request, account_id)
        except (NotComplete, NotInThatState, NotPermitted) as error:
            refusal = error
        else:
            return PageResponse(redirect=f"{HERE}/talks?done=1")
    values = {
        "talks": talks.listed(plugin, account_id),
        "refusal": None if refusal is None else refusal.detail,
        "done": bool(request.query.get("done")),
        "typed": request.form if refusal else {},
    }
    status = 200 if refusal is None else refusal.status
    return PageResponse("sichuan/talks.html", values, status=status)


def visible(plugin: Sichuan, account_id: int, kind: str, year: Period) -> list[Account]:
    """Return the year's ledger of a kind as far as an account may see it."""
    may = plugin.services.accounts.may
    with plugin.services.records.transaction() as conn:
        found = ledger.year(conn, year, kind, plugin.nomination_rules)
        units = subjects.units_of(conn, kind, [each.subject.id for each in found])
    reach = {unit for unit in sorted({*units.values()}) if may(account_id, NEEDS[kind], unit)}
    return [each for each in found if units.get(each.subject.id) in reach]


def asked_year(plugin: Sichuan, asked: str) -> Period:
    """Return the year that was asked for, the running one else. Raises UnknownPeriod."""
    today = plugin.services.now().date()
    return periods.of_year(periods.parse(asked).first if asked else today)


def _act(plugin: Sichuan, request: PageRequest, account_id: int) -> None:
    number = request.form.get("number", "")
    if not number.isascii() or not number.isdigit() or len(number) > 19:
        raise NotInThatState
    move = {"acknowledge": talks.acknowledge, "hold": talks.hold}.get(
        request.form.get("action", "")
    )
    if move is None:
        raise NotInThatState
    move(plugin, int(number), account_id, request.form.get("text", ""))


def _may_export(plugin: Sichuan, request: PageRequest) -> bool:
    from haochaping_sichuan.exporting import permitted

    return permitted(plugin, _account(request))


def _account(request: PageRequest) -> int:
    if request.account_id is None:
        raise NotPermitted
    return request.account_id
