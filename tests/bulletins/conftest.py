"""A province with a year of ratings, whose October is over, closed and published."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from haochaping.bulletins.content import Content
from haochaping.bulletins.gathering import Wanted
from haochaping.bulletins.rules import Edition
from haochaping.catalog.tables import staff
from haochaping.deployment import Deployment
from haochaping.evaluation.tables import evaluation
from haochaping.grading import entries, periods
from haochaping.grading.folding import fold
from haochaping_zhejiang.tables import metadata
from tests.web.public import town

OCTOBER = periods.parse("2026-10")
STAFF = 31


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Deployment]:
    """The province, on both databases; tests may change it."""
    with town.deployment_of(tmp_path / "home", "zhejiang", store_url) as found:
        stock(found)
        yield found


@pytest.fixture(scope="module")
def province(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """The same, made once for a file of tests that only read it."""
    home = tmp_path_factory.mktemp("province")
    shutil.copy(sqlite_template, home / "town.db")
    with town.deployment_of(home / "home", "zhejiang", f"sqlite:///{home / 'town.db'}") as found:
        stock(found)
        yield found


def stock(place: Deployment) -> None:
    """Fill the province; a staff member is rated, reasons are chosen."""
    town.stock(place)
    at = place.clock.now()
    with place.store.write() as conn:
        metadata.create_all(conn)
        conn.execute(insert(staff), {"id": STAFF, "number": "A0031", "organization_id": 1})
        entries.record(conn, [town.rated(at, date(2026, 10, 9), 5, 40, staff_id=STAFF)])
        conn.execute(insert(evaluation), [_chosen(number, at) for number in range(12)])
        while fold(conn).entries:
            pass
    place.disclosing.publish(place.store, date(2026, 11, 17), at)


def gathered(place: Deployment, edition: str = "public", period: Any = OCTOBER) -> Content:
    """The bulletin of a period as it is collected now."""
    return place.bulletins.gatherer.gather(
        place.store, Wanted(period, Edition(edition)), place.clock.now()
    )


def _chosen(number: int, at: Any) -> dict[str, Any]:
    options = ["510"] if number < 10 else ["510", "511"]
    row = {
        "region": town.COUNTY, "served_month": 202610, "id": 9000 + number, "round": 1,
        "occurrence_id": 9000 + number, "grade": 5, "options": options, "channel": "qr",
        "provenance": "citizen", "identity": "anonymous", "rater_role": "applicant",
        "status": "effective", "reason": "", "early": False, "first_id": 9000 + number,
        "supersedes_id": 0, "received_at": at, "first_received_at": at,
        "counted_on": date(2026, 10, 9), "form_version": "1", "body_digest": "",
        "idempotency_key": f"b-{number}", "receipt": f"B{number:08}", "organization_id": 1,
    }  # fmt: skip
    return row
