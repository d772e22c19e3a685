"""Taking in files: bad lines named, good lines stored, again and after a fall."""

from __future__ import annotations

import io
from contextlib import contextmanager

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select
from tests.catalog.conftest import BUREAU, HALL

from haochaping.catalog import importing, items, organizations, regions
from haochaping.catalog.importing import exporting, running
from haochaping.catalog.importing.kinds import Kind, UnknownKind
from haochaping.catalog.importing.reading import UnreadableFile
from haochaping.catalog.outcomes import CREATED
from haochaping.catalog.tables import import_run, item, occurrence
from haochaping.hooks.deployment import ImportKind
from haochaping.hooks.values import Words


@pytest.fixture
def context(clock, emit):
    return importing.ImportContext(clock=clock, emit=emit)


@pytest.fixture
def take_in(store, tmp_path, context):
    def run(kind, text, *, name="in.csv", **settings):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        usual = {"write": store.write, "context": context}
        job = importing.ImportJob(kind=importing.kind_of(kind), path=path, **{**usual, **settings})
        return importing.run(job)

    return run


def counts(report):
    return (report.created, report.updated, report.unchanged, report.refused)


def test_good_lines_are_stored_and_bad_ones_named(take_in, store, jurisdiction):
    report = take_in(
        "items",
        f"事项编码,事项名称,机构代码\nI-1,甲,{BUREAU}\nI-2,,{BUREAU}\nI-3,丙,KS99\nI-4,丁,\n",
    )
    assert counts(report) == (2, 0, 0, 2)
    assert [line.number for line in report.first_refused] == [3, 4]
    assert report.first_refused[0].reason.zh == "事项名称：不能为空"
    assert "KS99" in report.first_refused[1].reason.zh
    with store.read() as conn:
        assert items.find(conn, "I-4").name.zh == "丁"
        assert items.find(conn, "I-3") is None


def test_a_lost_quotation_mark_stores_no_code(take_in, store, jurisdiction):
    text = '事项编码,事项名称\nI-1,甲\n"unclosed,x\n=HYPERLINK("x"),y\nI-4,丁\n'
    report = take_in("items", text)
    assert counts(report) == (2, 0, 0, 1)
    assert [line.number for line in report.first_refused] == [3]
    assert "引号" in report.first_refused[0].reason.zh
    with store.read() as conn:
        codes = set(conn.scalars(select(item.c.code)))
    assert {"I-1", "I-4"} <= codes
    assert not [code for code in codes if "=" in code or "unclosed" in code]


@pytest.mark.parametrize("code", ['"I\n-1"', '"I\x07-1"', '"I""1"', "I'1", "“I-1”"])
def test_a_code_with_line_breaks_control_signs_or_quotes_is_refused(take_in, code, jurisdiction):
    report = take_in("items", f"事项编码,事项名称\n{code},甲\nI-2,乙\n")
    assert counts(report) == (1, 0, 0, 1)
    assert report.first_refused[0].number == 2
    assert report.first_refused[0].reason.en.startswith("Item code: a code holds no")


def test_codes_of_other_units_are_refused_alike(take_in, jurisdiction):
    report = take_in("items", f'事项编码,事项名称,机构代码\nI-1,甲,"{BUREAU[:5]}\n{BUREAU[5:]}"\n')
    assert counts(report) == (0, 0, 0, 1)


def test_a_name_may_run_over_two_lines(take_in, store, jurisdiction):
    assert counts(take_in("items", '事项编码,事项名称\nI-1,"甲\n乙"\n')) == (1, 0, 0, 0)
    with store.read() as conn:
        assert items.find(conn, "I-1").name.zh == "甲乙"


def test_a_header_with_a_lost_quotation_mark_is_refused_in_words(take_in):
    with pytest.raises(UnreadableFile) as refused:
        take_in("items", '"事项"编码,事项名称\nI-1,甲\n')
    assert "引号" in refused.value.detail.zh


def test_refused_lines_stand_in_a_file_with_number_and_reason(take_in, tmp_path):
    report = take_in("items", "事项编码,事项名称\n=1+1,\nI-2,乙\n")
    assert report.rejects == tmp_path / "in.rejects.csv"
    assert report.rejects.read_text("utf-8-sig").splitlines() == [
        "事项编码,事项名称,行号,原因",
        "'=1+1,,2,事项名称：不能为空",
    ]


