"""Fixtures: a city on one kind of database, its province on the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from haochaping.clock import FakeClock
from haochaping.evaluation.receipts import Receipt
from haochaping.evaluation.submission import CaseRef, Draft
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import Identity
from haochaping.pushing import take_in
from haochaping.uplink.tables import uplink_item
from haochaping.web.app import create_app
from haochaping.worker import Worker
from tests.serving import serving
from tests.uplink.pair import CITY, PROVINCE, SECRET, UNIT, Place, found, key_of


@dataclass
class Pair:
    """The city, the province, and where the province is served."""

    city: Place
    province: Place
    url: str

    def serve(self, number: int) -> None:
        """Push a service of the city."""
        served = {"no": 1, "served_at": self.city.clock.now().isoformat()}
        case = {"case_no": f"C-{number}", "item_code": "I7", "organization_code": UNIT}
        case |= {"hall_code": "H5", "status": "accepted", "occurrences": [served]}
        take_in(self.city.deployment, {"cases": [case]})

    def rate(self, number: int, grade: int = 5, **more: Any) -> Receipt:
        """Serve somebody in the city and take their rating in."""
        self.serve(number)
        said = {"options": ("108",) if grade == 1 else (), "text": "" if grade > 2 else "等了很久"}
        return self.city.deployment.intake.submit(
            Draft(
                occurrence=CaseRef(f"C-{number}"),
                grade=grade,
                idempotency_key=f"k-{number}",
                client="test",
                channel="web",
                **{"identity": Identity.PRESUMED, **said, **more},
            )
        )

    def later(self, **by: float) -> None:
        """Let time pass in the city and its worker work; the province's clock goes along."""
        for place in (self.city, self.province):
            place.clock.advance(timedelta(**by))
        Worker(self.city.deployment).drain()

    def states(self) -> dict[str, int]:
        """Return the number of the city's items by state."""
        mine = uplink_item.c
        with self.city.deployment.store.read() as conn:
            rows = conn.execute(select(mine.state, func.count()).group_by(mine.state))
            return {row[0]: row[1] for row in rows}

    def above(self) -> list[Any]:
        """Return the province's ratings in the order of their cases."""
        with self.province.deployment.store.read() as conn:
            return list(conn.execute(select(evaluation).order_by(evaluation.c.id)))


ALONE = pytest.mark.parametrize("pair", ["alone"], indirect=True)
"""For what no database can make different: both on SQLite."""


@pytest.fixture(params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Pair]:
    urls = [request.getfixturevalue("sqlite_url")]
    if request.param == "alone":
        urls.append(f"sqlite:///{tmp_path / 'upper.db'}")
        (tmp_path / "upper.db").write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
    else:
        urls.append(request.getfixturevalue("postgres_url"))
    crypto = "hmac-sha256"
    if request.param == "postgresql":
        urls.reverse()
        crypto = "sm4-sm3"  # the same walks with what travels encrypted
    upper = found(
        tmp_path / "upper",
        urls[1],
        FakeClock(clock.now()),
        PROVINCE,
        f"{{receive: {{dialect: haochaping, crypto: {crypto}, channels: {{}}}}}}",
        secrets={f"exchange-{CITY}": SECRET},
    )
    with serving(create_app(upper.deployment)) as url:
        secrets = {"uplink-key": key_of(upper.deployment), "uplink-sign": SECRET}
        address = f"{url}/api/v1/exchange"
        lower = found(
            tmp_path / "lower",
            urls[0],
            clock,
            CITY,
            f"{{crypto: {crypto}, batch: {{count: 50, bytes: 100000, seconds: 0}}}}",
            secrets=secrets,
            upper_url=address,
        )
        yield Pair(lower, upper, url)
    for place in (lower, upper):
        place.deployment.close()
