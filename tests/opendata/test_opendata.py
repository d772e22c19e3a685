"""Open data of a province's closed month: the same figures as the boards, sound and complete."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import insert, select, update

from haochaping.catalog import tables as catalog
from haochaping.deployment import Deployment
from haochaping.disclosure.boards import Ask
from haochaping.disclosure.tables import review
from haochaping.grading import periods
from haochaping.jobs import JobContext
from haochaping.jobs.runner import Claim
from haochaping.jobs.tables import job
from haochaping.opendata import extracts, packages, releases, validating
from haochaping.opendata.dictionary import DataSet
from haochaping.opendata.packages import File
from haochaping.opendata.tables import release
from haochaping.web.app import create_app
from tests.web.public import town

OCTOBER = periods.parse("2026-10")


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Deployment]:
    """A province of its own: these tests change it."""
    with town.deployment_of(tmp_path / "home", "guangdong", store_url) as found:
        town.stock(found)
        with found.store.write() as conn:
            conn.execute(update(catalog.hall).where(catalog.hall.c.id == 12).values(name="=1+1"))
            conn.execute(update(review).values(day=OCTOBER.last))
        yield found


def made(place: Deployment) -> releases.Release:
    return releases.make(place.store, place.packer, OCTOBER, place.clock.now())


def content(place: Deployment, found: releases.Release, name: str) -> bytes:
    return b"".join(releases.content(place.store, found.id, name))


def archive(place: Deployment, tmp_path: Path) -> Path:
    found = made(place)
    [name] = [one.name for one in found.files if one.name.endswith(".zip")]
    path = tmp_path / name
    path.write_bytes(content(place, found, name))
    return path


def test_a_month_comes_in_four_forms_that_say_the_same(place: Deployment, tmp_path: Path) -> None:
    found = made(place)
    rows = json.loads(content(place, found, "figures.json"))
    lines = content(place, found, "figures.jsonl").splitlines()
    assert [json.loads(line) for line in lines] == rows
    text = content(place, found, "figures.csv")
    assert text.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    assert len(table) == len(rows)
    assert {row["subject_name"] for row in table if row["subject_code"] == "H12"} == {"'=1+1"}
    assert {row["subject_name"] for row in rows if row["subject_code"] == "H12"} == {"=1+1"}
    path = tmp_path / "figures.parquet"
    path.write_bytes(content(place, found, "figures.parquet"))
    [(count, total)] = duckdb.sql(
        f"SELECT count(*), sum(CAST(value * 1000000 AS BIGINT)) FROM '{path}'"
    ).fetchall()
    assert count == len(rows)
    assert total == sum(round(row["value"] * 1_000_000) for row in rows if row["value"] is not None)


def test_the_figures_are_those_of_the_boards(place: Deployment) -> None:
    rows = json.loads(content(place, made(place), "figures.json"))
    with place.store.read() as conn:
        board = place.disclosing.boards.board(conn, Ask("halls", OCTOBER), place.clock.now())
    told = {
        (row["subject_code"], row["measure"]): (row["value"], row["place"], row["ratings"])
        for row in rows
        if row["board"] == "halls"
    }
    for row in board.rows:
        for name, cell in row.cells.items():
            value = None if cell.withheld or not cell.text else float(cell.text.rstrip("%"))
            assert told[row.subject.code, name] == (value, row.rank, row.count.count)
    assert len(told) == sum(len(row.cells) for row in board.rows)


def test_a_package_passes_its_own_dictionary(place: Deployment, tmp_path: Path) -> None:
    assert validating.faults(archive(place, tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("figures.csv", lambda text: text.replace(b",hall,", b",castle,"), "in no code list"),
        ("figures.csv", lambda text: text.replace(b"2026-10", b"2026-13"), "is no yearmonth"),
        ("figures.json", lambda text: text[: text.rindex(b",\n{")] + b"\n]", "rows instead of"),
        ("reviews.csv", lambda text: text.replace(b"2026-10-31", b"2026-10-32"), "is no date"),
    ],
)
def test_a_spoilt_package_is_told_apart(
    place: Deployment, tmp_path: Path, name: str, change, fault: str
) -> None:
    sound, spoilt = archive(place, tmp_path), tmp_path / "spoilt.zip"
    with zipfile.ZipFile(sound) as source, zipfile.ZipFile(spoilt, "w") as target:
        for one in source.namelist():
            text = source.read(one)
            target.writestr(one, change(text) if one == name else text)
    found = validating.faults(spoilt)
    assert f"{name}: checksum differs" in found
    assert any(fault in line for line in found)


def test_what_is_no_package_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("nothing")
    assert validating.faults(tmp_path / "x.zip") == ["x.zip: File is not a zip file"]


def test_making_it_again_changes_nothing_and_a_withdrawal_makes_a_new_version(
    place: Deployment,
) -> None:
    first, again = made(place), made(place)
    assert (again.id, again.version) == (first.id, 1)
    with place.store.write() as conn:
        conn.execute(update(review).where(review.c.grade == 1).values(state="withdrawn", text=None))
    second = made(place)
    assert second.version == 2
    texts = [row["text"] for row in json.loads(content(place, second, "reviews.json"))]
    assert texts
    assert not any("材料清单" in one for one in texts)


def test_a_month_that_says_nothing_new_is_not_written_again(place: Deployment, monkeypatch) -> None:
    first = made(place)
    written: list[File] = []
    in_all_forms = packages.in_all_forms

    def counted(data: DataSet, lines: File) -> Iterator[File]:
        written.append(lines)
        return in_all_forms(data, lines)

    monkeypatch.setattr(packages, "in_all_forms", counted)
    assert made(place).id == first.id
    assert written == []

    with place.store.write() as conn:  # as a release of an older version stands there
        conn.execute(update(release).values(made_of=""))
    assert made(place).id == first.id
    assert len(written) == 3
    assert made(place).made_of == first.made_of
    assert len(written) == 3


def test_an_open_month_is_refused(place: Deployment) -> None:
    with pytest.raises(releases.MonthOpen):
        releases.make(place.store, place.packer, periods.parse("2026-11"), place.clock.now())


def test_the_nightly_job_releases_what_is_closed(place: Deployment) -> None:
    run(place, "opendata.release", {})
    with place.store.read() as conn:
        assert [one.period for one in releases.listed(conn)] == ["2026-10"]


def run(place: Deployment, kind: str, payload: dict[str, str]) -> None:
    claim = Claim(1, kind, None, "", payload, place.clock.now(), 1, 1)
    place.handlers[kind](JobContext(claim, place.store, place.clock))


def test_rows_are_taken_page_by_page(place: Deployment, monkeypatch) -> None:
    monkeypatch.setattr(releases, "LINES", 50)
    expected = json.loads(content(place, made(place), "figures.json"))
    client, address, taken = create_app(place).test_client(), "", []
    address = "/api/v1/open-data/figures?period=2026-10"
    while address:
        answer = client.get(address)
        assert answer.status_code == 200
        taken += answer.json["rows"]
        address = answer.json["next"]
    assert taken == expected
    assert len(taken) > 100
    gone = client.get("/api/v1/open-data/figures?period=2026-10&cursor=9.1")
    assert (gone.status_code, gone.json["code"]) == (410, "HCP-CURSOR-GONE")


def test_few_rows_are_a_file_at_once_and_many_after_a_while(place: Deployment) -> None:
    made(place)
    client = create_app(place).test_client()
    address = "/api/v1/open-data/figures/file?from=2026-01&until=2026-12&format=parquet"
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/open-data/files/figures:2026-01:2026-12/figures.parquet",
    )
    assert client.get(answer.headers["Location"]).data[:4] == b"PAR1"


def test_many_rows_are_made_by_the_worker(place: Deployment, monkeypatch) -> None:
    made(place)
    monkeypatch.setattr("haochaping.web.api.open_data._at_once", lambda: 3)
    client = create_app(place).test_client()
    address = "/api/v1/open-data/figures/file?from=2026-10"
    first, second = client.get(address), client.get(address)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.headers["Retry-After"] == "10"
    with place.store.read() as conn:
        [payload] = conn.execute(select(job.c.payload).where(job.c.kind == extracts.JOB)).scalars()
    run(place, extracts.JOB, payload)
    ready = client.get(address)
    assert ready.status_code == 303
    assert client.get(ready.headers["Location"]).data.startswith(b"\xef\xbb\xbfperiod,")


@pytest.mark.long
def test_more_than_a_hundred_thousand_rows_are_first_accepted_then_a_file(
    place: Deployment,
) -> None:
    assert place.profile.rules.disclosure.open_data.rows_at_once == 100_000
    many = range(1_000_000, 1_100_001)
    with place.store.write() as conn:
        known = conn.execute(select(review).where(review.c.state == "published")).mappings()
        row = dict(known.fetchmany(1)[0])
        rows = [{**row, "id": n, "evaluation_id": n, "place": n, "text": f"第{n}条"} for n in many]
        conn.execute(insert(review), rows)
    made(place)
    client = create_app(place).test_client()
    address = "/api/v1/open-data/reviews/file?from=2026-10"
    first = client.get(address)
    assert (first.status_code, first.json["state"]) == (202, "making")
    with place.store.read() as conn:
        [payload] = conn.execute(select(job.c.payload).where(job.c.kind == extracts.JOB)).scalars()
    run(place, extracts.JOB, payload)
    ready = client.get(address)
    assert ready.status_code == 303
    data = client.get(ready.headers["Location"]).data.decode("utf-8-sig")
    told = {line["text"] for line in csv.DictReader(io.StringIO(data, newline=""))}
    assert {f"第{n}条" for n in many} <= told


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/api/v1/open-data/persons?period=2026-10", "HCP-UNKNOWN-DATA-SET"),
        ("/api/v1/open-data/figures?period=2026-1", "HCP-UNKNOWN-MONTHS"),
        ("/api/v1/open-data/figures?period=2020-01", "HCP-UNKNOWN-MONTHS"),
        ("/api/v1/open-data/figures/file?from=2026-10&until=2026-09", "HCP-UNKNOWN-MONTHS"),
        ("/open-data/files/2026-10/passwd", "HCP-UNKNOWN-FILE"),
    ],
)
def test_what_is_not_there_is_said_in_words(place: Deployment, address: str, code: str) -> None:
    answer = create_app(place).test_client().get(address, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (404, code)
    assert answer.json["title"]


def test_the_pages_list_and_explain_it(place: Deployment) -> None:
    found = made(place)
    client = create_app(place).test_client()
    page = client.get("/open-data").text
    assert "2026-10 整包（ZIP" in page
    assert "/open-data/files/2026-10/figures.csv" in page
    assert "不含任何评价人信息" in client.get("/open-data/dictionary").text
    catalogue = client.get("/open-data/catalog.jsonld").json
    [entry] = catalogue["dcat:dataset"]
    assert len(entry["dcat:distribution"]) == len(found.files)
    for one in found.files:
        answer = client.get(f"/open-data/files/2026-10/{one.name}")
        assert len(answer.data) == one.bytes