def test_a_corrected_rejects_file_can_be_imported_as_it_is(take_in, store):
    report = take_in("items", "事项编码,事项名称\n-1,\n")
    fixed = report.rejects.read_text("utf-8-sig").replace("'-1,", "'-1,甲")
    assert counts(take_in("items", fixed, name="fixed.csv")) == (1, 0, 0, 0)
    with store.read() as conn:
        assert items.find(conn, "-1").name.zh == "甲"


def test_a_rejects_file_never_overwrites_another(take_in, tmp_path):
    take_in("items", "事项编码,事项名称\nI-1,\n")
    second = take_in("items", "事项编码,事项名称\nI-2,\n")
    assert second.rejects == tmp_path / "in.rejects-2.csv"


def test_without_refused_lines_there_is_no_rejects_file(take_in, tmp_path):
    assert take_in("items", "事项编码,事项名称\nI-1,甲\n").rejects is None
    assert not list(tmp_path.glob("*rejects*"))


def test_reasons_are_written_in_the_language_asked_for(take_in):
    report = take_in("items", "code,name\nI-1,\n", language="en")
    assert "Name: must not be empty" in report.rejects.read_text("utf-8-sig")


def test_the_same_file_again_changes_nothing(take_in, store):
    text = "事项编码,事项名称\nI-1,甲\nI-2,乙\n"
    take_in("items", text)
    assert counts(take_in("items", text)) == (0, 0, 2, 0)
    with store.read() as conn:
        assert conn.execute(select(func.count()).select_from(item)).scalar() == 2


def test_a_changed_line_is_an_update(take_in):
    take_in("items", "事项编码,事项名称\nI-1,甲\n")
    assert counts(take_in("items", "事项编码,事项名称\nI-1,乙\n")) == (0, 1, 0, 0)


def test_the_order_of_lines_does_not_matter_for_a_tree(take_in, store, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 2)
    text = "区划代码,名称\n990106001,街道\n990106,区\n880106,孤区\n990100,市\n990000,省\n"
    assert counts(take_in("regions", text)) == (5, 0, 0, 0)
    with store.read() as conn:
        assert regions.path_of(conn, "990106001") == "/990000/990100/990106/990106001/"
        assert regions.path_of(conn, "880106") == "/880106/"


def test_a_parent_that_never_comes_is_named_at_the_end(take_in, store, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 2)
    take_in("regions", "区划代码,名称\n990000,省\n")
    header = "机构代码,机构名称,区划代码,上级机构代码"
    lines = ("K1,科,990000,K9", "K2,组,990000,K1", f"{BUREAU},局,990000,")
    report = take_in("organizations", "\n".join((header, *lines)))
    assert counts(report) == (1, 0, 0, 2)
    assert [line.number for line in report.first_refused] == [2, 3]
    assert "K9" in report.first_refused[0].reason.zh


class Fall(Exception):
    pass


def falling(store, after):
    """A factory of transactions that falls at the end of the one with this number."""
    opened = []

    @contextmanager
    def write():
        opened.append(1)
        with store.write() as conn:
            yield conn
            if len(opened) == after:
                raise Fall

    return write


def test_an_interrupted_import_goes_on_after_its_last_chunk(take_in, store, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 2)
    monkeypatch.setattr(running, "PLAIN", 1)
    text = "事项编码,事项名称\nI-1,甲\nI-2,\nI-3,丙\nI-4,\nI-5,戊\n"
    with pytest.raises(Fall):
        take_in("items", text, write=falling(store, 3))
    report = take_in("items", text)
    assert report.resumed_after == 3
    assert counts(report) == (3, 0, 0, 2)
    lines = report.rejects.read_text("utf-8-sig").splitlines()
    assert [line.split(",")[2] for line in lines[1:]] == ["3", "5"]


def test_an_interrupted_tree_begins_again_where_lines_were_waiting(take_in, store, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 1)
    text = "区划代码,名称\n990000,省\n990106,区\n990100,市\n"
    with pytest.raises(Fall):
        take_in("regions", text, write=falling(store, 4))
    report = take_in("regions", text)
    assert report.resumed_after == 2
    with store.read() as conn:
        assert regions.path_of(conn, "990106") == "/990000/990100/990106/"


