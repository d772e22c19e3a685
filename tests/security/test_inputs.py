"""Hostile input: marks and formulas, sizes and depths, fields of the wrong kind."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from haochaping.access.roles import Role
from haochaping.catalog import tables as catalog
from haochaping.catalog.importing.cells import neutral
from haochaping.evaluation import wording
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import OccurrenceKey
from haochaping.rectification.tables import case_reply
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


def _clean(text: str) -> bool:
    return not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]", text
    )


def _words_of(town: Town, key: OccurrenceKey) -> str:
    with town.deployment.store.read() as conn:
        row = conn.execute(select(evaluation).where(evaluation.c.occurrence_id == key.id)).one()
        place = OccurrenceKey(row.region, row.served_month, row.id)
        return wording.words_of(conn, town.deployment.keyring, place)


def _api(town: Town) -> tuple[FlaskClient, dict[str, str]]:
    return town.browser(), {"Authorization": f"Bearer {town.api_key()[1]}"}


def _rating(town: Town, **more: Any) -> dict[str, Any]:
    case_no = more.pop("case_no", None) or f"T-{town.serve().id}"
    return {"case_no": case_no, "occurrence_no": 1, "grade": 1, "channel": "web", **more}


# --- what is written is cleaned -------------------------------------------------------------


def test_a_comment_is_kept_without_control_and_direction_marks(town: Town) -> None:
    key = town.serve()
    code, _ = town.link(key)
    sent = {"grade": "1", "text": f"太{MARKS}慢{HAN}", "confirm": "1"}
    assert town.browser().post(f"/r/{code}", data=sent).status_code == 200
    assert _clean(_words_of(town, key))
    assert HAN in _words_of(town, key)


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f"])
def test_control_signs_never_reach_the_store(town: Town, sign: str) -> None:
    key = town.serve()
    code, _ = town.link(key)
    sent = {"grade": "1", "text": f"太{sign}慢", "confirm": "1"}
    answer = town.browser().post(f"/r/{code}", data=sent)
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert _words_of(town, key) == "太慢"


def test_a_comment_by_api_is_kept_clean_too(town: Town) -> None:
    client, sent = _api(town)
    key = town.serve()
    body = _rating(town, case_no=f"T-{key.id}", text=f"太{MARKS}慢{HAN}")
    answer = client.post(
        "/api/v1/evaluations", json=body, headers={**sent, "Idempotency-Key": "m1"}
    )
    assert answer.status_code == 201
    assert _clean(_words_of(town, key))
    assert HAN in _words_of(town, key)


def test_a_comment_over_the_limit_is_refused_in_words_and_nothing_is_stored(town: Town) -> None:
    key = town.serve()
    code, _ = town.link(key)
    sent = {"grade": "1", "text": "慢" * 501, "confirm": "1"}
    assert town.browser().post(f"/r/{code}", data=sent).status_code == 422
    with town.deployment.store.read() as conn:
        found = conn.execute(select(evaluation).where(evaluation.c.occurrence_id == key.id))
        assert found.first() is None


def test_a_reply_is_kept_without_control_and_direction_marks(town: Town) -> None:
    case = town.case()
    unit = town.someone(Role.HANDLER, organization_id=OWN.unit)
    here = f"/console/cases/{case.public_id}"
    form = hidden(unit.get(here).get_data(as_text=True))
    called = {**form, "by": "phone", "reached": "yes", "text": ""}
    assert unit.post(f"{here}/contact", data=called).status_code == 303
    form = hidden(unit.get(here).get_data(as_text=True))
    sent = {**form, "outcome": "explained", "text": f"已{MARKS}核实，{HAN}请放心。"}
    assert unit.post(f"{here}/answer", data=sent).status_code == 303
    with town.deployment.store.read() as conn:
        query = select(case_reply.c.text).where(case_reply.c.case_id == case.id)
        text = conn.execute(query).scalar_one()
    assert _clean(text)
    assert HAN in text


def test_what_is_written_is_shown_as_text_and_never_as_markup(town: Town) -> None:
    case_page = _case_page_with(town, "<script>alert(1)</script><img src=x onerror=alert(2)>")
    assert "<script>alert" not in case_page
    assert "<img src=x" not in case_page
    assert "&lt;script&gt;" in case_page


def _case_page_with(town: Town, text: str) -> str:
    from sqlalchemy import update

    from haochaping.rectification.tables import rectification_case

    key, table = town.serve(), rectification_case
    town.rate(key, 1, text=text)
    with town.deployment.store.write() as conn:
        mine = table.c.occurrence_id == key.id
        conn.execute(update(table).where(mine).values(visible_at=town.clock.now()))
        number = conn.execute(select(table.c.public_id).where(mine)).scalar_one()
    unit = town.someone(Role.HANDLER, organization_id=OWN.unit)
    return unit.get(f"/console/cases/{number}").get_data(as_text=True)


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_cell_that_a_spreadsheet_takes_for_a_formula_is_neutralised(cell: str) -> None:
    assert neutral(cell) == "'" + cell


def test_an_exported_board_has_no_formula_in_any_cell(town: Town) -> None:
    from sqlalchemy import update

    with town.deployment.store.write() as conn:
        mine = catalog.organization.c.id == OWN.unit
        conn.execute(update(catalog.organization).where(mine).values(name='=HYPERLINK("x")'))
    answer = town.browser().get("/api/v1/boards/organizations?format=csv&period=2026-11")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    cells = [cell for row in rows for cell in row]
    assert answer.status_code == 200
    assert not [cell for cell in cells if cell[:1] in "=+@＝＋－＠\t\r" and cell]


# --- sizes, depths, unknown fields ----------------------------------------------------------


def _posts(town: Town) -> list[str]:
    code, _ = town.link(town.serve())
    number, _ = town.device()
    return [f"/r/{code}", "/r", "/mine", "/console/sign-in", f"/device/{number}/key"]


def test_a_body_of_a_megabyte_is_refused_at_every_open_door(town: Town) -> None:
    for path in _posts(town):
        answer = town.browser().post(path, data={"text": "a" * 1_000_000})
        assert answer.status_code == 413, path


def test_a_large_body_at_a_door_that_is_not_there_is_answered_in_words(town: Town) -> None:
    for path in ("/r/nonsense", "/no/such/page", "/console/cases/x/confirm"):
        answer = town.browser().post(path, data={"text": "a" * 100_000})
        assert answer.status_code in (401, 404, 413), path


@pytest.mark.parametrize("path", ["/api/v1/service-cases", "/api/v1/evaluations"])
def test_a_json_body_of_a_megabyte_is_refused(town: Town, path: str) -> None:
    client, sent = _api(town)
    body = json.dumps({"cases": ["a" * 1_000_000]})
    headers = {**sent, "Idempotency-Key": "b"}
    answer = client.post(path, data=body, content_type="application/json", headers=headers)
    assert answer.status_code == 413


def test_a_body_of_a_thousand_parts_is_refused(town: Town) -> None:
    code, _ = town.link(town.serve())
    parts = {f"f{number}": "x" for number in range(1000)}
    answer = town.browser().post(f"/r/{code}", data=parts, content_type="multipart/form-data")
    assert answer.status_code == 413


DEEP = {"lists": "[" * 10_000 + "]" * 10_000, "objects": '{"a":' * 10_000 + "1" + "}" * 10_000}


@pytest.mark.parametrize("kind", DEEP)
@pytest.mark.parametrize("path", ["/api/v1/service-cases", "/api/v1/evaluations", "device"])
def test_json_of_ten_thousand_levels_is_refused_in_words(town: Town, path: str, kind: str) -> None:
    client, sent = _api(town)
    sent["Idempotency-Key"] = "deep"
    if path == "device":
        number, key = town.device()
        path, sent = f"/device/{number}/rate", _device_headers(town, number, key)
    for body in (DEEP[kind], f'{{"cases": {DEEP[kind]}}}'):
        answer = client.post(path, data=body, content_type="application/json", headers=sent)
        assert answer.status_code in (400, 413), (path, answer.status_code)


def _device_headers(town: Town, number: int, key: str) -> dict[str, str]:
    sent = {"Authorization": f"Bearer {key}"}
    page = town.browser().get(f"/device/{number}", headers=sent).get_data(as_text=True)
    token = re.search(r'data-token="([^"]+)"', page)
    assert token is not None
    return {**sent, "X-Form-Token": token[1]}


def test_unknown_fields_of_the_api_are_refused_by_name(town: Town) -> None:
    client, sent = _api(town)
    body = _rating(town, text="慢", provenance="citizen")
    answer = client.post("/api/v1/evaluations", json=body, headers={**sent, "Idempotency-Key": "u"})
    assert answer.status_code == 422
    assert "provenance" in answer.get_data(as_text=True)


def test_fields_that_the_citizens_form_does_not_have_change_nothing(town: Town) -> None:
    key = town.serve()
    code, _ = town.link(key)
    sent = {"grade": "5", "identity": "verified", "provenance": "system_default", "person_id": "1",
            "status": "void", "channel": "window_device", "counted_on": "2020-01-01"}  # fmt: skip
    assert town.browser().post(f"/r/{code}", data=sent).status_code == 200
    with town.deployment.store.read() as conn:
        row = conn.execute(select(evaluation).where(evaluation.c.occurrence_id == key.id)).one()
    assert (row.identity, row.provenance, row.person_id) == ("presumed", "citizen", None)
    assert (row.status, row.channel, str(row.counted_on)) == ("effective", "qr", "2026-11-16")


@pytest.mark.parametrize("grade", [
    None, 0, 6, -1, 2.5, "5", True, [5], {"a": 5}, HUGE, float("nan"), float("inf"), "\x00", "５",
])  # fmt: skip
def test_a_grade_that_is_none_is_refused(town: Town, grade: Any) -> None:
    client, sent = _api(town)
    body = json.dumps(_rating(town, grade=grade, text="慢"))
    headers = {**sent, "Idempotency-Key": f"g-{random.getrandbits(60)}"}
    answer = client.post(
        "/api/v1/evaluations", data=body, content_type="application/json", headers=headers
    )
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("change", [
    {"occurrence_no": HUGE}, {"case_no": "\x00"}, {"case_no": "\ud800"}, {"channel": "\x00"},
    {"options": ["\x00"]}, {"options": ["\ud800"]}, {"options": [["x"]]}, {"options": {"a": 1}},
    {"text": ["x"]}, {"submitted_at": "0001-01-01T00:00:00+14:00"}, {"submitted_at": "\x00"},
    {"submitted_at": "9999-12-31T23:59:59-14:00"}, {"channel": "x" * 40},
])  # fmt: skip
def test_a_field_of_the_wrong_kind_is_refused_in_words(town: Town, change: dict[str, Any]) -> None:
    client, sent = _api(town)
    body = json.dumps({**_rating(town), **change})
    headers = {**sent, "Idempotency-Key": f"w-{random.getrandbits(60)}"}
    answer = client.post(
        "/api/v1/evaluations", data=body, content_type="application/json", headers=headers
    )
    assert 400 <= answer.status_code < 500, answer.get_data(as_text=True)


@pytest.mark.parametrize("change", [
    {"case_no": "\x00"}, {"case_no": "\ud800x"}, {"item_code": "\ud800"}, {"hall_code": "\x00"},
    {"applicant": {"name": "\ud800", "certificate_no": "\x00"}}, {"occurrences": [{"no": HUGE}]},
    {"occurrences": [{"no": 1, "served_at": "0001-01-01T00:00:00+14:00"}]},
    {"occurrences": [{"no": 1, "served_at": "9999-12-31T23:59:59-14:00"}]},
    {"applicant": {"type": MARKS, "name": HAN, "certificate_no": "=1+1"}},
])  # fmt: skip
def test_a_push_with_nasty_fields_is_answered_in_words(town: Town, change: dict[str, Any]) -> None:
    client, sent = _api(town)
    case = {"case_no": f"P-{random.getrandbits(60)}", "item_code": "I-5", "organization_code": "U1"}
    served = {"no": 1, "stage": "conclusion", "served_at": town.clock.now().isoformat()}
    body = json.dumps({"cases": [{**case, "occurrences": [served], **change}]})
    answer = client.post(
        "/api/v1/service-cases", data=body, content_type="application/json", headers=sent
    )
    assert answer.status_code < 500, answer.get_data(as_text=True)


@pytest.mark.parametrize("key", ["", " ", "\x7f", "k" * 3000, "é"])
def test_an_idempotency_key_of_any_kind_breaks_nothing(town: Town, key: str) -> None:
    client, sent = _api(town)
    answer = client.post(
        "/api/v1/evaluations",
        json=_rating(town, text="慢"),
        headers={**sent, "Idempotency-Key": key},
    )
    assert answer.status_code < 500


DEVICE_SAYS: tuple[dict[str, Any], ...] = (
    {"grade": HUGE}, {"grade": [1]}, {"grade": {"a": 1}}, {"grade": None}, {"options": "x"},
    {"options": {"a": 1}}, {"options": [["x"]]}, {"options": [None] * 50}, {"text": [1]},
    {"text": MARKS}, {"text": "\ud800"}, {"key": "\ud800"}, {"key": ""}, {"key": "x" * 5000},
    {"code": "\ud800"}, {"code": "x" * 5000}, {"code": 5}, {"submitted_at": HUGE},
    {"submitted_at": "0001-01-01T00:00:00+14:00"}, {"submitted_at": "9999-12-31T23:59:59-14:00"},
)  # fmt: skip


@pytest.mark.parametrize("said", DEVICE_SAYS)
def test_a_device_that_talks_nonsense_is_answered_in_words(
    town: Town, said: dict[str, Any]
) -> None:
    number, key = town.device()
    sent = _device_headers(town, number, key)
    code, _ = town.link(town.serve())
    body = {"code": code, "key": f"k{random.getrandbits(60)}", "grade": 5, "text": "", **said}
    answer = town.browser().post(
        f"/device/{number}/rate",
        data=json.dumps(body),
        content_type="application/json",
        headers=sent,
    )
    assert answer.status_code < 500, answer.get_data(as_text=True)
