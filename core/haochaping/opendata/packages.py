"""The package of a month: each data set in each form, its dictionary, its checksums."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.hooks.values import Period, Words
from haochaping.opendata import formats
from haochaping.opendata.dictionary import DATA_SETS, DataSet, code_lists, named, table_schema
from haochaping.opendata.rows import Source
from haochaping.profile.rules import OpenDataRules

DESCRIPTION: Final = "datapackage.json"
CHECKSUMS: Final = "SHA256SUMS"
LINES: Final = "jsonl"
_FORMS: Final = 1
"""Raised by one when the same lines are to make other files: all packages are then made anew."""
_STILL: Final = (1980, 1, 1, 0, 0, 0)
"""The moment written into archives: the same content makes the same bytes."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a package: `rows` is None for what is no data, `digest` its SHA-256."""

    path: Path
    media: str
    rows: int | None
    digest: str

    @property
    def name(self) -> str:
        """Its name within the package."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, of which place, and under which licence."""

    code: str
    place: Words
    by: Words
    rules: OpenDataRules
    profile_digest: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The lines of a month by data set, written into a folder."""

    period: Period
    folder: Path
    lines: Mapping[str, File]


@dataclass(frozen=True, slots=True)
class Packer:
    """Writes packages into folders."""

    source: Source
    publisher: Publisher

    def draft(self, conn: Connection, period: Period, at: datetime, folder: Path) -> Draft:
        """Write the lines of a month, of which all its other files are made."""
        lines: dict[str, File] = {}
        for data in DATA_SETS:
            path = folder / f"{data.name}.{LINES}"
            count = formats.write_lines(data, self.source.rows(conn, data.name, period, at), path)
            lines[data.name] = of_lines(path, count)
        return Draft(period, folder, lines)

    def mark(self, draft: Draft) -> str:
        """Return a digest over all that a package is made of: the same makes the same files."""
        said = self.description(draft.period, [])
        parts = {name: one.digest for name, one in draft.lines.items()}
        text = json.dumps([_FORMS, said, parts], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def pack(self, draft: Draft) -> tuple[File, ...]:
        """Write all files of a month; the archive that holds the others comes last."""
        period, folder = draft.period, draft.folder
        made = [one for data in DATA_SETS for one in in_all_forms(data, draft.lines[data.name])]
        made.append(self._describe(period, made, folder))
        made.append(_checksums(made, folder))
        return (*made, self._archive(period, made, folder))

    def _describe(self, period: Period, made: list[File], folder: Path) -> File:
        path = folder / DESCRIPTION
        described = self.description(period, made)
        path.write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n", "utf-8")
        return File(path, "application/json", None, digest_of(path))

    def description(self, period: Period, made: list[File]) -> dict[str, Any]:
        """Return the dictionary of a month's package, a Data Package in the standard's form."""
        who, rules = self.publisher, self.publisher.rules
        return {
            "name": f"haochaping-{who.code}-{period.name}",
            "profile": "tabular-data-package",
            "title": f"{who.place.zh}政务服务好差评 {period.name}",
            "title_en": f"Good/bad reviews of government services, {who.place.en}, {period.name}",
            "version": period.name,
            "publisher": {"zh": who.by.zh, "en": who.by.en},
            "licenses": [
                {"title": rules.licence.zh, "title_en": rules.licence.en, "path": rules.licence_url}
            ],
            "haochaping": {"profile_digest": who.profile_digest, "codes": code_lists()},
            "resources": [_resource(one) for one in made],
        }

    def _archive(self, period: Period, made: list[File], folder: Path) -> File:
        path = folder / f"haochaping-{self.publisher.code}-{period.name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in made:
                entry = zipfile.ZipInfo(one.name, _STILL)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, one.path.read_bytes())
        return File(path, "application/zip", None, digest_of(path))


def in_all_forms(data: DataSet, lines: File) -> Iterator[File]:
    """Yield a file of lines of JSON, and beside it the same in every other form."""
    yield lines
    for form in formats.FORMATS.values():
        target = lines.path.with_name(f"{data.name}.{form.name}")
        form.write(data, lines.path, target)
        yield File(target, form.media, lines.rows, digest_of(target))


def of_lines(path: Path, rows: int) -> File:
    """Return a file of lines of JSON with its digest."""
    return File(path, "application/x-ndjson", rows, digest_of(path))


def _resource(one: File) -> dict[str, Any]:
    stem, _, form = one.name.partition(".")
    data = named(stem)
    assert data is not None  # only data sets are resources
    return {
        "name": one.name.replace(".", "-"),
        "path": one.name,
        "title": data.title.zh,
        "title_en": data.title.en,
        "description": data.about.zh,
        "description_en": data.about.en,
        "format": form,
        "mediatype": one.media.partition(";")[0],
        "encoding": "utf-8",
        "bytes": one.path.stat().st_size,
        "hash": f"sha256:{one.digest}",
        "rows": one.rows,
        "schema": table_schema(data),
    }


def _checksums(made: list[File], folder: Path) -> File:
    path = folder / CHECKSUMS
    path.write_text("".join(f"{one.digest}  {one.name}\n" for one in made), "utf-8")
    return File(path, "text/plain; charset=utf-8", None, digest_of(path))


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_digest(made: Mapping[str, str]) -> str:
    """Return one digest over the digests of files by name."""
    text = "".join(f"{digest} {name}\n" for name, digest in sorted(made.items()))
    return hashlib.sha256(text.encode()).hexdigest()
