"""Pages beside the registry: candidates, notices to print, excluded ratings and their cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.exclusion import ExcludedRating
from haochaping.hooks.values import OccurrenceKey, Words
from haochaping_inner_mongolia.candidates import DISMISSED
from haochaping_inner_mongolia.pages import REFUSALS, account_of, page, whole
from haochaping_inner_mongolia.problems import Incomplete, NoSuchEntry
from haochaping_inner_mongolia.registry import DECIDE
from haochaping_inner_mongolia.states import REASON

if TYPE_CHECKING:
    from haochaping.problems import Problem
    from haochaping_inner_mongolia.plugin import InnerMongolia

HERE: Final = "/console/x/inner_mongolia"
_LONGEST: Final = 2000


def candidates(plugin: InnerMongolia, request: PageRequest) -> PageResponse:
    """Show the raters whose bad ratings a person should look at."""
    return _candidates(plugin, account_of(request), done=bool(request.query.get("done")))


def dismiss(plugin: InnerMongolia, request: PageRequest) -> PageResponse:
    """Close a candidate without a proposal, with the reason."""
    account, number = account_of(request), int(request.path["number"])
    try:
        note = _reason(request)
        plugin.candidates.decide(number, account, (DISMISSED, note))
    except REFUSALS as refusal:
        return _candidates(plugin, account, refusal=refusal)
    return PageResponse(redirect=f"{HERE}/candidates?done=1")


def notice(plugin: InnerMongolia, request: PageRequest) -> PageResponse:
    """Show the notice of an entry for printing; name and address are written by hand."""
    number = int(request.path["number"])
    found = plugin.registry.notice(number, account_of(request), request.base_url)
    values = {"notice": found, "basis": plugin.registry.legal_basis, "now": plugin.services.now()}
    return page("notice", values)


def excluded(plugin: InnerMongolia, request: PageRequest) -> PageResponse:
    """Show the ratings that are kept out of the figures, and whether they have a case."""
    units = plugin.services.catalog.organizations(account_of(request), DECIDE)
    names = {one.id: one.name for one in units}
    found = plugin.services.exclusion.ratings(REASON, list(names))
    rows = [(one, names[one.organization_id], _text_of(one.key)) for one in found]
    return page("excluded", {"rows": rows, "done": request.query.get("done", "")})


def substance(plugin: InnerMongolia, request: PageRequest) -> PageResponse:
    """Show one excluded rating; open the unit's case when what it says was found true."""
    account, key = account_of(request), _key_of(request.path["rating"])
    found = _reached(plugin, account, key)
    if request.method != "POST":
        plugin.services.audit("looked_at_excluded", f"rating:{key.id}", {"account": account})
        return _substance(plugin, found)
    try:
        reason = _reason(request)
    except Incomplete as refusal:
        return _substance(plugin, found, refusal)
    case = plugin.services.exclusion.open_case(key, account_id=account, reason=reason)
    return PageResponse(redirect=f"{HERE}/excluded?done={case}")


def _candidates(
    plugin: InnerMongolia, account: int, *, refusal: Problem | None = None, done: bool = False
) -> PageResponse:
    found = plugin.candidates.waiting(account)
    units = plugin.services.catalog.names("organization", [one.organization_id for one in found])
    settings = plugin.config.get("registry", {}).get("candidates", {})
    values = {
        "enabled": plugin.registry.enabled,
        "rows": [(one, units[one.organization_id].name, _signals(one.flags)) for one in found],
        "days": settings.get("within_days", 90),
        "refusal": None if refusal is None else refusal.detail,
        "done": done,
    }
    return page("candidates", values, refusal)


def _signals(flags: object) -> list[tuple[Words, int]]:
    counted = dict(flags) if isinstance(flags, dict) else {}
    return [(SIGNALS.get(code, Words(code)), count) for code, count in counted.items()]


SIGNALS: Final = {
    "own_device": Words("在工作人员自用设备上评价", "rated on a device of staff"),
    "identical_runs": Words("连续给出相同等级", "identical grades in a row"),
    "one_device": Words("同一设备代多人评价", "one device rated for many"),
    "one_network": Words("同一网络集中评价一人", "one network rated one staff member"),
    "self_rating": Words("工作人员评价自己的服务", "staff rated their own service"),
    "no_applicant": Words("没有办事人的服务被评价", "services without an applicant"),
    "fixed_offset": Words("服务后固定时长即有评价", "a fixed time after the service"),
}
"""What the integrity signals of the core are called here."""


def _substance(
    plugin: InnerMongolia, found: ExcludedRating, refusal: Problem | None = None
) -> PageResponse:
    unit = plugin.services.catalog.organization(found.organization_id)
    values = {
        "one": found,
        "unit": None if unit is None else unit.name,
        "address": f"{HERE}/excluded/{_text_of(found.key)}",
        "refusal": None if refusal is None else refusal.detail,
    }
    return page("substance", values, refusal)


def _reached(plugin: InnerMongolia, account: int, key: OccurrenceKey) -> ExcludedRating:
    found = plugin.services.exclusion.rating(key)
    accounts = plugin.services.accounts
    if found is None or not accounts.may(account, DECIDE, found.organization_id):
        raise NoSuchEntry
    return found


def _text_of(key: OccurrenceKey) -> str:
    return f"{key.region}-{key.served_month}-{key.id}"


def _key_of(text: str) -> OccurrenceKey:
    parts = text.split("-")
    if len(parts) != 3 or not parts[0].isascii() or not parts[0].isdigit():
        raise NoSuchEntry
    return OccurrenceKey(parts[0][:12], whole(parts[1]) % 1_000_000, whole(parts[2]) % 2**63)


def _reason(request: PageRequest) -> str:
    reason = request.form.get("reason", "").strip()
    if not 4 <= len(reason) <= _LONGEST:
        raise Incomplete(Words("请填写理由，不少于 4 个字", "Give a reason of 4 signs or more"))
    return reason
