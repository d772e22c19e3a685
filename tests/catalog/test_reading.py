"""Reading CSV and XLSX files."""

from __future__ import annotations

import codecs
import csv
import io
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from haochaping.catalog.importing import reading, xlsx
from haochaping.catalog.importing.cells import neutral, restored
from haochaping.catalog.importing.reading import UnreadableFile, open_source
from haochaping.catalog.importing.rejects import encoded


def read(path):
    with closing(open_source(path)) as source:
        return source.header, list(source.lines()), source.encoding


def written(tmp_path, data):
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    return path


TEXT = "事项编码,事项名称\r\nI-01,企业设立登记\r\n\r\nI-02,不动产登记\r\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("gb18030"), "gb18030"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.replace(",", "\t").encode(), "utf-8"),
        (TEXT.replace(",", ";").replace("\r\n", "\n").encode(), "utf-8"),
    ],
)
def test_the_forms_in_which_people_save_csv_are_read(tmp_path, data, encoding):
    header, lines, found = read(written(tmp_path, data))
    assert header == ["事项编码", "事项名称"]
    assert [(line.number, line.cells[1]) for line in lines] == [
        (2, "企业设立登记"),
        (4, "不动产登记"),
    ]
    assert found == encoding


def test_one_broken_line_in_a_utf8_file_does_not_turn_it_into_gb18030(tmp_path):
    data = "编码,名称\nI-1,甲\nI-2,".encode() + b"\xff\xfe\n" + "I-3,丙\n".encode()
    _, lines, encoding = read(written(tmp_path, data))
    assert encoding == "utf-8"
    assert [reading.refusal(line) is None for line in lines] == [True, False, True]


def test_one_broken_line_in_a_gb18030_file_is_named(tmp_path):
    data = "编码,名称\nI-1,甲\nI-2,".encode("gb18030") + b"\xff\xff\n"
    _, lines, encoding = read(written(tmp_path, data))
    assert encoding == "gb18030"
    assert "GB18030" in reading.refusal(lines[1]).zh


def test_broken_bytes_under_an_english_header_stay_utf8(tmp_path):
    _, lines, encoding = read(written(tmp_path, b"code,name\nI-1,\xff\xff\n"))
    assert encoding == "utf-8"
    assert reading.refusal(lines[0]) is not None


def test_a_missing_quotation_mark_is_a_bad_line_with_its_number(tmp_path):
    data = f'code,name\nI-1,a\nI-2,"{"x" * 5000}\nI-3,c\n'.encode()
    _, lines, _ = read(written(tmp_path, data))
    assert lines[1].number == 3
    assert "引号" in reading.refusal(lines[1]).zh


def test_a_quotation_mark_that_swallows_the_file_is_a_bad_line(tmp_path):
    data = b"code,name\nI-1,a\n" + b'I-2,"' + b"x,y\n" * 60000
    _, lines, _ = read(written(tmp_path, data))
    assert lines[1].number == 3
    assert reading.refusal(lines[1]) is not None


def test_blocks_of_lines_are_numbered_as_one_by_one(tmp_path):
    odd = {90: '"一\r\n二\n\r三",b', 700: "", 1023: '"一\n二",b', 1500: '"x"y,b', 2047: "'=1,b"}
    rows = [odd.get(number, f"{number},b") for number in range(2600)]
    path = written(tmp_path, "\r\n".join(["a,b", *rows, ""]).encode())
    _, found, _ = read(path)
    height = {90: 4, 1023: 2}
    begins, expected = 2, {}
    for number in range(len(rows)):
        if number != 700:
            expected[number] = begins
        begins += height.get(number, 1)
    assert [line.number for line in found] == list(expected.values())
    named = {line.number: line for line in found}
    assert named[expected[90]].cells == ["一\r\n二\n\r三", "b"]
    assert named[expected[1500]].fault is not None
    assert [line.number for line in found if line.fault] == [expected[1500]]
    assert named[expected[2047]].cells[0] == "=1"
    assert named[expected[2599]].cells == ["2599", "b"]


def test_line_numbers_count_lines_inside_quotation_marks(tmp_path):
    _, lines, _ = read(written(tmp_path, b'code,name\nI-1,"a\nb"\nI-2,c\n'))
    assert [line.number for line in lines] == [2, 4]


