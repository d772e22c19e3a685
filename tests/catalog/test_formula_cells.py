"""Sixty texts that a spreadsheet would compute: guarded in exports, the same when read back."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from types import SimpleNamespace

import duckdb
import openpyxl

from haochaping.catalog.importing.cells import neutral, restored
from haochaping.catalog.importing.rejects import encoded
from haochaping.disclosure.boards import Row
from haochaping.disclosure.suppression import Cell
from haochaping.hooks.values import Subject, Words
from haochaping.opendata import formats
from haochaping.opendata.dictionary import REVIEWS
from haochaping.web import sheets
from haochaping.web.api import boards

SIGNS = ("=", "+", "-", "@", "\t=", "\r=", "＝", "＋", "－", "＠", "'=", "''=")
BODIES = (
    "1+1",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://x.cn","点我")',
    "SUM(A1:A9)",
    'IMPORTXML("http://x.cn","//a")',
)
PAYLOADS = tuple(f"{sign}{body}" for sign in SIGNS for body in BODIES)
FORMULA_SIGNS = "=+-@\t\r＝＋－＠"


def harmless(cell: str) -> bool:
    return cell[:1] not in FORMULA_SIGNS


def test_there_are_sixty_and_each_comes_back_as_it_was() -> None:
    assert len(set(PAYLOADS)) == 60
    for text in (*PAYLOADS, "", "'", "普通文字", "'引号开头"):
        assert harmless(neutral(text)) or not text
        assert restored(neutral(text)) == text


def test_a_csv_file_of_lines_guards_them_and_gives_them_back() -> None:
    data = encoded([[text, "一"] for text in PAYLOADS], mark=True).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data, newline="")))
    assert all(harmless(cell) for row in rows for cell in row)
    assert [restored(row[0]) for row in rows] == list(PAYLOADS)


def test_a_workbook_holds_texts_only_and_gives_them_back() -> None:
    made = sheets.workbook({"一": [["表头"], *([text] for text in PAYLOADS)]})
    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(harmless(str(cell.value)) for cell in cells)
    found = [restored(str(cell.value).replace("_x000D_", "\r")) for cell in cells]
    assert found == list(PAYLOADS)


def test_open_data_guards_them_in_csv_and_its_own_reader_gives_them_back(tmp_path: Path) -> None:
    target = written(tmp_path, "csv")
    with target.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    known = {field.name: field for field in REVIEWS.fields}
    for row, text in zip(found, PAYLOADS, strict=True):
        assert harmless(row["text"])
        assert formats.from_csv_cell(known["text"], row["text"]) == text
        assert formats.from_csv_cell(known["reply"], row["reply"]) == text


def written(folder: Path, form: str) -> Path:
    """Write a data set of comments that hold the texts; return its file."""
    lines, target = folder / "lines", folder / f"reviews.{form}"
    empty = dict.fromkeys((field.name for field in REVIEWS.fields), None)
    rows = [{**empty, "period": "2026-10", "text": text, "reply": text} for text in PAYLOADS]
    lines.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    formats.FORMATS[form].write(REVIEWS, lines, target)
    return target


def test_formats_that_no_spreadsheet_computes_hold_them_as_they_are(tmp_path: Path) -> None:
    told = json.loads(written(tmp_path, "json").read_text(encoding="utf-8"))
    assert [row["text"] for row in told] == list(PAYLOADS)
    file = written(tmp_path, "parquet")
    with duckdb.connect() as conn:
        found = conn.execute("SELECT text, reply FROM read_parquet(?)", [str(file)]).fetchall()
    assert found == [(text, text) for text in PAYLOADS]
    assert set(formats.FORMATS) == {"csv", "json", "parquet"}


def test_a_board_guards_names_and_codes() -> None:
    rows = [
        Row(
            None, False, Subject("hall", place, Words(text), "", text), 9, Cell(9), {}, False, False
        )
        for place, text in enumerate(PAYLOADS)
    ]
    found = SimpleNamespace(columns=(), rows=rows)
    data = boards.as_csv(found, "zh")  # type: ignore[arg-type]
    table = list(csv.reader(io.StringIO(data.lstrip("\ufeff"), newline="")))[1:]
    assert all(harmless(cell) for row in table for cell in row if cell)
    assert [(restored(row[1]), restored(row[2])) for row in table] == [(t, t) for t in PAYLOADS]


ROOT = Path(__file__).parents[2]
FIXED = {"templates.py"}
"""Files that write no words but those of the software itself."""


def test_whatever_writes_a_table_guards_its_cells() -> None:
    writers = {
        file.name: file.read_text(encoding="utf-8")
        for part in ("core", "plugins")
        for file in (ROOT / part).rglob("haochaping*/**/*.py")
        if "/tests/" not in str(file)
    }
    tables = {
        name: words
        for name, words in writers.items()
        if "csv.writer(" in words or ".Workbook(" in words
    }
    assert {"annexes.py", "exporting.py", "effect.py", "sheets.py", *FIXED} <= set(tables)
    assert {name for name, words in tables.items() if "neutral(" not in words} <= FIXED