def test_a_finished_run_is_not_gone_on_with_but_begun_again(take_in):
    text = "事项编码,事项名称\nI-1,甲\n"
    take_in("items", text)
    assert take_in("items", text).resumed_after == 0


def test_progress_tells_lines_and_fraction(take_in, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 2)
    monkeypatch.setattr(running, "PLAIN", 1)
    told = []
    take_in("items", "事项编码,事项名称\nI-1,甲\nI-2,\nI-3,丙\n", progress=told.append)
    assert [(one.lines, one.refused) for one in told] == [(2, 1), (3, 1)]
    assert told[-1].fraction == 1.0


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("事项编码,事项名稱", "是否指 事项名称"),
        ("事项编码", "缺少列「事项名称」"),
        ("事项编码,事项名称,Item code", "列「事项编码」重复"),
    ],
)
def test_a_header_that_does_not_fit_is_refused_as_a_whole(take_in, store, header, word):
    with pytest.raises(importing.UnreadableFile) as caught:
        take_in("items", f"{header}\nI-1,甲,乙\n")
    assert word in caught.value.detail.zh
    with store.read() as conn:
        assert conn.execute(select(func.count()).select_from(import_run)).scalar() == 0


@pytest.mark.parametrize("header", ["code,name", "Item code,NAME", "事项编码*,事项名称（必填）"])
def test_headers_are_understood_in_both_languages_and_with_marks(take_in, header):
    assert counts(take_in("items", f"{header}\nI-1,甲\n")) == (1, 0, 0, 0)


def test_a_line_with_too_many_cells_is_refused(take_in):
    report = take_in("items", "事项编码,事项名称\nI-1,甲,乙\nI-2,丙,\n")
    assert counts(report) == (1, 0, 0, 1)
    assert "表头只有 2 列" in report.first_refused[0].reason.zh


def test_a_line_with_unreadable_bytes_is_refused_alone(take_in):
    text = "事项编码,事项名称\nI-1,甲\n".encode() + b"I-2,\xff\n"
    assert counts(take_in("items", text)) == (1, 0, 0, 1)


def test_cases_are_imported_line_by_line_with_local_time(take_in, store, emit, jurisdiction):
    text = (
        "办件编号,服务次数,大厅代码,窗口代码,服务时间,办件状态\n"
        f"C-1,1,{HALL},A01,2026-11-16 09:30,已办结\n"
        f"C-1,2,{HALL},A01,2026/11/16 09:40:00,3\n"
        f"C-2,,{HALL},,2026-11-17 09:00,\n"
        f"C-3,x,{HALL},,,\n"
        f"C-4,1,{HALL},,昨天,\n"
        f"C-5,1,{HALL},,,完成\n"
    )
    report = take_in("cases", text)
    assert counts(report) == (2, 0, 0, 4)
    assert [line.number for line in report.first_refused] == [4, 5, 6, 7]
    assert emit.kinds == ["occurrence.served"] * 2
    with store.read() as conn:
        served = conn.execute(select(occurrence.c.served_at).order_by(occurrence.c.no)).scalars()
        assert [moment.isoformat() for moment in served] == [
            "2026-11-16T01:30:00+00:00",
            "2026-11-16T01:40:00+00:00",
        ]
    assert counts(take_in("cases", text)) == (0, 0, 2, 4)


def test_persons_of_imported_cases_go_to_the_vault(take_in, context, clock, emit, jurisdiction):
    seen = []
    vault = lambda conn, person: seen.append(person) or 5  # noqa: E731
    kept = importing.ImportContext(clock=clock, emit=emit, person_sink=vault)
    text = f"办件编号,大厅代码,申请人,手机\nC-1,{HALL},张三,13800000000\nC-2,{HALL},,\n"
    take_in("cases", text, context=kept)
    assert [(one.name, one.mobile, one.region) for one in seen] == [
        ("张三", "13800000000", "990106")
    ]


