"""Piles of paper forms: keyed by two people, settled by a third, each row with its own answer."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select, update

from haochaping.catalog import tables as catalog
from haochaping.channels.paper_tables import paper_scan
from haochaping.evaluation.problems import UnknownOccurrence
from haochaping.journal.tables import journal
from haochaping.web.console import paper_rows
from tests.attachments.test_files import PDF
from tests.attachments.test_pictures import SECRET, chunk, png
from tests.web.console_b.conftest import ELSEWHERE, STAFF, Desk, Role, form_of, text_of

HERE = "/console/paper"
HALL = 2


@pytest.fixture
def clerk(desk: Desk) -> Any:
    return desk.person(Role.PAPER_CLERK)


@pytest.fixture
def other(desk: Desk) -> Any:
    return desk.person(Role.PAPER_CLERK)


@pytest.fixture
def third(desk: Desk) -> Any:
    return desk.person(Role.PAPER_CLERK)


def begun(clerk: Any, sheets: int) -> str:
    """Begin a pile; return its address."""
    clerk.page(HERE)
    return str(post(clerk, HERE, {"sheets": str(sheets)}).headers["Location"])


def post(clerk: Any, address: str, fields: dict[str, Any]) -> Any:
    sent = {**form_of(clerk.last, address), **fields}
    clerk.last = clerk.client.post(address, data=sent)
    return clerk.last


def keyed(prefix: str, rows: list[dict[str, str]]) -> dict[str, str]:
    return {
        f"{prefix}{number}-{name}": value
        for number, row in enumerate(rows, start=1)
        for name, value in row.items()
    }


def first_pass(clerk: Any, rows: list[dict[str, str]]) -> str:
    here = begun(clerk, len(rows))
    clerk.page(here)
    assert post(clerk, here, keyed("a", rows)).status_code == 303
    return here


def second_pass(other: Any, here: str, rows: list[dict[str, str]]) -> Any:
    other.page(here)
    return post(other, here, keyed("b", [strip(row) for row in rows]))


def both(
    clerk: Any, other: Any, rows: list[dict[str, str]], again: list[dict[str, str]] | None = None
) -> Any:
    return second_pass(other, first_pass(clerk, rows), again or rows)


def strip(row: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if name != "text"}


def forms(desk: Desk, *grades: str) -> list[dict[str, str]]:
    return [{"ref": desk.site.short_code(desk.site.serve()), "grade": one} for one in grades]


def test_a_pile_has_as_many_rows_as_sheets(clerk: Any) -> None:
    page = clerk.page(begun(clerk, 3))
    assert page.count('name="a3-ref"') == 1
    assert 'name="a4-ref"' not in page


@pytest.mark.parametrize("sheets", ["", "0", "21", "三", "-1"])
def test_a_pile_of_no_or_too_many_sheets_is_told(clerk: Any, sheets: str) -> None:
    clerk.page(HERE)
    answer = post(clerk, HERE, {"sheets": sheets})
    assert answer.status_code == 422
    assert "1 至 20" in text_of(answer)


def test_nobody_keys_a_pile_twice(desk: Desk, clerk: Any) -> None:
    here = first_pass(clerk, forms(desk, "5"))
    page = text_of(clerk.get(here))
    assert "交给另一位录入员" in page
    token = form_of(clerk.get(here), f"{here}/scans")["csrf_token"]
    sent = {"csrf_token": token, "stage": "second", "b1-ref": "X", "b1-grade": "5"}
    assert clerk.client.post(here, data=sent).status_code == 403
    assert desk.site.ratings() == []


def test_the_second_pass_shows_nothing_of_the_first(desk: Desk, clerk: Any, other: Any) -> None:
    rows = forms(desk, "5")
    here = first_pass(clerk, rows)
    page = other.page(here)
    assert 'name="b1-grade" value=""' in page
    assert rows[0]["ref"] not in page
    assert desk.site.ratings() == []


def test_rows_keyed_the_same_twice_are_stored(desk: Desk, clerk: Any, other: Any) -> None:
    answer = both(clerk, other, forms(desk, "5", "4"))
    assert answer.status_code == 200
    stored = [(one.grade, one.channel, one.provenance) for one in desk.site.ratings()]
    assert stored == [(5, "paper", "paper_clerk"), (4, "paper", "paper_clerk")]
    assert "已录入 2" in text_of(answer)


def test_who_keyed_first_and_second_is_journalled(desk: Desk, clerk: Any, other: Any) -> None:
    both(clerk, other, forms(desk, "5"))
    with desk.deployment.store.read() as conn:
        [row] = conn.execute(select(journal).where(journal.c.kind == "rating.entered")).all()
    assert '"first_by"' in row.payload
    assert '"batch"' in row.payload


def test_a_bad_form_keeps_its_reasons_and_words(desk: Desk, clerk: Any, other: Any) -> None:
    rows = forms(desk, "2")
    rows[0] |= {"options": "207 213", "text": "跑了三趟"}
    both(clerk, other, rows)
    [rating] = desk.site.ratings()
    assert rating.options == ["207", "213"]
    assert rating.text_sealed is not None


def test_reasons_may_be_keyed_in_another_order(desk: Desk, clerk: Any, other: Any) -> None:
    rows = forms(desk, "2")
    again = [{**rows[0], "options": "213,207"}]
    rows[0]["options"] = "207 213"
    both(clerk, other, rows, again)
    assert len(desk.site.ratings()) == 1


def test_full_width_signs_are_the_same_signs(desk: Desk, clerk: Any, other: Any) -> None:
    rows = forms(desk, "5")
    both(clerk, other, rows, [{**rows[0], "grade": "５"}])
    assert [one.grade for one in desk.site.ratings()] == [5]


def test_differences_are_shown_side_by_side_to_a_third_person(
    desk: Desk, clerk: Any, other: Any, third: Any
) -> None:
    rows = forms(desk, "5", "3")
    answer = both(clerk, other, rows, [rows[0], {**rows[1], "grade": "1"}])
    assert answer.status_code == 422
    assert [one.grade for one in desk.site.ratings()] == [5]
    here = answer.request.path
    assert 'name="c2-grade"' not in other.page(here)
    page = third.page(here)
    assert '<td class="differs">3</td>' in page
    assert '<td class="differs">1</td>' in page
    assert 'name="c1-ref"' not in page
    settled = post(third, here, {"c2-grade": "3"})
    assert settled.status_code == 200
    assert [one.grade for one in desk.site.ratings()] == [5, 3]
    assert "已录入 2" in text_of(settled)


def test_with_the_scan_a_clerk_may_settle(desk: Desk, clerk: Any, other: Any) -> None:
    rows = forms(desk, "3")
    here = both(clerk, other, rows, [{**rows[0], "grade": "1"}]).request.path
    assert attach(other, here, png(2, 2, chunk(b"tEXt", SECRET))).status_code == 303
    page = other.page(here)
    [address] = {one for one in _sources(page) if "/scans/" in one}
    picture = other.client.get(address)
    assert picture.mimetype == "image/png"
    assert SECRET not in picture.data
    assert post(other, here, {"c1-grade": "3"}).status_code == 200
    assert [one.grade for one in desk.site.ratings()] == [3]


def _sources(page: str) -> list[str]:
    import re

    return re.findall(r'src="([^"]+)"', page)


def attach(clerk: Any, here: str, content: bytes) -> Any:
    clerk.page(here)
    token = form_of(clerk.last, f"{here}/scans")["csrf_token"]
    sent = {"csrf_token": token, "scans": (io.BytesIO(content), "scan.png")}
    return clerk.client.post(f"{here}/scans", data=sent, content_type="multipart/form-data")


def test_a_scan_that_is_none_is_told(desk: Desk, clerk: Any) -> None:
    here = begun(clerk, 1)
    for content, said in (
        (b"%PDF-1.7 x", "PDF 不完整"),
        (PDF.replace(b"/Catalog", b"/Catalog/JS(1)"), "脚本、附件或密码"),
        (b"GIF89a", "PNG、JPEG、PDF"),
    ):
        answer = attach(clerk, here, content)
        assert answer.status_code == 422
        assert said in text_of(answer)


def test_a_pdf_is_kept_as_it_came_and_only_handed_out_to_be_saved(desk: Desk, clerk: Any) -> None:
    here = begun(clerk, 1)
    assert attach(clerk, here, PDF).status_code == 303
    page = clerk.page(here)
    assert "扫描件 1</a>" not in page
    [address] = re.findall(r'href="([^"]+/scans/\d+)" download', page)
    found = clerk.client.get(address)
    assert (found.mimetype, found.data) == ("application/pdf", PDF)
    assert found.headers["Content-Disposition"].startswith("attachment;")
    with desk.deployment.store.read() as conn:
        [sealed] = conn.execute(select(paper_scan.c.sealed)).scalars()
    assert b"%PDF" not in sealed


def test_twelve_digits_are_a_short_code_only_when_they_are_one(desk: Desk) -> None:
    first, second = desk.site.serve(), desk.site.serve()
    short = desk.site.short_code(first)
    with desk.deployment.store.write() as conn:
        cases = catalog.service_case.c
        named = update(catalog.service_case).where(cases.id == 51)
        conn.execute(named.values(case_no="202611160017"))
    with desk.site.app.test_request_context(), desk.deployment.store.read() as conn:
        assert paper_rows._service(conn, f"{short[:4]} {short[4:8]}-{short[8:]}") == first
        assert paper_rows._service(conn, "202611160017") == second
        with pytest.raises(UnknownOccurrence):
            paper_rows._service(conn, "202611160018")
    with desk.deployment.store.write() as conn:
        conn.execute(named.values(case_no=short))
    with desk.site.app.test_request_context(), desk.deployment.store.read() as conn:
        with pytest.raises(paper_rows.Ambiguous):
            paper_rows._service(conn, short)
        assert paper_rows._service(conn, f"{short}#1") == second


def test_a_sheet_that_cannot_be_entered_is_left_out_and_counted(
    desk: Desk, clerk: Any, other: Any, third: Any
) -> None:
    rows = [*forms(desk, "5"), {"ref": "NOT-THERE-1", "grade": "4"}]
    answer = both(clerk, other, rows)
    assert answer.status_code == 422
    assert "没有这次服务" in text_of(answer)
    here = answer.request.path
    third.page(here)
    settled = post(third, here, {"c2-drop": "1"})
    assert settled.status_code == 200
    assert "已剔除 1" in text_of(settled)
    assert [one.grade for one in desk.site.ratings()] == [5]


def test_a_form_that_was_entered_before_is_a_duplicate(desk: Desk, clerk: Any, other: Any) -> None:
    rows = forms(desk, "5")
    both(clerk, other, rows)
    answer = both(clerk, other, rows)
    assert answer.status_code == 200
    assert "重复，未再录入 1" in text_of(answer)
    assert len(desk.site.ratings()) == 1


def test_a_bad_grade_without_a_reason_is_refused_in_words(
    desk: Desk, clerk: Any, other: Any
) -> None:
    answer = both(clerk, other, forms(desk, "1"))
    assert answer.status_code == 422
    assert desk.site.ratings() == []
    assert "第 1 行未录入" in text_of(answer)


def test_sending_the_second_pass_again_stores_nothing_twice(
    desk: Desk, clerk: Any, other: Any
) -> None:
    rows = forms(desk, "5")
    here = first_pass(clerk, rows)
    other.page(here)
    sent = {**form_of(other.last, here), **keyed("b", rows)}
    answers = [other.client.post(here, data=sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 409]
    assert len(desk.site.ratings()) == 1


def test_a_pile_of_another_size_is_told(desk: Desk, clerk: Any) -> None:
    here = begun(clerk, 2)
    clerk.page(here)
    answer = post(clerk, here, keyed("a", forms(desk, "5")))
    assert answer.status_code == 422
    assert "点清的是 2 张，录了 1 张" in text_of(answer)


@pytest.mark.parametrize("grade", ["", "0", "6", "好"])
def test_a_grade_that_is_none_is_told_with_its_row(desk: Desk, clerk: Any, grade: str) -> None:
    here = begun(clerk, 1)
    clerk.page(here)
    answer = post(clerk, here, keyed("a", [{"ref": "X", "grade": grade}]))
    assert answer.status_code == 422
    assert '<a href="#a1-grade">' in answer.get_data(as_text=True)
    assert 'value="X"' in answer.get_data(as_text=True)


def test_piles_of_another_county_are_not_there(desk: Desk, clerk: Any) -> None:
    here = begun(clerk, 1)
    abroad = desk.person(Role.PAPER_CLERK, region=ELSEWHERE)
    assert abroad.get(here).status_code == 404
    assert here not in abroad.page(HERE)


def test_clerks_of_one_hall_share_their_piles(desk: Desk) -> None:
    first, second = (desk.person(Role.PAPER_CLERK, hall_id=HALL) for _ in range(2))
    both(first, second, forms(desk, "5"))
    assert [one.grade for one in desk.site.ratings()] == [5]
    here = begun(first, 1)
    elsewhere = desk.person(Role.PAPER_CLERK, region=ELSEWHERE)
    assert elsewhere.get(here).status_code == 404
    assert desk.person(Role.PAPER_CLERK).get(here).status_code == 200


def test_a_form_of_another_county_is_refused(desk: Desk) -> None:
    clerks = [desk.person(Role.PAPER_CLERK, region=ELSEWHERE) for _ in range(2)]
    answer = both(*clerks, forms(desk, "5"))
    assert answer.status_code == 422
    assert desk.site.ratings() == []


def test_who_served_cannot_enter_the_form(desk: Desk, clerk: Any) -> None:
    roles = ((Role.PAPER_CLERK, {}), (Role.STAFF_MEMBER, {"staff_id": STAFF}))
    own = desk.office.browser(desk.office.account(*roles))
    answer = both(clerk, own, forms(desk, "5"))
    assert "由您本人提供" in text_of(answer)
    assert desk.site.ratings() == []


def file(rows: list[list[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


HEAD = ["短码或办件编号*", "等级*", "原因代码", "意见原文"]


def upload(clerk: Any, content: bytes, name: str = "form.xlsx") -> Any:
    clerk.page(HERE)
    token = form_of(clerk.last, f"{HERE}/file")["csrf_token"]
    sent = {"csrf_token": token, "file": (io.BytesIO(content), name)}
    return clerk.client.post(f"{HERE}/file", data=sent, content_type="multipart/form-data")


def test_the_template_is_filled_in_and_imported(desk: Desk, clerk: Any) -> None:
    book = load_workbook(io.BytesIO(clerk.get(f"{HERE}/template.xlsx").data))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == HEAD
    sheet["A3"], sheet["B3"] = desk.site.short_code(desk.site.serve()), "5"
    content = io.BytesIO()
    book.save(content)
    answer = upload(clerk, content.getvalue())
    assert answer.status_code == 200, text_of(answer)
    stored = [(one.grade, one.channel, one.provenance) for one in desk.site.ratings()]
    assert stored == [(5, "paper", "paper_clerk")]


def test_each_line_of_a_file_has_its_own_answer_and_again_changes_nothing(
    desk: Desk, clerk: Any
) -> None:
    good, bad = (desk.site.short_code(desk.site.serve()) for _ in range(2))
    content = file(
        [HEAD, [good, 5, "", "=HYPERLINK(1)"], ["NOT-THERE", 4], [bad, 1], ["", 3], [bad, 9]]
    )
    first, again = (text_of(upload(clerk, content)) for _ in range(2))
    for said in (first, again):
        assert "第 3 行：没有这次服务" in said
        assert "第 4 行：请至少选择一个原因" in said
        assert "第 5 行：缺少短码" in said
        assert "第 6 行：评价等级应为 1 至 5" in said
    assert len(desk.site.ratings()) == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "form.xlsx"), (b"x", "form.csv"), (b"PK\x03\x04", "form.xlsx"),
     (file([["a"]]), "a.xlsx"), (file([HEAD]), "a.xlsx")],
)  # fmt: skip
def test_a_file_that_is_none_is_told(clerk: Any, content: bytes, name: str) -> None:
    answer = upload(clerk, content, name)
    assert answer.status_code == 422
