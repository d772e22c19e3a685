"""Rows as files: CSV for spreadsheets (RFC 4180, UTF-8 with BOM), JSON, Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from haochaping.catalog.importing.cells import neutral, restored
from haochaping.opendata.dictionary import DataSet, Field, Kind

Row = Mapping[str, Any]

_COLUMN_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "VARCHAR",
    Kind.COUNT: "BIGINT",
    Kind.NUMBER: "DECIMAL(18, 6)",
    Kind.FLAG: "BOOLEAN",
    Kind.DAY: "DATE",
    Kind.MONTH: "VARCHAR",
}


@dataclass(frozen=True, slots=True)
class Format:
    """A form of file: its name, its media type, and what turns lines of JSON into it."""

    name: str
    media: str
    write: Callable[[DataSet, Path, Path], None]


def write_lines(data: DataSet, rows: Iterable[Row], path: Path) -> int:
    """Write rows as lines of JSON, from which all forms are made; return their number."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            told = {field.name: _plain(field, row.get(field.name)) for field in data.fields}
            file.write(json.dumps(told, ensure_ascii=False) + "\n")
            count += 1
    return count


def _plain(field: Field, value: Any) -> Any:
    if value is None or (value == "" and not field.always):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if field.kind is Kind.NUMBER else value


def _write_csv(data: DataSet, lines: Path, target: Path) -> None:
    names = [field.name for field in data.fields]
    with (
        lines.open(encoding="utf-8") as file,
        target.open("w", encoding="utf-8-sig", newline="") as out,
    ):
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(names)
        for line in file:
            row = json.loads(line)
            writer.writerow([csv_cell(field, row[field.name]) for field in data.fields])


def csv_cell(field: Field, value: Any) -> str:
    """Return a value as it stands in CSV; a text that a spreadsheet would compute is guarded."""
    if value is None:
        return ""
    if field.kind is Kind.FLAG:
        return "true" if value else "false"
    return neutral(str(value)) if field.kind is Kind.TEXT else str(value)


def from_csv_cell(field: Field, cell: str) -> Any:
    """Return the value of a cell of CSV. Raises ValueError when it is not of the field's type."""
    if not cell:
        return None if not field.always or field.kind is not Kind.TEXT else ""
    if field.kind is Kind.TEXT:
        return restored(cell)
    if field.kind is Kind.FLAG:
        return {"true": True, "false": False}[cell]
    readers: Mapping[Kind, Callable[[str], Any]] = {Kind.COUNT: int, Kind.NUMBER: float}
    return readers.get(field.kind, str)(cell)


def _write_json(data: DataSet, lines: Path, target: Path) -> None:
    with lines.open(encoding="utf-8") as file, target.open("w", encoding="utf-8") as out:
        separator = "[\n"
        for line in file:
            out.write(separator + line.rstrip("\n"))
            separator = ",\n"
        out.write("[]\n" if separator == "[\n" else "\n]\n")


def _write_parquet(data: DataSet, lines: Path, target: Path) -> None:
    import duckdb  # its import takes longer than most pages

    columns = {field.name: _COLUMN_TYPES[field.kind] for field in data.fields}
    offline: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    with duckdb.connect(config=offline) as conn:
        rows = conn.read_json(str(lines), columns=columns, format="newline_delimited")
        rows.write_parquet(str(target), compression="zstd")


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "csv": Format("csv", "text/csv; charset=utf-8", _write_csv),
        "json": Format("json", "application/json", _write_json),
        "parquet": Format("parquet", "application/vnd.apache.parquet", _write_parquet),
    }
)
"""Every data set comes in each of these."""
