"""Checks a package against its own dictionary, as anybody who takes it could."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final

from haochaping.hooks.values import Words
from haochaping.opendata.dictionary import Field, Kind
from haochaping.opendata.formats import from_csv_cell
from haochaping.opendata.packages import CHECKSUMS, DESCRIPTION

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "date": (str,),
    "yearmonth": (str,),
}
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
MOST: Final = 50
"""Faults reported of one file at most."""


def faults(path: Path) -> list[str]:
    """Return what is wrong with a package, one line a fault; none for a sound one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _archive_faults(archive)
    except (zipfile.BadZipFile, OSError) as error:
        return [f"{path.name}: {error}"]


def _archive_faults(archive: zipfile.ZipFile) -> list[str]:
    names = set(archive.namelist())
    missing = {DESCRIPTION, CHECKSUMS} - names
    if missing:
        return [f"{name}: missing" for name in sorted(missing)]
    found = list(_checksum_faults(archive, names))
    for resource in json.loads(archive.read(DESCRIPTION))["resources"]:
        if resource["path"] not in names:
            found.append(f"{resource['path']}: missing")
        elif resource["format"] in _READERS:
            found += _table_faults(archive, resource)[:MOST]
    return found


def _checksum_faults(archive: zipfile.ZipFile, names: set[str]) -> Iterator[str]:
    for line in archive.read(CHECKSUMS).decode().splitlines():
        digest, _, name = line.partition("  ")
        if name not in names:
            yield f"{name}: missing"
        elif hashlib.sha256(archive.read(name)).hexdigest() != digest:
            yield f"{name}: checksum differs"


def _table_faults(archive: zipfile.ZipFile, resource: Mapping[str, Any]) -> list[str]:
    fields = resource["schema"]["fields"]
    found: list[str] = []
    seen: set[tuple[Any, ...]] = set()
    count = 0
    for count, row in enumerate(_READERS[resource["format"]](archive, resource), start=1):
        where = f"{resource['path']} row {count}"
        if set(row) != {field["name"] for field in fields}:
            found.append(f"{where}: columns differ from the dictionary")
            continue
        found += [f"{where}: {fault}" for field in fields if (fault := _fault(field, row))]
        key = tuple(row[name] for name in resource["schema"]["primaryKey"])
        if key in seen:
            found.append(f"{where}: key {key} occurs twice")
        seen.add(key)
    if count != resource["rows"]:
        found.append(f"{resource['path']}: {count} rows instead of {resource['rows']}")
    return found


def _fault(field: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    name, value = field["name"], row[field["name"]]
    rules = field.get("constraints", {})
    if value is None:
        return f"{name} is empty" if rules.get("required") else ""
    if not isinstance(value, _TYPES[field["type"]]) or not _well_formed(field["type"], value):
        return f"{name}: {value!r} is no {field['type']}"
    if "enum" in rules and value not in rules["enum"]:
        return f"{name}: {value!r} is in no code list"
    return ""


def _well_formed(kind: str, value: Any) -> bool:
    if kind == "yearmonth":
        return _MONTH.fullmatch(value) is not None
    if kind == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
    return kind == "boolean" or not isinstance(value, bool)


def _csv_rows(archive: zipfile.ZipFile, resource: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    fields = {field["name"]: _field(field) for field in resource["schema"]["fields"]}
    with archive.open(resource["path"]) as raw:
        text = TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        for row in csv.DictReader(text):
            yield {name: _read(fields.get(name), cell) for name, cell in row.items()}


def _field(field: Mapping[str, Any]) -> Field:
    always = bool(field.get("constraints", {}).get("required"))
    return Field(field["name"], Kind(field["type"]), Words(""), Words(""), always)


def _read(field: Field | None, cell: str) -> Any:
    if field is None:
        return cell
    try:
        return from_csv_cell(field, cell)
    except (KeyError, ValueError):
        return cell


def _lines(archive: zipfile.ZipFile, resource: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    with archive.open(resource["path"]) as raw:
        yield from map(json.loads, raw)


def _json_rows(archive: zipfile.ZipFile, resource: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from json.loads(archive.read(resource["path"]))


_READERS: Final = {"csv": _csv_rows, "json": _json_rows, "jsonl": _lines}
