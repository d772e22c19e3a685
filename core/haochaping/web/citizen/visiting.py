"""A follow-up visit by link: the rater says alone whether the result is satisfactory.

The code in the link is the authority; it opens this one question and nothing of the case.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, make_response, render_template, request

from haochaping.hooks.values import Words
from haochaping.rectification import visit_results, visits
from haochaping.rectification.problems import NeedMissing, UnknownVisit
from haochaping.rectification.visits import VisitRow
from haochaping.rectification.wording import LONGEST, TextRefused
from haochaping.web import limits, tokens
from haochaping.web.citizen.blueprint import citizen
from haochaping.web.forms import FieldFault
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

HERE = "/visit/<code>"
_ASK = Words("请您评价处理结果。", "Please tell us what you think of the result.")


@dataclass(frozen=True, slots=True)
class VisitPage:
    """The question of a visit; `asked` is false once it was answered."""

    lead: str
    asked: bool
    done: str
    text: str
    longest: int = LONGEST
    faults: tuple[FieldFault, ...] = ()


@route(citizen, HERE)
def visit(code: str) -> str:
    """Ask the rater, or say that the answer is here already."""
    return _render(_found(code))


@route(citizen, HERE, methods=("POST",))
def visit_answer(code: str) -> Response:
    """Take the answer; an unsatisfied one reopens the case."""
    tokens.refuse_foreign_sites()
    chosen, text = request.form.get("satisfied", ""), request.form.get("text", "")
    if chosen not in ("yes", "no"):
        fault = FieldFault("satisfied", _("请选择满意或不满意"))
        return make_response(_render(_found(code), text=text, faults=(fault,)), 422)
    try:
        _take(code, satisfied=chosen == "yes", text=text)
    except NeedMissing:
        return make_response(_render(_found(code)), 409)
    except TextRefused as refusal:
        fault = FieldFault("text", words(refusal.detail))
        return make_response(_render(_found(code), text=text, faults=(fault,)), 422)
    return make_response(_render(_found(code), done=_thanks(chosen)))


def _take(code: str, *, satisfied: bool, text: str) -> None:
    deployment = site()
    with deployment.store.write() as conn:
        at = deployment.clock.now()
        visit_results.answer(
            deployment.rectification, conn, code, satisfied=satisfied, text=text, at=at
        )


def _found(code: str) -> VisitRow:
    limits.check_finding()
    with site().store.read() as conn:
        try:
            return visits.by_code(conn, code)
        except UnknownVisit:
            limits.spend_finding()
            raise


def _thanks(chosen: str) -> str:
    if chosen == "yes":
        return _("谢谢，已记下您满意。")
    return _("谢谢，已记下您不满意，承办单位会重新办理。")


def _render(
    found: VisitRow, *, done: str = "", text: str = "", faults: tuple[FieldFault, ...] = ()
) -> str:
    scripts = site().rectification.rules.visiting.scripts
    page = VisitPage(
        lead=words(scripts.get(found.by, _ASK)),
        asked=found.state == visits.DUE,
        done=done,
        text=text,
        faults=faults,
    )
    return render_template("citizen/visit.html", page=page)
