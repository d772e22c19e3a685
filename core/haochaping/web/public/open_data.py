"""`/open-data`: each closed month for machines, its dictionary, and the catalogue of it all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Response, jsonify

from haochaping.hooks.values import Words
from haochaping.opendata import packages, releases
from haochaping.opendata.dictionary import CODE_LISTS, DATA_SETS, DataSet
from haochaping.opendata.releases import Listed, Release
from haochaping.problems import Problem
from haochaping.store import Store
from haochaping.web import formats
from haochaping.web.i18n import words
from haochaping.web.public import answers
from haochaping.web.public.blueprint import public
from haochaping.web.routes import route
from haochaping.web.site import site

SECONDS: Final = 3600
"""How long caches may keep a file: its checksum is its tag."""
_LINKED: Final = "https://www.w3.org/ns/iana/media-types/"


class UnknownFile(Problem):
    """There is no such file of open data."""

    code = "HCP-UNKNOWN-FILE"
    status = 404
    title = Words("没有这个开放数据文件", "There is no such file of open data")


@dataclass(frozen=True, slots=True)
class Row:
    """A file of the newest month as the page shows it."""

    title: str
    form: str
    rows: str
    size: str
    href: str
    digest: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month that can be taken whole."""

    period: str
    version: int
    made: str
    size: str
    href: str


@route(public, "/open-data")
def open_data() -> Response:
    """List the months released, and the files of the newest one by themselves."""
    answers.look()
    with site().reading() as conn:
        found = releases.listed(conn)
    rules = site().profile.rules.disclosure.open_data
    return answers.page(
        "public/open_data.html",
        answers.QUIET_SECONDS,
        months=[_month(one) for one in found],
        rows=_rows(found[0]) if found else [],
        licence=rules.licence,
        licence_url=rules.licence_url,
    )


@route(public, "/open-data/dictionary")
def open_data_dictionary() -> Response:
    """Show what each field means, and the code lists."""
    answers.look()
    return answers.page(
        "public/open_data_dictionary.html",
        answers.QUIET_SECONDS,
        sets=DATA_SETS,
        code_lists=CODE_LISTS,
    )


@route(public, "/open-data/files/<release>/<name>")
def open_data_file(release: str, name: str) -> Response:
    """Answer a file of a month, or of an extract."""
    answers.look()
    store, found, listed = _held(release, name)
    response = Response(releases.content(store, found.id, name), content_type=listed.media)
    response.headers["Content-Length"] = str(listed.bytes)
    ending = name[name.find(".") :]
    shown = f"{release.replace(':', '-')}{ending}" if ":" in release else name
    response.headers["Content-Disposition"] = f'attachment; filename="{shown}"'
    response.headers["Cache-Control"] = f"public, max-age={SECONDS}"
    response.set_etag(listed.digest)
    return response


@route(public, "/open-data/catalog.jsonld")
def open_data_catalogue() -> Response:
    """Answer the catalogue entry in the DCAT vocabulary."""
    answers.look()
    with site().reading() as conn:
        found = releases.listed(conn)
    response = jsonify(_catalogue(found))
    response.content_type = "application/ld+json"
    return answers.kept(response, answers.QUIET_SECONDS)


def _held(release: str, name: str) -> tuple[Store, Release, Listed]:
    """Return a file and the database that gives it whole: a replica may not have it yet.

    Raises UnknownFile.
    """
    deployment = site()
    for store in dict.fromkeys((deployment.readable(), deployment.store)):
        with store.read() as conn:
            found = releases.current(conn, release)
        listed = found.named(name) if found else None
        if found is not None and listed is not None:
            return store, found, listed
    raise UnknownFile


def _month(one: Release) -> Month:
    archive = next(each for each in one.files if each.media == "application/zip")
    made = formats.day(site().calendar.local_day(one.made_at))
    return Month(one.period, one.version, made, _size(archive.bytes), _href(one, archive))


def _rows(one: Release) -> list[Row]:
    return [
        Row(
            words(_data(each).title),
            each.name.partition(".")[2],
            "" if each.rows is None else f"{each.rows:,}",
            _size(each.bytes),
            _href(one, each),
            each.digest,
        )
        for each in sorted(filter(_is_data, one.files), key=_order)
    ]


def _is_data(one: Listed) -> bool:
    return one.rows is not None


def _order(one: Listed) -> tuple[int, str]:
    return (DATA_SETS.index(_data(one)), one.name)


def _data(one: Listed) -> DataSet:
    stem = one.name.partition(".")[0]
    return next(each for each in DATA_SETS if each.name == stem)


def _href(one: Release, each: Listed) -> str:
    return f"/open-data/files/{one.period}/{each.name}"


def _size(count: int) -> str:
    return f"{count / 1024:,.0f} KB" if count >= 1024 else f"{count} B"


def _catalogue(found: tuple[Release, ...]) -> dict[str, Any]:
    deployment = site()
    base, rules = deployment.settings.base_url, deployment.profile.rules.disclosure.open_data
    place = deployment.profile.jurisdiction.name
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "spdx": "http://spdx.org/rdf/terms#",
        },
        "@id": f"{base}/open-data",
        "@type": "dcat:Catalog",
        "dct:title": _bilingual(f"{place.zh}政务服务好差评", f"Good/bad reviews, {place.en}"),
        "dct:license": {"@id": rules.licence_url},
        "dcat:dataset": [_dataset(one, base) for one in found],
    }


def _dataset(one: Release, base: str) -> dict[str, Any]:
    return {
        "@id": f"{base}/open-data/files/{one.period}/{packages.DESCRIPTION}",
        "@type": "dcat:Dataset",
        "dct:title": _bilingual(f"政务服务好差评 {one.period}", f"Good/bad reviews {one.period}"),
        "dct:issued": one.made_at.isoformat(),
        "dct:temporal": one.period,
        "dcat:version": str(one.version),
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dct:title": each.name,
                "dcat:downloadURL": {"@id": base + _href(one, each)},
                "dcat:mediaType": {"@id": _LINKED + each.media.partition(";")[0]},
                "dcat:byteSize": each.bytes,
                "spdx:checksum": {
                    "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                    "spdx:checksumValue": each.digest,
                },
            }
            for each in one.files
        ],
    }


def _bilingual(zh: str, en: str) -> list[dict[str, str]]:
    return [{"@language": "zh", "@value": zh}, {"@language": "en", "@value": en}]
