"""The registry's pages: entries with what comes next, and the form of a proposal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from haochaping.hooks.deployment import PageRequest, PageResponse
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping_inner_mongolia import states
from haochaping_inner_mongolia.candidates import PROPOSED
from haochaping_inner_mongolia.problems import (
    Incomplete,
    NoSuchEntry,
    NotInThatState,
    NotListable,
    RegistryOff,
    TwoPersons,
)
from haochaping_inner_mongolia.registry import Entry, Proposal
from haochaping_inner_mongolia.telling import LETTER

if TYPE_CHECKING:
    from haochaping_inner_mongolia.plugin import InnerMongolia

HERE: Final = "/console/x/inner_mongolia/registry"
_LONGEST_CASE_NO: Final = 64

STATES: Final[Mapping[str, Words]] = {
    states.PROPOSED: Words("已提出，等第一人认定", "Proposed, waiting for the first decision"),
    states.SECONDED: Words("第一人同意，等第二人认定", "Agreed once, waiting for the second"),
    states.LISTED: Words("已列入", "Listed"),
    states.APPEALED: Words("申诉中", "Under appeal"),
    states.REJECTED: Words("未予列入", "Not listed"),
    states.LIFTED: Words("已撤销，评价恢复", "Lifted, ratings restored"),
    states.EXPIRED: Words("期满移出", "Term is over"),
}

ACTIONS: Final[Mapping[str, Words]] = {
    "second": Words("同意列入（第一人）", "Agree (first)"),
    "confirm": Words("同意列入（第二人）", "Agree (second): list"),
    "reject": Words("不予列入", "Do not list"),
    "appeal": Words("登记申诉", "Record an appeal"),
    "uphold": Words("维持，驳回申诉", "Uphold, reject the appeal"),
    "lift": Words("撤销列入，恢复评价", "Lift and restore the ratings"),
    "handed": Words("告知书已送达", "The letter was handed over"),
}

TOLD: Final[Mapping[str, Words]] = {
    "sms": Words("已发短信告知", "Told by SMS"),
    LETTER: Words(
        "没有可用的手机号，请打印告知书送达", "No number: print the letter and hand it over"
    ),
    "handed": Words("告知书已送达", "The letter was handed over"),
}

NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    states.PROPOSED: ("second", "reject"),
    states.SECONDED: ("confirm", "reject"),
    states.LISTED: ("appeal", "lift"),
    states.APPEALED: ("lift", "uphold"),
}
"""What can be done with an entry in a state."""

REFUSALS: Final = (
    Incomplete,
    NoSuchEntry,
    NotInThatState,
    NotListable,
    RegistryOff,
    TwoPersons,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as the page shows it; persons are never named, deciders are."""

    entry: Entry
    state: Words
    open: bool
    proposed_by: str
    first_by: str
    second_by: str
    actions: tuple[tuple[str, Words], ...]
    told: Words | None
    notice: bool


def show(plugin: InnerMongolia, request: PageRequest) -> PageResponse:
    """Show the newest entries and what comes next for each."""
    return _entries(plugin, account_of(request), done=request.query.get("done", ""))


def propose(plugin: InnerMongolia, request: PageRequest) -> PageResponse:
    """Show the form of a proposal, and take one in."""
    account = account_of(request)
    number = whole(request.query.get("candidate", "") or request.form.get("candidate", ""))
    if request.method != "POST":
        return _form(plugin, _prefilled(plugin, number, account))
    try:
        plugin.registry.propose(_proposal(request.form), account)
        if number:
            plugin.candidates.decide(number, account, (PROPOSED, ""))
    except REFUSALS as refusal:
        return _form(plugin, request.form, refusal)
    return PageResponse(redirect=f"{HERE}/propose?done=1")


def act(plugin: InnerMongolia, request: PageRequest) -> PageResponse:
    """Take one step with an entry."""
    step = _STEPS.get(request.form.get("action", ""))
    number, reason = int(request.path["number"]), request.form.get("reason", "")
    try:
        if step is None:
            raise NotInThatState
        step(plugin, number, account_of(request), reason)
    except REFUSALS as refusal:
        return _entries(plugin, account_of(request), refusal=refusal, typed=(number, reason))
    return PageResponse(redirect=f"{HERE}?done={request.form['action']}")


