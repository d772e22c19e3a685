"""Ratings on hold: released, excluded, or declared void by two people; no rater is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.access import accounts
from haochaping.access.principals import Forbidden, own_matter
from haochaping.access.roles import ROLE_PERMISSIONS
from haochaping.evaluation import changes, held, stored, targets, voiding
from haochaping.evaluation.changes import Decree
from haochaping.evaluation.held import HeldRating, Within
from haochaping.evaluation.problems import NotChangeable
from haochaping.evaluation.targets import Target
from haochaping.evaluation.voiding import Proposal, VoidRefused
from haochaping.hooks.values import Grade, OccurrenceKey
from haochaping.indicators import scale
from haochaping.messages import N_
from haochaping.problems import Problem
from haochaping.web import formats
from haochaping.web.console import reach, service_card
from haochaping.web.console.wording import Tag
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("held", "haochaping.web")
HERE: Final = "/console/held"
PERMISSION: Final = "evaluation.decide"
VOID: Final = "evaluation.void"

RELEASE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "checked": N_("核实无误"),
        "check_failed": N_("自动检查未完成，人工核实可以计入"),
        "not_listed": N_("不是名册所列的人"),
    }
)
"""Why a rating counts after all."""

EXCLUDE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "listed_rater": N_("名册所列的恶意评价人"),
        "not_a_rater": N_("不是办事人或代办人的评价"),
        "rule": N_("按本地规则不予计入"),
    }
)
"""Why a rating is kept without counting."""

VOIDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "mistaken": N_("评错对象或误操作"),
        "duplicate": N_("重复评价"),
        "malicious": N_("经查证为恶意评价"),
        "not_this_service": N_("与本次服务无关"),
        "test": N_("测试数据"),
    }
)
"""Why a rating is void."""

_REASONS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"release": RELEASE, "exclude": EXCLUDE, "propose": VOIDED, "confirm": {}, "drop": {}}
)
"""Actions and the reasons that each may be given."""


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A rating in the list."""

    href: str
    title: str
    unit: str
    since: str
    why: str
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class HeldList:
    """Ratings that wait, or those that were excluded."""

    excluded: bool
    rows: tuple[HeldRow, ...]
    done: str


@dataclass(frozen=True, slots=True)
class Void:
    """How far declaring a rating void has come: who proposed it, and who may go on."""

    proposed: str
    may_propose: bool
    may_confirm: bool


@dataclass(frozen=True, slots=True)
class HeldPage:
    """One rating: the service, the grade, why it waits; no words, no rater."""

    href: str
    title: str
    facts: tuple[tuple[str, str], ...]
    held: bool
    void: Void
    choices: Mapping[str, tuple[tuple[str, str], ...]]
    faults: tuple[FieldFault, ...] = ()


@route(pages, HERE)
def listing() -> str:
    """Show ratings on hold, or those excluded."""
    excluded = request.args.get("state") == "excluded"
    with site().store.read() as conn:
        found = _listed(conn, excluded=excluded)
        proposed = voiding.proposals(conn, [one.key for one in found])
    rows = tuple(_row(one, proposed.get(one.key)) for one in found)
    done = _("决定已保存。") if request.args.get("done") else ""
    return render_template("console/held.html", page=HeldList(excluded, rows, done))


@route(pages, f"{HERE}/<rating>")
def show(rating: str) -> str:
    """Show one rating."""
    return render_template("console/held_rating.html", page=_page(reach.key_of(rating)))


@route(pages, f"{HERE}/<rating>/<action>", methods=("POST",))
def decide(rating: str, action: str) -> Response:
    """Release, exclude, propose or confirm that a rating is void, or drop the proposal."""
    key, reasons = reach.key_of(rating), _REASONS.get(action)
    if reasons is None:
        raise NotFound()
    reason = request.form.get("reason", "")
    if reasons and reason not in reasons:
        fault = FieldFault(f"{action}-reason", _("请选择理由"))
        return _again(key, fault, 422)
    try:
        _decide(key, action, reason)
    except (VoidRefused, NotChangeable) as problem:
        return _again(key, FieldFault("void", words(problem.detail)), problem.status)
    return make_response(redirect(f"{HERE}?done=1", 303))


def _decide(key: OccurrenceKey, action: str, reason: str) -> None:
    deployment, who = site(), principal()
    desk = deployment.intake.desk
    with deployment.store.write() as conn:
        _reached(conn, key, VOID if action in ("propose", "confirm", "drop") else PERMISSION)
        at = desk.clock.now()
        decree = Decree(reason or action, at, who.account_id)
        if action == "release":
            _release(conn, key, decree)
        else:
            _ACTIONS[action](conn, desk, key, decree)


