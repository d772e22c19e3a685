"""Evidence on the page of a case: handed in by its sides, read by policy, on the record."""

from __future__ import annotations

import io

from sqlalchemy import select
from tests.web.console.conftest import FOREIGN_UNIT, Browser, Office, fields_of, text_of
from werkzeug.test import TestResponse

from haochaping.attachments.tables import attachment
from haochaping.journal.tables import journal
from haochaping.rectification.records import Case

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"


def path(case: Case) -> str:
    return f"/console/cases/{case.public_id}"


def hand_in(
    who: Browser, case: Case, data: bytes = PDF, name: str = "现场记录.pdf", **more: str
) -> TestResponse:
    """Send the form of the case's page with a file."""
    fields = fields_of(who.page(path(case)), f"{path(case)}/evidence")
    fields = {"side": "handler", **fields, **more}
    form = {**fields, "file": (io.BytesIO(data), name)}
    return who.client.post(f"{path(case)}/evidence", data=form)


def test_a_handler_hands_in_and_reviewers_read_it_on_the_record(office: Office) -> None:
    case, handler, reviewer = office.case(), office.handler(), office.reviewer()
    assert hand_in(handler, case).status_code == 303
    page = reviewer.page(path(case))
    assert "现场记录.pdf" in page
    with office.deployment.store.read() as conn:
        row = conn.execute(select(attachment.c.id, attachment.c.sealed)).one()
    assert b"%PDF" not in row.sealed
    answer = reviewer.get(f"{path(case)}/evidence/handler/1")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    with office.deployment.store.read() as conn:
        kinds = set(conn.execute(select(journal.c.kind)).scalars())
    assert {"attachment.added", "attachment.read"} <= kinds
    assert "提交了证据材料" in text_of(handler.get(path(case)))


def test_the_same_form_sent_twice_keeps_one_file(office: Office) -> None:
    case, handler = office.case(), office.handler()
    fields = fields_of(handler.page(path(case)), f"{path(case)}/evidence")
    for _ in range(2):
        form = {"side": "handler", **fields, "file": (io.BytesIO(PDF), "a.pdf")}
        assert handler.client.post(f"{path(case)}/evidence", data=form).status_code == 303
    with office.deployment.store.read() as conn:
        assert len(conn.execute(select(attachment.c.id)).all()) == 1
    assert text_of(handler.get(path(case))).count("提交了证据材料") == 1


def test_a_file_of_another_type_is_refused_with_what_is_taken(office: Office) -> None:
    case = office.case()
    for data, name in ((b"MZ\x90", "photo.png"), (b"", "empty.pdf")):
        answer = hand_in(office.handler(), case, data, name)
        assert answer.status_code == 422
        assert "可以上传：PNG、JPEG、PDF" in answer.get_data(as_text=True)
        assert 'href="#evidence-file"' in answer.get_data(as_text=True)
    scan = PDF.replace(b"1 0 obj", b"%" + b"x" * 400_000 + b"\n1 0 obj")
    assert hand_in(office.handler(), case, scan).status_code == 303


def test_others_neither_read_nor_hand_in(office: Office) -> None:
    case = office.case()
    hand_in(office.handler(), case)
    foreign = office.handler(FOREIGN_UNIT)
    assert foreign.get(f"{path(case)}/evidence/handler/1").status_code == 404
    other = office.case()
    assert office.handler().get(f"{path(other)}/evidence/handler/1").status_code == 404
    assert "提交材料" not in office.supervisor().page(path(case))
    assert hand_in(office.handler(), case, side="rater").status_code == 403
