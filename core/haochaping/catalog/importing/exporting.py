"""Writing a kind as CSV that a spreadsheet opens safely and that can be imported again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, Final

from sqlalchemy import Connection

from haochaping.catalog.importing.kinds import Kind
from haochaping.catalog.importing.rejects import encoded
from haochaping.hooks.values import Words
from haochaping.problems import Problem

_BLOCK: Final = 1000


class NotExportable(Problem):
    """A kind can be imported but not exported."""

    code = "HCP-NOT-EXPORTABLE"
    status = 404
    title = Words("这种数据不能导出", "This kind cannot be exported")


def export(conn: Connection, kind: Kind, out: BinaryIO, language: str = "zh_Hans_CN") -> int:
    """Write a kind as CSV (UTF-8 with mark, RFC 4180) and return the number of rows.

    Cells that a spreadsheet would take for formulas get an apostrophe before them, which
    the import takes away again. Raises NotExportable.
    """
    if kind.export is None:
        raise NotExportable(
            Words(f"「{kind.title.zh}」只能导入", f"“{kind.title.en}” can be imported only")
        )
    out.write(encoded([[column.title.into(language) for column in kind.columns]], mark=True))
    count = 0
    for block in _blocks(kind.export(conn)):
        out.write(encoded(block, mark=False))
        count += len(block)
    return count


def _blocks(rows: Iterator[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    while block := list(islice(rows, _BLOCK)):
        yield block