@pytest.mark.parametrize(
    ("data", "word"), [(b"", "空文件"), (b"\n\n", "没有表头"), (b"\xd0\xcf\x11\xe0abc", "xls")]
)
def test_files_that_cannot_be_read_are_refused_in_words(tmp_path, data, word):
    with pytest.raises(UnreadableFile) as caught:
        open_source(written(tmp_path, data))
    assert word in caught.value.detail.zh


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path):
    with pytest.raises(UnreadableFile, match="没有文件"):
        open_source(tmp_path / "nothing.csv")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "FILE_MAX", 10)
    with pytest.raises(UnreadableFile, match="超过"):
        open_source(written(tmp_path, TEXT.encode()))


def test_the_fraction_read_grows_to_one(tmp_path):
    with closing(open_source(written(tmp_path, TEXT.encode()))) as source:
        list(source.lines())
        assert source.fraction == 1.0


def workbook(tmp_path, *rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    path = tmp_path / "file.xlsx"
    book.save(path)
    return path


def test_a_workbook_is_read_whatever_its_name(tmp_path):
    path = workbook(tmp_path, ["编码", "名称"], ["I-1", "甲"]).rename(tmp_path / "file.dat")
    assert read(path)[:2] == (["编码", "名称"], [reading.Line(2, ["I-1", "甲"])])


def test_cells_of_a_workbook_become_texts(tmp_path):
    row = [330106, 1.0, 2.5, True, datetime(2026, 11, 16), datetime(2026, 11, 16, 9, 30), None]
    path = workbook(tmp_path, ["a"] * 7, row)
    assert read(path)[1][0].cells == [
        "330106",
        "1",
        "2.5",
        "是",
        "2026-11-16",
        "2026-11-16T09:30:00",
    ]


def test_rows_of_a_workbook_are_numbered_as_the_sheet_shows_them(tmp_path):
    path = workbook(tmp_path, ["a"], ["x"], [None], ["y"])
    assert [line.number for line in read(path)[1]] == [2, 4]


def test_a_long_code_that_lost_digits_is_refused(tmp_path):
    path = workbook(tmp_path, ["编码"], [11990000200000041234.0])
    assert "文本" in reading.refusal(read(path)[1][0]).zh


def test_the_error_of_a_formula_is_refused(tmp_path):
    path = workbook(tmp_path, ["编码"], ["#REF!"])
    assert "#REF!" in reading.refusal(read(path)[1][0]).zh


def test_a_damaged_workbook_is_refused_in_words(tmp_path):
    path = workbook(tmp_path, ["编码"], ["x"])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UnreadableFile, match="另存"):
        open_source(path)


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "FILE_MAX", 100)
    with pytest.raises(UnreadableFile, match="解压后"):
        open_source(workbook(tmp_path, ["编码"], ["x"]))


def test_a_workbook_without_a_header_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="没有表头"):
        open_source(workbook(tmp_path, [None]))


@pytest.mark.parametrize("sign", list("=+-@\t\r＝＋－＠"))
def test_what_a_spreadsheet_would_take_for_a_formula_gets_an_apostrophe(sign):
    assert neutral(f"{sign}cmd|' /C calc'!A0").startswith("'")


@given(st.text())
def test_a_neutral_cell_is_restored_when_it_is_read_again(cell):
    if not cell.startswith("'"):
        assert restored(neutral(cell)) == cell


plain = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), min_size=1, max_size=20
).filter(lambda text: not text.startswith("'"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(plain, min_size=2, max_size=2), min_size=1, max_size=8))
def test_whatever_is_written_as_csv_is_read_back(tmp_path, rows):
    path = written(tmp_path, encoded([["a", "b"], *rows], mark=True))
    assert [line.cells for line in read(path)[1]] == rows


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=300))
def test_any_bytes_are_either_read_or_refused_in_words(tmp_path, data):
    path = written(tmp_path, data)
    try:
        header, lines, _ = read(path)
    except UnreadableFile as refusal:
        header, lines = [refusal.detail.zh], []
    assert any(header)
    assert all(line.number > 0 for line in lines)


def test_csv_follows_rfc_4180():
    data = encoded([["a,b", 'say "x"', "line\nbreak"]], mark=False)
    assert data == b'"a,b","say ""x""","line\nbreak"\r\n'
    assert next(csv.reader(io.StringIO(data.decode(), newline=""))) == [
        "a,b",
        'say "x"',
        "line\nbreak",
    ]


def test_the_digest_names_the_content_not_the_name(tmp_path):
    one, other = Path(tmp_path, "1"), Path(tmp_path, "2")
    one.write_bytes(b"x")
    other.write_bytes(b"x")
    assert reading.digest(one) == reading.digest(other)
