"""Nasty values at every address and in every form: answered in words, never a fault of ours."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from haochaping.access.roles import MACHINES, Role
from tests.security.town import OWN, Town, hidden

CONTROL = "\x00\x07\x1b[31m\x7f"
MARKS = "\u202e\u2066\u200b\ufeff\x85"
HAN = "𠮷𪚥😀"
"""Signs of four bytes in UTF-8; they stay."""
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠SUM")
NASTY = (
    "",
    "\x00",
    CONTROL,
    MARKS,
    HAN,
    "\ufffd\uffff",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "%s%n",
    "../../etc/passwd",
    "9" * 30,
    "-1",
    "1e309",
    "NaN",
    "a" * 3000,
    *FORMULAS,
)
HUGE = 10**30


def _broken(answers: list[tuple[str, TestResponse]]) -> list[tuple[str, int]]:
    return [(path, answer.status_code) for path, answer in answers if answer.status_code >= 500]


def _filled(rule: Rule, value: str) -> str:
    number = value if value.isascii() and value.isdigit() else str(HUGE)
    from urllib.parse import quote

    def part(found: re.Match[str]) -> str:
        return number if found[1] == "int:" else quote(value or "x", safe="")

    return re.sub(r"<(int:|\w+:)?\w+>", part, rule.rule)


@pytest.fixture(scope="module")
def everybody(town: Town) -> list[FlaskClient]:
    """A browser of every role that opens pages, all in one county."""
    roles = [role for role in Role if role not in MACHINES]
    return [town.someone(role, region=OWN.region) for role in roles]


QUERIES = ("before", "cursor", "unit", "scope", "month", "view", "band", "number", "period",
           "order", "region", "format", "page", "q", "lang", "mode", "from", "next", "done", "text",
           "day", "kind", "state", "hall", "window", "code", "name", "by", "until", "since",
           "after", "id")  # fmt: skip


@pytest.mark.parametrize("value", NASTY)
def test_no_address_breaks_whatever_it_is_asked(
    town: Town, everybody: list[FlaskClient], value: str
) -> None:
    query = dict.fromkeys(QUERIES, value[:200])
    answers = []
    for rule in town.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or "<path:" in rule.rule:
            continue
        client = everybody[_first_let_in(town, rule, everybody)]
        path = _filled(rule, value[:200])
        answers.append((path, client.get(path, query_string=query)))
    assert _broken(answers) == []


_let_in: dict[str, int] = {}


def _first_let_in(town: Town, rule: Rule, everybody: list[FlaskClient]) -> int:
    """Return who gets past the door of a route, so that the view itself is asked."""
    from haochaping.access.roles import ROLE_PERMISSIONS
    from haochaping.web import guard

    needs = guard.policies(town.app)[rule.endpoint].needs
    roles = [role for role in Role if role not in MACHINES]
    held = [at for at, role in enumerate(roles) if not needs or needs in ROLE_PERMISSIONS[role]]
    return held[0] if held else 0


FIELDS = ("login", "password", "code", "old", "new", "again", "receipt", "action", "grade", "text",
          "options", "token", "confirm", "message", "key", "note", "public_note", "outcome",
          "version", "purpose", "evidence", "term_days", "reason", "organization", "visit",
          "complexity", "kind", "by", "reached", "satisfied", "caller", "recording", "case_no",
          "name", "next", "stage", "q-x")  # fmt: skip


@pytest.mark.parametrize("value", NASTY)
def test_no_form_breaks_whatever_it_is_sent(
    town: Town, everybody: list[FlaskClient], value: str
) -> None:
    town.app.config["WTF_CSRF_ENABLED"] = False
    receipt = town.rate(town.serve(), 1).code
    code, _ = town.link(town.serve())
    answers = []
    for rule in town.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint == "sign_in.leave":
            continue
        town.app.extensions["haochaping.limiter"]._buckets.clear()
        client = everybody[_first_let_in(town, rule, everybody)]
        path = _filled(rule, value[:200])
        answers.append((path, client.post(path, data=dict.fromkeys(FIELDS, value[:1000]))))
    fields = dict.fromkeys(FIELDS, value[:1000]) | {"receipt": receipt}
    for action in ("show", "change", "amend", "withdraw", "accept", "contest", "write", value):
        sent = {**fields, "action": action}
        answers.append((action, town.browser().post("/mine", data=sent)))
    answers.append(("rate", town.browser().post(f"/r/{code}", data=fields)))
    town.app.config["WTF_CSRF_ENABLED"] = True
    assert _broken(answers) == []


@pytest.mark.parametrize("value", [one for one in NASTY if one])
def test_no_action_on_a_case_breaks_whatever_it_is_sent(town: Town, value: str) -> None:
    from haochaping.web.console.case_forms import FORMS

    case, answers = town.case(), []
    unit = town.someone(Role.HANDLER, organization_id=OWN.unit)
    here = f"/console/cases/{case.public_id}"
    form = hidden(unit.get(here).get_data(as_text=True))
    for action, one in FORMS.items():
        fields = {
            field.name: field.choices[0][0] if field.choices else value for field in one.fields
        }
        answers.append((action, unit.post(f"{here}/{action}", data={**form, **fields})))
    assert _broken(answers) == []
