"""City to province over real processes: the upper one is killed three times."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.evaluation.submission import CaseRef, Draft
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import Identity
from haochaping.pushing import take_in
from haochaping.rectification.tables import rectification_case
from haochaping.testing.postgres import free_port
from haochaping.uplink import comparing
from haochaping.uplink.tables import uplink_batch, uplink_item
from haochaping.worker import Worker
from tests.faults.harness import Town
from tests.uplink.pair import CITY, PROVINCE, UNIT, Place, found, key_of, opened

RATINGS, KILLS = 120, 3
PLAIN = "{receive: {dialect: haochaping, crypto: none, channels: {}}}"
SENDING = "{crypto: none, batch: {count: 7, bytes: 100000, seconds: 0}}"


def rate(place: Place, number: int) -> None:
    served = {"no": 1, "served_at": place.clock.now().isoformat()}
    case = {"case_no": f"C-{number}", "item_code": "I7", "organization_code": UNIT}
    take_in(place.deployment, {"cases": [{**case, "occurrences": [served]}]})
    grade = 1 if number % 10 == 0 else 5
    draft = Draft(
        occurrence=CaseRef(f"C-{number}"),
        grade=grade,
        options=("108",) if grade == 1 else (),
        idempotency_key=f"k-{number}",
        client="test",
        channel="web",
        identity=Identity.PRESUMED,
    )
    place.deployment.intake.submit(draft)


@pytest.mark.long
@pytest.mark.timeout(280)
def test_the_province_killed_three_times_has_everything_once(
    store_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    start = datetime.now(UTC)
    upper_file = tmp_path / "upper.db"
    upper_file.write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{upper_file}"
    upper = found(tmp_path / "upper", url, FakeClock(start), PROVINCE, PLAIN)
    key, port = key_of(upper.deployment), free_port()
    upper.deployment.close()
    clock = FakeClock(start - timedelta(minutes=1))
    lower = found(tmp_path / "lower", store_url, clock, CITY, SENDING, secrets={"uplink-key": key})
    lower.deployment.close()
    address = f"http://127.0.0.1:{port}/api/v1/exchange"
    lower.deployment = opened(lower.home, clock, upper_url=address)
    for number in range(1, RATINGS + 1):
        rate(lower, number)
    province = Town(upper.home, url, key, port)
    province.start("web")
    province.wait_ready()
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            Worker(lower.deployment).turn()
            clock.advance(timedelta(minutes=7))

    worker = threading.Thread(target=work)
    worker.start()
    luck = random.Random(6)
    try:
        for _ in range(KILLS):
            time.sleep(luck.uniform(0.2, 0.7))
            province.kill("web")
            time.sleep(0.2)
            province.recover("web")
        until = time.monotonic() + 120
        while _unsent(lower) and time.monotonic() < until:
            time.sleep(0.1)
    finally:
        over.set()
        worker.join()
    _prove(lower, opened(upper.home, FakeClock(start)), province)


def _unsent(lower: Place) -> int:
    mine = uplink_item.c
    with lower.deployment.store.read() as conn:
        count = select(func.count()).select_from(uplink_item).where(mine.state != "sent")
        return int(conn.execute(count).scalar_one())


def _prove(lower: Place, upper: Deployment, province: Town) -> None:
    assert _unsent(lower) == 0
    with upper.store.read() as conn:
        there = Counter(conn.execute(select(evaluation.c.grade)).scalars())
        cases = conn.execute(select(rectification_case.c.queue)).scalars().all()
    assert there == {5: RATINGS - RATINGS // 10, 1: RATINGS // 10}
    assert cases == ["below"] * (RATINGS // 10)
    day = lower.clock.now().date()
    found_ = comparing.compare(lower.deployment.exchange, day - timedelta(days=20), day)
    assert not found_.differences
    with lower.deployment.store.read() as conn:
        batches = list(conn.execute(select(uplink_batch)))
    said: Counter[str] = Counter()
    for one in batches:
        said.update(one.answer or {})
    figures = {
        "kills": province.kills,
        "batches": len(batches),
        "sent_again": sum(one.attempts - 1 for one in batches),
        **said,
    }
    print("\n" + json.dumps(figures))
    province.stop()
    upper.close()
    lower.deployment.close()