def _entries(
    plugin: InnerMongolia,
    account_id: int,
    *,
    done: str = "",
    refusal: Problem | None = None,
    typed: tuple[int, str] = (0, ""),
) -> PageResponse:
    found = [_shown(plugin, entry) for entry in plugin.registry.entries(account_id)]
    values = {
        "enabled": plugin.registry.enabled,
        "basis": plugin.registry.legal_basis,
        "entries": found,
        "done": ACTIONS.get(done),
        "refusal": None if refusal is None else refusal.detail,
        "typed": {typed[0]: typed[1]},
    }
    return page("registry", values, refusal)


def _form(
    plugin: InnerMongolia, typed: Mapping[str, str], refusal: Problem | None = None
) -> PageResponse:
    values = {
        "enabled": plugin.registry.enabled,
        "max_term": plugin.registry.max_term_days,
        "typed": typed,
        "refusal": None if refusal is None else refusal.detail,
    }
    return page("propose", values, refusal)


def page(name: str, values: Mapping[str, Any], refusal: Problem | None = None) -> PageResponse:
    """Return one of the plugin's pages, with the status of a refusal if there was one."""
    status = 200 if refusal is None else refusal.status
    return PageResponse(f"inner_mongolia/{name}.html", dict(values), status=status)


def _shown(plugin: InnerMongolia, entry: Entry) -> Shown:
    letter = ("handed",) if entry.told_by == LETTER else ()
    actions = (*NEXT.get(entry.state, ()), *letter)
    return Shown(
        entry=entry,
        state=STATES[entry.state],
        open=entry.state in NEXT,
        proposed_by=_name(plugin, entry.proposed_by),
        first_by=_name(plugin, entry.first_by),
        second_by=_name(plugin, entry.second_by),
        actions=tuple((action, ACTIONS[action]) for action in actions),
        told=TOLD.get(entry.told_by),
        notice=entry.until_at is not None,
    )


def _name(plugin: InnerMongolia, account_id: int | None) -> str:
    return "" if account_id is None else plugin.services.accounts.name(account_id)


def _proposal(form: Mapping[str, str]) -> Proposal:
    return Proposal(
        case_no=form.get("case_no", "").strip()[:_LONGEST_CASE_NO],
        occurrence_no=_number(form.get("occurrence_no", "")),
        evidence=form.get("evidence", ""),
        term_days=_number(form.get("term_days", "")),
    )


def _prefilled(plugin: InnerMongolia, number: int, account_id: int) -> dict[str, str]:
    """Return what is known of a candidate; the evidence is for the proposer to write."""
    if not number:
        return {}
    one = plugin.candidates.one(number, account_id)
    service = {"case_no": one.case_no, "occurrence_no": str(one.occurrence_no)}
    return {"candidate": str(number), **service}


def _number(typed: str) -> int:
    found = whole(typed)
    return found if found < 100_000 else 0


def whole(typed: str) -> int:
    """Return a typed number of at most 19 digits, 0 when it is none."""
    digits = typed.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0


def account_of(request: PageRequest) -> int:
    """Return the account that asks. Raises TwoPersons without one."""
    if request.account_id is None:
        raise TwoPersons
    return request.account_id


Step = Callable[["InnerMongolia", int, int, str], object]

_STEPS: Final[Mapping[str, Step]] = {
    "second": lambda plugin, number, who, why: plugin.registry.second(number, who, why),
    "confirm": lambda plugin, number, who, why: plugin.registry.confirm(number, who, why),
    "reject": lambda plugin, number, who, why: plugin.registry.reject(number, who, why),
    "appeal": lambda plugin, number, who, why: plugin.registry.appeal(number, who, why),
    "uphold": lambda plugin, number, who, why: plugin.registry.uphold(number, who, why),
    "handed": lambda plugin, number, who, why: plugin.registry.handed(number, who, why),
    "lift": lambda plugin, number, who, why: plugin.registry.lift(number, who, why),
}
