"""The XLSX form for paper ratings: filled in elsewhere, read line by line."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from werkzeug.datastructures import FileStorage

from haochaping.catalog.importing import template as template_of
from haochaping.catalog.importing.cells import restored
from haochaping.catalog.importing.kinds import Column, Kind
from haochaping.catalog.importing.reading import UnreadableFile
from haochaping.catalog.importing.xlsx import XlsxSource
from haochaping.hooks.values import Words
from haochaping.problems import Problem
from haochaping.web.console.paper_rows import Keying, Row
from haochaping.web.i18n import _, words

LINES_MAX: Final = 2000


class Unreadable(Problem):
    """The upload is no XLSX form of ours."""

    code = "HCP-PAPER-FILE"
    status = 422
    title = Words(
        "请选择按模板填写的 XLSX 文件，最多 2000 行",
        "Choose an XLSX file filled in on the template, at most 2000 lines",
    )


COLUMNS: Final = (
    Column(
        "ref",
        Words("短码或办件编号", "Short code or case number"),
        True,
        "1234567890",
        Words("一个办件有多次服务时写“编号/序号”", "write number/occurrence for a later service"),
    ),
    Column("grade", Words("等级", "Grade"), True, "5", Words("5 非常满意 … 1 非常不满意", "5 … 1")),
    Column(
        "options",
        Words("原因代码", "Reason codes"),
        False,
        "510 512",
        Words("用空格隔开；差评须有原因或意见", "with spaces; a bad grade needs one or words"),
    ),
    Column("text", Words("意见原文", "Words"), False, "办得很快"),
)
FORM: Final = Kind(
    "paper",
    Words("纸质评价", "Paper ratings"),
    COLUMNS,
    parse=lambda fields: None,
    save=lambda conn, context, drafts, last: (),
)
"""The columns of the form; its lines go through the door of ratings, not into a table."""


def template(language: str) -> bytes:
    """Return the empty form."""
    return template_of(FORM, language)


def lines(upload: FileStorage | None) -> list[Row]:
    """Return the lines of a form, the example left out. Raises Unreadable."""
    if upload is None or not (upload.filename or "").lower().endswith(".xlsx"):
        raise Unreadable
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xlsx"
        upload.save(path)
        return _read(path)


def key_of(row: Row) -> str:
    """Return the key of a line: the same words about the same service are one rating."""
    said = "\x1f".join((row.second.ref, row.second.grade, row.second.options, row.second.text))
    return f"file:{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def _read(path: Path) -> list[Row]:
    with path.open("rb") as file:
        try:
            source = XlsxSource(file, path)
        except UnreadableFile as problem:
            raise Unreadable(problem.detail) from problem
        places = _places(source.header)
        found = [_row(line, places) for line in source.lines()]
        source.close()
    rows = [row for row in found if not row.first.empty and not _is_example(row.first)]
    if not 1 <= len(rows) <= LINES_MAX:
        raise Unreadable
    return rows


def _places(header: list[str]) -> Mapping[str, int]:
    """Return where each column stands. Raises Unreadable when one that is needed is missing."""
    titles = [title.strip().rstrip("*").strip() for title in header]
    places = {
        column.name: titles.index(name)
        for column in COLUMNS
        for name in (column.title.zh, column.title.en)
        if name in titles
    }
    missing = [words(one.title) for one in COLUMNS if one.required and one.name not in places]
    if missing:
        listed = "、".join(missing)
        raise Unreadable(
            Words(f"表头缺少：{listed}。请用下载的模板", f"columns are missing: {listed}")
        )
    return places


def _row(line: Any, places: Mapping[str, int]) -> Row:
    cells = {
        name: restored(line.cells[at]).strip() if at < len(line.cells) else ""
        for name, at in places.items()
    }
    keyed = Keying(**cells)
    fault = words(line.fault) if line.fault is not None else ""
    if not fault and not keyed.empty and not (keyed.ref and keyed.grade):
        fault = _("缺少短码、办件编号或等级")
    return Row(line.number, keyed, keyed, reason=fault)


def _is_example(keyed: Keying) -> bool:
    return (keyed.ref, keyed.text) == (COLUMNS[0].example, COLUMNS[3].example)