def _release(conn: Connection, key: OccurrenceKey, decree: Decree) -> None:
    """Let a held or excluded rating count."""
    found, desk = stored.by_key(conn, key), site().intake.desk
    act = changes.restore if found is not None and found.status == "excluded" else changes.release
    act(conn, desk, key, decree)


_ACTIONS: Final = MappingProxyType(
    {
        "exclude": changes.exclude,
        "propose": voiding.propose,
        "confirm": voiding.confirm,
        "drop": voiding.drop,
    }
)


def _listed(conn: Connection, *, excluded: bool) -> list[HeldRating]:
    """Return the ratings within reach of any grant, in their order, each once."""
    read = held.excluded if excluded else held.held
    found: dict[OccurrenceKey, HeldRating] = {}
    for within in _within():
        found |= {one.key: one for one in read(conn, within)}
    inside = [one for one in found.values() if _may_see(conn, one.key)]
    return sorted(inside, key=lambda one: one.received_at, reverse=excluded)


def _within() -> list[Within]:
    grants = (one for one in principal().grants if PERMISSION in ROLE_PERMISSIONS[one.role])
    return [
        Within(one.region_path, one.organization_path)
        for one in grants
        if (one.region_path or not one.region)
        and (one.organization_path or one.organization_id is None)
    ]


def _may_see(conn: Connection, key: OccurrenceKey) -> bool:
    found = stored.by_key(conn, key)
    if found is None or own_matter(principal(), found.staff_id):
        return False
    return any(reach.reaches(conn, one, found.occurrence_key) for one in (PERMISSION, VOID))


def _reached(conn: Connection, key: OccurrenceKey, permission: str) -> stored.Evaluation:
    """Return a rating within reach. Raises NotFound, Forbidden."""
    found = stored.by_key(conn, key)
    if found is None or not _may_see(conn, key):
        raise NotFound()
    if not reach.reaches(conn, permission, found.occurrence_key):
        raise Forbidden(permission=permission)
    return found


def _page(key: OccurrenceKey, *faults: FieldFault) -> HeldPage:
    with site().store.read() as conn:
        found = _reached(conn, key, PERMISSION)
        if found.status not in ("held", "excluded"):
            raise NotFound()
        target = targets.find(conn, found.occurrence_key)
        if target is None:
            raise NotFound()
        void = _void(conn, found)
    return HeldPage(
        href=f"{HERE}/{reach.key_text(key)}",
        title=service_card.item_of(target),
        facts=_facts(found, target),
        held=found.status == "held",
        void=void,
        choices={
            action: tuple((word, _(text)) for word, text in reasons.items())
            for action, reasons in _REASONS.items()
        },
        faults=faults,
    )


def _facts(found: stored.Evaluation, target: Target) -> tuple[tuple[str, str], ...]:
    card = service_card.card(target)
    facts = (
        (_("等级"), words(scale.label(Grade(found.grade)))),
        (_("单位"), card.unit),
        (_("地点"), card.where),
        (_("办理时间"), card.day),
        (_("收到评价"), formats.moment(found.received_at)),
        (_("待定原因"), _why(found.reason)),
    )
    return tuple((label, value) for label, value in facts if value)


def _void(conn: Connection, found: stored.Evaluation) -> Void:
    proposal = voiding.proposals(conn, [found.key]).get(found.key)
    may = reach.reaches(conn, VOID, found.occurrence_key) and accounts.outside(
        conn, principal().account_id, found.organization_id
    )
    if proposal is None:
        return Void("", may, may_confirm=False)
    said = _(
        "%(name)s 于 %(at)s 提出认定无效：%(reason)s",
        name=accounts.name(conn, proposal.proposed_by),
        at=formats.moment(proposal.proposed_at),
        reason=_(VOIDED.get(proposal.reason, proposal.reason)),
    )
    return Void(said, False, may and proposal.proposed_by != principal().account_id)


def _row(one: HeldRating, proposal: Proposal | None) -> HeldRow:
    tags = (Tag(_("已提出认定无效"), "warn"),) if proposal else ()
    return HeldRow(
        href=f"{HERE}/{reach.key_text(one.key)}",
        title=words(scale.label(Grade(one.grade))),
        unit=words(one.organization.name),
        since=formats.moment(one.received_at),
        why=_why(one.reason),
        tags=tags,
    )


def _why(reason: str) -> str:
    """Return the stable word of a reason in words where they are known."""
    known = {**RELEASE, **EXCLUDE}
    word, _sign, plugins = reason.partition(":")
    if word == "plugin_failed":
        return _("自动检查没有完成（%(plugins)s）", plugins=plugins)
    return _(known[reason]) if reason in known else reason


def _again(key: OccurrenceKey, fault: FieldFault, status: int) -> Response:
    try:
        page = _page(key, fault)
    except Problem:
        return make_response(redirect(HERE, 303))  # decided meanwhile: it has left the list
    return make_response(render_template("console/held_rating.html", page=page), status)
