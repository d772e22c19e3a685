"""Revealing the rater of one case to a liaison: with a purpose and an audit row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, make_response, render_template, request
from sqlalchemy import Connection

from haochaping.access.contact import Contact
from haochaping.access.persons import Person
from haochaping.access.principals import Forbidden
from haochaping.access.reveals import Look, PurposeMissing
from haochaping.access.vault import PersonErased
from haochaping.evaluation import stored
from haochaping.hooks.values import OccurrenceKey
from haochaping.rectification import case_view
from haochaping.rectification.records import Case
from haochaping.web.console import sight
from haochaping.web.console.sight import Sight
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("rater", "haochaping.web")
HERE: Final = "/console/cases/<public_id>/rater"


@dataclass(frozen=True, slots=True)
class RaterPage:
    """The question for the purpose, or the rater in the clear, shown this once."""

    public_id: str
    purpose: str = ""
    faults: tuple[FieldFault, ...] = ()
    person: Person | None = None
    words: str = ""
    """What the rater wrote, unmasked."""


@route(pages, HERE)
def ask(public_id: str) -> str:
    """Ask what the identity is needed for."""
    with site().store.read() as conn:
        _permitted(conn, public_id)
    return render_template("console/rater.html", page=RaterPage(public_id))


@route(pages, HERE, methods=("POST",))
def reveal(public_id: str) -> Response:
    """Write the audit row, then show the rater."""
    purpose = request.form.get("purpose", "")
    try:
        person, written = _revealed(public_id, purpose)
    except PurposeMissing as refusal:
        faults = (FieldFault("purpose", words(refusal.detail)),)
        page = RaterPage(public_id, purpose, faults)
        return make_response(render_template("console/rater.html", page=page), 422)
    page = RaterPage(public_id, purpose, person=person, words=written)
    return make_response(render_template("console/rater.html", page=page))


def _revealed(public_id: str, purpose: str) -> tuple[Person, str]:
    at = site().clock.now()
    with site().store.write() as conn:
        case = _permitted(conn, public_id).case
        look = Look(_person(conn, case), principal().account_id, purpose, case.id)
        person = site().vault.reveal(conn, look, at)
        return person, case_view.words_as_written(site().rectification, conn, case)


def _permitted(conn: Connection, public_id: str) -> Sight:
    seen = sight.look(conn, public_id, site().clock.now())
    if seen.contact is not Contact.REVEAL or seen.case.closed:
        raise Forbidden()
    return seen


def _person(conn: Connection, case: Case) -> int:
    if case.evaluation_id is None:
        raise PersonErased()
    row = stored.by_key(conn, OccurrenceKey(case.region, case.served_month, case.evaluation_id))
    if row is None or row.person_id is None:
        raise PersonErased()
    return row.person_id
