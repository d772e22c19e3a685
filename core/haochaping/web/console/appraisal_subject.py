"""One subject's result: every input, weight and formula, what follows, objections and forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from flask import Response, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.access import accounts
from haochaping.access.principals import Forbidden
from haochaping.appraisal import measures, objections, outcomes, stages
from haochaping.appraisal.measures import NAMES, Draft, Target
from haochaping.appraisal.objections import Objection, Raised, Verdict
from haochaping.appraisal.outcomes import Outcome
from haochaping.appraisal.problems import AppraisalIncomplete, AppraisalRefused
from haochaping.catalog import subjects
from haochaping.grading import basis as bases
from haochaping.grading import periods
from haochaping.grading.appraisal import JUDGED
from haochaping.grading.basis import Basis
from haochaping.grading.formulas import COUNT_LABELS, counts_of
from haochaping.web import formats
from haochaping.web.console.appraisal_reach import DECIDE, MANAGE, OBJECT, READ, unit_of
from haochaping.web.console.appraisal_wording import (
    KINDS,
    OBJECTION_STATES,
    STAGES,
    points_text,
)
from haochaping.web.console.reach import reaches_unit
from haochaping.web.console.scores import ScorePart, parts_of, score_text
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.site import site

EXACT: Final = "figures.exact"
OWN: Final = "profile"


@dataclass(frozen=True, slots=True)
class Following:
    """Something that follows from the result, in words."""

    matter: str
    kind: str
    name: str
    reason: str
    points: str
    evidence: tuple[tuple[str, str], ...]
    by: str
    struck: bool
    withdraws: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """One objection with its outcome, in words."""

    id: int
    about: str
    reason: str
    evidence: tuple[str, ...]
    raised: str
    due: str
    state: str
    tone: str
    decision: str
    decides: bool


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """Everything that the page of a subject shows."""

    href: str
    back: str
    name: str
    kind: str
    period: str
    stage: str
    few: int
    total: str
    core: str
    points: str
    parts: tuple[ScorePart, ...]
    formulas: tuple[tuple[str, str, str], ...]
    inputs: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    following: tuple[Following, ...]
    heard: tuple[Heard, ...]
    correction: str
    until: str
    matters: tuple[tuple[str, str], ...]
    measures: tuple[tuple[str, str], ...]
    faults: tuple[FieldFault, ...] = ()
    typed: Mapping[str, str] | None = None
    done: str = ""


def show(period: str, kind: str, number: int) -> str:
    """Return the page. Raises NotFound for what is not within reach."""
    target = _target(period, kind, number)
    with site().store.read() as conn:
        page = _page(conn, target)
    done = _("已保存。") if request.args.get("done") else ""
    return render_template("console/appraisal_subject.html", page=replace(page, done=done))


def act(period: str, kind: str, number: int, action: str) -> Response:
    """Do what a form of the page asks for. Raises NotFound, Forbidden."""
    target, does = _target(period, kind, number), _ACTIONS.get(action)
    if does is None:
        raise NotFound()
    try:
        with site().store.write() as conn:
            _found(conn, target)
            does(conn, target)
    except (AppraisalRefused, AppraisalIncomplete) as refusal:
        return _again(target, action, refusal)
    return make_response(redirect(f"{objections.page_of(target)}?done=1", 303))


def too_few(conn: Connection, each: Outcome) -> bool:
    """Say whether the figures are so few that they would tell who rated.

    Who may see exact figures sees them all the same.
    """
    below = site().profile.rules.disclosure.suppress_below
    few = 0 < each.then.rated < below
    return few and not reaches_unit(conn, EXACT, each.subject_kind, each.subject_id)


def _object(conn: Connection, target: Target) -> None:
    _require(conn, OBJECT, target)
    unit = unit_of(conn, target.subject_kind, target.subject_id)
    if unit is None:
        raise NotFound()
    form = request.form
    raised = Raised(unit, form.get("matter", ""), form.get("reason", ""), form.get("evidence", ""))
    site().disclosing.court.raise_one(conn, target, raised, _by())


def _decide(conn: Connection, target: Target) -> None:
    _require(conn, DECIDE, target)
    number = request.form.get("objection", 0, type=int)
    found = objections.find(conn, number) if 0 < number < 2**63 else None
    if found is None or found.target != target:
        raise NotFound()
    form = request.form
    verdict = Verdict(form.get("state", ""), form.get("reason", ""), form.get("points", ""))
    site().disclosing.court.decide(conn, found.id, verdict, _by())


def _measure(conn: Connection, target: Target) -> None:
    _require(conn, MANAGE, target)
    form = request.form
    draft = Draft(*(form.get(name, "") for name in ("kind", "reason", "evidence", "points")))
    measures.take(conn, site().journal.emit, target, draft, _by())


def _withdraw(conn: Connection, target: Target) -> None:
    _require(conn, MANAGE, target)
    number = request.form.get("measure", 0, type=int)
    found = measures.find(conn, number) if 0 < number < 2**63 else None
    if found is None or found.target != target:
        raise NotFound()
    measures.withdraw(conn, site().journal.emit, found.id, _by())


_ACTIONS: Final[Mapping[str, Callable[[Connection, Target], None]]] = {
    "object": _object,
    "decide": _decide,
    "measure": _measure,
    "withdraw": _withdraw,
}


def _by() -> tuple[int, datetime]:
    return principal().account_id, site().clock.now()


def _target(period: str, kind: str, number: int) -> Target:
    if kind not in JUDGED or not 0 < number < 2**63:
        raise NotFound()
    return Target(periods.parse(period), kind, number)


def _found(conn: Connection, target: Target) -> Outcome:
    """Return the outcome of a subject within reach. Raises NotFound."""
    kind, subject = target.subject_kind, target.subject_id
    if not any(reaches_unit(conn, each, kind, subject) for each in (READ, DECIDE)):
        raise NotFound()
    found = outcomes.one(conn, target.period, kind, subject)
    if found is None:
        raise NotFound()
    return found


def _require(conn: Connection, permission: str, target: Target) -> None:
    if not reaches_unit(conn, permission, target.subject_kind, target.subject_id):
        raise Forbidden(permission=permission)


def _again(
    target: Target, action: str, refusal: AppraisalRefused | AppraisalIncomplete
) -> Response:
    field = str(refusal.fields.get("field", "form"))
    fault = FieldFault(f"{action}-{field}", words(refusal.detail))
    with site().store.read() as conn:
        page = replace(_page(conn, target), faults=(fault,), typed=dict(request.form))
    return make_response(
        render_template("console/appraisal_subject.html", page=page), refusal.status
    )


def _page(conn: Connection, target: Target) -> SubjectPage:
    found, period, kind = _found(conn, target), target.period, target.subject_kind
    named = subjects.names(conn, kind, [target.subject_id]).get(target.subject_id)
    if named is None:
        raise NotFound()
    score, few = found.score, too_few(conn, found)
    rules = bases.kept(conn, score.basis) if score else None
    state, now = stages.state(conn, period), site().clock.now()
    manages = state.stage is stages.Stage.FROZEN and _reach(conn, MANAGE, target)
    following = () if few else tuple(_following(conn, found, manages))
    objecting = not few and state.accepts_objections(now) and _reach(conn, OBJECT, target)
    heard = {each.matter for each in found.objections}
    shown = score is not None and not few
    return SubjectPage(
        href=objections.page_of(target),
        back=f"{stages.PAGE}?period={period.name}&kind={kind}",
        name=words(named.name),
        kind=_(KINDS[kind]),
        period=formats.period(period),
        stage=_(STAGES[state.stage]),
        few=site().profile.rules.disclosure.suppress_below if few else 0,
        total=score_text(score.total, score.places) if score and shown else "—",
        core=score_text(score.core, score.places) if score and shown else "—",
        points="—" if few else points_text(found.points),
        parts=tuple(parts_of(score, rules.tree(period.first) if rules else None))
        if score and shown
        else (),
        formulas=tuple(_formulas(found, rules)) if shown else (),
        inputs=tuple(_inputs(found)) if shown else (),
        versions=tuple(_versions(found)),
        following=following,
        heard=tuple(_heard(conn, each, found) for each in found.objections),
        correction=_correction(conn, found),
        until=formats.bound(state.objections_until) if objecting else "",
        matters=tuple(_matters(found, following, heard)) if objecting else (),
        measures=tuple((name, words(text)) for name, text in NAMES.items()) if manages else (),
    )


def _reach(conn: Connection, permission: str, target: Target) -> bool:
    return reaches_unit(conn, permission, target.subject_kind, target.subject_id)


def _inputs(found: Outcome) -> Iterator[tuple[str, str]]:
    """Yield every count and fact that went in."""
    if found.score is None:
        return
    inputs = found.score.inputs
    for name, count in counts_of(inputs.tally, inputs.cases).items():
        yield words(COUNT_LABELS[name]), str(count)
    for name, (over, under) in sorted(inputs.facts.items()):
        yield name, f"{over} / {under}"


def _formulas(found: Outcome, rules: Basis | None) -> Iterator[tuple[str, str, str]]:
    """Yield name, code and definition of the formulas that the indicators use."""
    known = rules.formulas if rules else {}
    used = dict.fromkeys(part[1] for part in found.score.detail["parts"]) if found.score else {}
    for name in used:
        if name in known:
            yield words(known[name].label), name, words(known[name].definition)


def _versions(found: Outcome) -> Iterator[tuple[str, str]]:
    if found.score is not None:
        yield _("配置档版本"), found.score.profile_digest[:16]
        yield _("指标版本"), found.score.basis[:16]
        yield _("程序版本"), found.score.code_version


def _following(conn: Connection, found: Outcome, manages: bool) -> Iterator[Following]:
    for each in found.awards:
        matter = f"award:{each.no}"
        yield Following(
            matter=matter,
            kind=words(NAMES[each.award.kind]) if each.award.kind in NAMES else each.award.kind,
            name=words(each.award.name),
            reason=words(each.award.reason),
            points=points_text(each.award.points) if each.award.points else "",
            evidence=tuple((words(one.label), one.link) for one in each.award.evidence),
            by=_("配置档规则") if each.plugin == OWN else each.plugin,
            struck=found.struck(matter),
        )
    for one in found.measures:
        matter = f"measure:{one.id}"
        yield Following(
            matter=matter,
            kind=words(NAMES[one.kind]),
            name=words(NAMES[one.kind]),
            reason=one.reason,
            points=points_text(one.points) if one.points else "",
            evidence=tuple((link, link) for link in one.evidence),
            by=accounts.name(conn, one.account_id),
            struck=one.withdrawn or found.struck(matter),
            withdraws=one.id if manages and not one.withdrawn else 0,
        )


def _heard(conn: Connection, each: Objection, found: Outcome) -> Heard:
    open_one = each.state == objections.OPEN
    target = each.target
    decides = (
        open_one
        and _reach(conn, DECIDE, target)
        and objections.may_decide(conn, each, principal().account_id)
    )
    decision = each.decision
    if each.points:
        decision += _("（更正 %(points)s 分）", points=points_text(each.points))
    return Heard(
        id=each.id,
        about=_about(each.matter, found),
        reason=each.reason,
        evidence=each.evidence,
        raised=formats.moment(each.raised_at),
        due=formats.bound(each.due_at) if open_one else "",
        state=_(OBJECTION_STATES[each.state]),
        tone={"open": "warn", "upheld": "good"}.get(each.state, ""),
        decision=decision,
        decides=decides,
    )


def _about(matter: str, found: Outcome) -> str:
    kind, _sign, number = matter.partition(":")
    if kind == "award":
        named = next((each.award.name for each in found.awards if str(each.no) == number), None)
        return words(named) if named else matter
    if kind == "measure":
        taken = next((each.kind for each in found.measures if str(each.id) == number), None)
        return words(NAMES[taken]) if taken else matter
    return _("得分")


def _matters(
    found: Outcome, following: tuple[Following, ...], heard: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield what may be objected to: the score and what follows, each not objected to yet."""
    if found.score is not None and objections.SCORE not in heard:
        yield objections.SCORE, _("得分")
    for each in following:
        if each.matter not in heard and not each.struck:
            text = f"{each.name} {each.points}".strip()
            yield each.matter, text


def _correction(conn: Connection, found: Outcome) -> str:
    """Return the note on changes after the freezing; numbers are for who sees exact figures."""
    if found.now is None:
        return ""
    if not reaches_unit(conn, EXACT, found.subject_kind, found.subject_id):
        return _("冻结之后有评价被认定无效、修改或补到。冻结的数据和得分不变，此处注明。")
    return _(
        "冻结之后有评价被认定无效、修改或补到：有效评价 %(a)s → %(b)s，差评 %(c)s → %(d)s。"
        "冻结的数据和得分不变，此处注明。",
        a=found.then.rated,
        b=found.now.rated,
        c=found.then.bad,
        d=found.now.bad,
    )
