"""Requests of one person about their own data: an extract, or erasure. For security officers.

Nothing about the person is shown here: the extract is a file for the person, each one with a
purpose and an audit row; erasing is asked for twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, make_response, redirect, render_template, request

from haochaping.access.reveals import Look, PurposeMissing
from haochaping.access.vault import PersonErased
from haochaping.evaluation import own_data
from haochaping.web.console import reach
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("persons", "haochaping.web")
HERE: Final = "/console/persons"
PERMISSION: Final = "person.manage"
_NUMBER_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class PersonsPage:
    """The page that asks for the number; the number is never shown again."""

    purpose: str = ""
    done: str = ""
    faults: tuple[FieldFault, ...] = ()


@route(pages, HERE)
def form() -> str:
    """Ask for a person's number and what is to be done."""
    reach.require_everywhere(PERMISSION)
    done = _("身份信息已销毁，不可恢复。") if request.args.get("done") else ""
    return render_template("console/persons.html", page=PersonsPage(done=done))


@route(pages, f"{HERE}/extract", methods=("POST",))
def extract() -> Response:
    """Give everything kept about a person as a file."""
    reach.require_everywhere(PERMISSION)
    deployment, at = site(), site().clock.now()
    purpose = request.form.get("purpose", "")
    try:
        with deployment.store.write() as conn:
            found = own_data.find(conn, deployment.vault, _number())
            if not found:
                return _again(FieldFault("number", _("没有这个号码的记录")), 404)
            emit, who = deployment.journal.emit, principal().account_id
            documents = [
                own_data.export(conn, deployment.vault, emit, Look(one, who, purpose), at)
                for one in found
            ]
    except (PurposeMissing, PersonErased) as refusal:
        return _again(FieldFault("purpose", words(refusal.detail)), 422)
    content = json.dumps(documents, ensure_ascii=False, indent=2)
    answer = Response(content, mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="person.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@route(pages, f"{HERE}/erase", methods=("POST",))
def erase() -> Response:
    """Destroy a person's data, once it was said twice."""
    reach.require_everywhere(PERMISSION)
    deployment, at = site(), site().clock.now()
    if request.form.get("sure") != "1":
        fault = FieldFault("sure", _("销毁后不可恢复，请勾选确认"))
        return _again(fault, 422)
    with deployment.store.write() as conn:
        found = own_data.find(conn, deployment.vault, _number())
        for one in found:
            own_data.erase(conn, deployment.vault, one, at)
    if not found:
        return _again(FieldFault("number", _("没有这个号码的记录")), 404)
    return make_response(redirect(f"{HERE}?done=1", 303))


def _number() -> str:
    return request.form.get("number", "")[:_NUMBER_MAX]


def _again(fault: FieldFault, status: int) -> Response:
    page = PersonsPage(purpose=request.form.get("purpose", "")[:200], faults=(fault,))
    return make_response(render_template("console/persons.html", page=page), status)