@pytest.mark.parametrize("kind", [kind.name for kind in importing.OWN_KINDS])
def test_every_template_has_chinese_headers_an_example_and_notes(kind):
    chosen = importing.kind_of(kind)
    book = load_workbook(io.BytesIO(importing.template(chosen)))
    header, example = list(book.worksheets[0].iter_rows(values_only=True))[:2]
    assert [cell.rstrip("*") for cell in header] == [one.title.zh for one in chosen.columns]
    assert [cell or "" for cell in example] == [one.example for one in chosen.columns]
    assert "填写说明" in book.sheetnames


@pytest.mark.parametrize("kind", [kind.name for kind in importing.OWN_KINDS])
@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_a_template_is_understood_and_its_example_is_not_stored(take_in, kind, language):
    report = take_in(kind, importing.template(importing.kind_of(kind), language), name="t.xlsx")
    assert counts(report) == (0, 0, 0, 0)
    assert report.examples == 1


def test_a_filled_template_is_imported(take_in, tmp_path):
    book = load_workbook(io.BytesIO(importing.template(importing.kind_of("items"))))
    book.worksheets[0].append(["I-1", "甲", None, None, "否", None, "是"])
    file = io.BytesIO()
    book.save(file)
    report = take_in("items", file.getvalue(), name="items.xlsx")
    assert (counts(report), report.examples) == ((1, 0, 0, 0), 1)


def exported(store, kind):
    out = io.BytesIO()
    with store.read() as conn:
        importing.export(conn, importing.kind_of(kind), out)
    return out.getvalue()


@pytest.mark.parametrize(
    "kind", ["regions", "organizations", "halls", "windows", "staff", "items", "cases"]
)
def test_what_is_exported_is_imported_without_any_change(take_in, store, jurisdiction, kind):
    take_in("regions", "区划代码,生效日期,现行代码\n990199,2020-01-01,990106\n")
    take_in("cases", f"办件编号,大厅代码,窗口代码,工号\nC-1,{HALL},A01,1001\n", name="c.csv")
    report = take_in(kind, exported(store, kind), name="again.csv")
    assert report.unchanged > 0
    assert counts(report) == (0, 0, report.unchanged, 0)


def test_an_export_is_safe_to_open_in_a_spreadsheet(take_in, store):
    take_in("items", "事项编码,事项名称\nI-1,'=HYPERLINK(1)\n")
    data = exported(store, "items")
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"'=HYPERLINK(1)" in data


def test_a_kind_that_cannot_be_exported_says_so(store):
    kind = Kind("odd", Words("某类"), (), parse=dict, save=lambda *given: [])
    with store.read() as conn, pytest.raises(exporting.NotExportable):
        importing.export(conn, kind, io.BytesIO())


def test_an_unknown_kind_is_refused_with_the_nearest():
    with pytest.raises(UnknownKind, match="windows"):
        importing.kind_of("window")


def test_a_name_is_registered_once():
    importing.register(importing.kind_of("items"))
    other = Kind("items", Words("别的"), (), parse=dict, save=lambda *given: [CREATED])
    with pytest.raises(ValueError, match="items"):
        importing.register(other)


def store_ledger(plugin, conn, rows):
    plugin.append([dict(row) for row in rows])
    return [None if row["number"] != "2" else Words("没有二号") for row in rows]


def test_a_plugins_kind_stores_rows_by_its_own_function(store, tmp_path, context):
    plugin = []
    spec = ImportKind("ledger", Words("台账", "Ledger"), ("number",), f"{__name__}:store_ledger")
    kind = importing.contributed(plugin, spec)
    path = tmp_path / "ledger.csv"
    path.write_text("number\n1\n2\n")
    job = importing.ImportJob(store.write, importing.kind_of("ledger", [kind]), path, context)
    report = importing.run(job)
    assert counts(report) == (1, 0, 0, 1)
    assert report.first_refused[0].reason.zh == "没有二号"
    assert plugin == [[{"number": "1"}, {"number": "2"}]]


def test_organizations_take_their_region_by_todays_alias(take_in, store, jurisdiction):
    take_in("regions", "区划代码,生效日期,现行代码\n990199,2020-01-01,990106\n")
    take_in("organizations", "机构代码,机构名称,区划代码\n91990000MA0000007X,公司,990199\n")
    with store.read() as conn:
        assert organizations.find(conn, "91990000MA0000007X").place == "990106"
