"""A province's hub over two cities: copied first, kept up with, crashed, caught up."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text

from haochaping.access import retention
from haochaping.cli import main
from haochaping.deployment import Deployment
from haochaping.evaluation.tables import evaluation
from haochaping.examining import CHECKS, Level
from haochaping.grading import tallies
from haochaping.grading.context import CountingRules
from haochaping.installing import Wish, install
from haochaping.operating import hub
from haochaping.operating.hub import HubRefused, Slot
from haochaping.pushing import take_in
from haochaping.rectification.tables import rectification_case
from haochaping.testing.postgres import PostgresServer
from haochaping.worker import Worker
from tests.catalogues import body, fill
from tests.faults import harness
from tests.ops.conftest import rate
from tests.ops.test_doctor import level
from tests.ops.test_metrics import scrape

OTHER = "330206"
MOVED = f"""
SET session_replication_role = replica;
UPDATE region SET code = '{OTHER}', path = '/{OTHER}/', county = '{OTHER}', name = '北仑区';
UPDATE organization SET id = id + 100, parent_id = parent_id + 100, code = 'B' || code,
  path = CASE id WHEN 2 THEN '/102/' ELSE '/102/101/' END, region = '{OTHER}', place = '{OTHER}';
UPDATE hall SET id = id + 100, organization_id = organization_id + 100, code = 'B' || code,
  region = '{OTHER}', place = '{OTHER}';
UPDATE "window" SET id = id + 100, hall_id = hall_id + 100, organization_id = organization_id + 100;
UPDATE staff SET id = id + 100, organization_id = organization_id + 100;
SET session_replication_role = DEFAULT;
"""


def push(deployment: Deployment, numbers: range, other: bool) -> None:
    for number in numbers:
        case = body(deployment, number)["cases"][0]
        if other:
            for name in ("organization_code", "hall_code"):
                case[name] = f"B{case[name]}"
        take_in(deployment, {"cases": [case]})
        rate(deployment, number)
    Worker(deployment).drain()


def content(deployment: Deployment) -> dict[str, set[tuple[Any, ...]]]:
    """The rows of all tables as they leave a city."""
    found = {}
    with deployment.store.read() as conn:
        for table in hub.TABLES:
            rows = conn.execute(select(*hub.published(table)))
            found[table.name] = {tuple(map(str, row)) for row in rows}
    return found


def same(cities: list[Deployment], province: Deployment) -> bool:
    wanted, here = [content(city) for city in cities], content(province)
    return all(here[name] == set().union(*(one[name] for one in wanted)) for name in here)


def caught_up(cities: list[Deployment], province: Deployment) -> float:
    """Wait until the hub holds what the cities hold; return the seconds it took."""
    started = time.monotonic()
    while not same(cities, province):
        assert time.monotonic() < started + 60, content(province)
        time.sleep(0.1)
    return time.monotonic() - started


@pytest.fixture
def servers() -> Iterator[list[PostgresServer]]:
    """Three servers that write what others may follow."""
    with ExitStack() as stack:
        made = [stack.enter_context(harness.server()) for _ in range(3)]
        for one in made:
            with (one.folder / "data" / "postgresql.conf").open("a") as file:
                file.write("wal_level = logical\n")
            harness.stop_hard(one)
            harness.start_again(one)
        yield made


@pytest.fixture
def logical() -> Iterator[PostgresServer]:
    with harness.server() as made:
        with (made.folder / "data" / "postgresql.conf").open("a") as file:
            file.write("wal_level = logical\n")
        harness.stop_hard(made)
        harness.start_again(made)
        yield made


def deployed(home: Path, server: PostgresServer) -> Deployment:
    install(Wish(home, "base", server.url()))
    return Deployment.open(home)


@pytest.mark.long
@pytest.mark.timeout(280)
def test_a_hub_takes_in_two_cities_and_catches_up_after_a_crash(
    servers: list[PostgresServer], tmp_path: Path
) -> None:
    one, two, own = servers
    cities = [deployed(tmp_path / name, at) for name, at in (("one", one), ("two", two))]
    for city in cities:
        fill(city)
    with cities[1].store.write() as conn:
        conn.exec_driver_sql(MOVED)
    for number, city in enumerate(cities):
        push(city, range(1, 13), bool(number))
        with city.store.write() as conn:
            hub.publish(conn, ("3301", "3302")[number])
            hub.publish(conn, ("3301", "3302")[number])  # again, as after an upgrade
    province = deployed(tmp_path / "hub", own)
    for name, server in (("one", one), ("two", two)):
        done = run(tmp_path / "hub", "subscribe", name, "--from", server.url())
        assert (done.exit_code, done.stdout) == (0, f"{name}\n"), done.stderr
    copied = caught_up(cities, province)

    for number, city in enumerate(cities):
        push(city, range(13, 25), bool(number))
    followed = caught_up(cities, province)

    harness.stop_hard(own)
    for number, city in enumerate(cities):
        push(city, range(25, 49), bool(number))
    harness.start_again(own)
    province.store.close()
    again = Deployment.open(tmp_path / "hub")
    recovered = caught_up(cities, again)

    with again.store.write() as conn:
        assert conn.execute(select(func.count()).select_from(evaluation)).scalar() == 96
        assert conn.execute(select(func.count()).select_from(rectification_case)).scalar() == 16
        told = select(evaluation.c.receipt, evaluation.c.person_id, evaluation.c.text_sealed)
        assert set(conn.execute(told)) == {(None, None, None)}
        rules = CountingRules.of(again.profile.rules)
        tallies.rebuild(conn, rules)
        assert tallies.compare(conn, rules) == ()
        assert [city.running for city in hub.cities(conn)] == [True, True]
        assert [(city.name, city.copying, city.errors) for city in hub.cities(conn)] == [
            ("one", 0, 0), ("two", 0, 0)
        ]  # fmt: skip
    assert level(again, "hub") is Level.FINE
    assert all(lag < 2**20 for lag in scraped(again, "hub_lag_bytes").values())
    with cities[1].store.read() as conn:
        assert [(slot.name, slot.active, slot.lost) for slot in hub.slots(conn)] == [
            ("two", True, False)
        ]
    harness.stop_hard(one)
    time.sleep(1)
    assert level(again, "hub") is Level.WARNING
    assert run(tmp_path / "hub", "status").exit_code == 1
    assert scraped(again, "hub_running") == {'{city="one"}': 0, '{city="two"}': 1}
    harness.start_again(one)
    for name in ("one", "two"):
        assert run(tmp_path / "hub", "unsubscribe", name).exit_code == 0
    for deployment in (*cities, again):
        deployment.close()
    print(
        f"\n2 cities, 96 ratings: copied {copied:.1f} s, followed {followed:.1f} s,"
        f" caught up after a crash {recovered:.1f} s; doubled 0, missing 0"
    )


def scraped(deployment: Deployment, name: str) -> dict[str, float]:
    """The gauge `name` by its label."""
    start = f"haochaping_{name}"
    return {
        key.removeprefix(start): value
        for key, value in scrape(deployment).items()
        if key.startswith(start)
    }


def test_a_city_tells_how_much_the_hub_has_not_taken(
    logical: PostgresServer, tmp_path: Path
) -> None:
    """A slot that nobody reads: in bytes, in metrics, doctor and status; gone with the slot."""
    city = deployed(tmp_path / "city", logical)
    with city.store.write() as conn:
        conn.execute(text("SELECT pg_create_logical_replication_slot('hub_all', 'pgoutput')"))
    before = scraped(city, "hub_waiting_bytes")['{hub="all"}']
    fill(city)
    assert scraped(city, "hub_waiting_bytes")['{hub="all"}'] > before
    assert scraped(city, "hub_kept_bytes")['{hub="all"}'] > 0
    assert level(city, "hub") is Level.WARNING
    told = json.loads(run(tmp_path / "city", "status", "--json").stdout)
    assert (told["cities"], [one["name"] for one in told["hubs"]]) == ([], ["all"])
    shown = run(tmp_path / "city", "status")
    assert (shown.exit_code, shown.stdout.split("\t")[:2]) == (1, ["all", "away"])
    with city.store.write() as conn:
        conn.execute(text("SELECT pg_drop_replication_slot('hub_all')"))
    assert (scraped(city, "hub_waiting_bytes"), level(city, "hub")) == ({}, Level.FINE)
    city.close()


@pytest.mark.parametrize(
    ("slot", "expected", "said"),
    [
        (Slot("all", True, 9, 9, False), None, ""),
        (Slot("all", True, 9, 5 * 2**30, False), Level.WARNING, "5120 MiB"),
        (Slot("all", False, 9, 2**20, False), Level.WARNING, "1 MiB"),
        (Slot("all", False, 9, 9, True), Level.FAULT, "subscribe anew"),
    ],
)
def test_the_doctor_fears_for_the_citys_disk(
    monkeypatch: pytest.MonkeyPatch,
    deployment: Deployment,
    slot: Slot,
    expected: Level | None,
    said: str,
) -> None:
    monkeypatch.setattr(hub, "slots", lambda conn: (slot,))
    check = next(one for one in CHECKS if one.name == "hub")
    with deployment.store.read() as conn:
        found = list(check.look(deployment, conn))
    assert [one.level for one in found] == ([] if expected is None else [expected])
    assert all(said in one.what.en for one in found)


def run(home: Path, *words: str) -> Any:
    return CliRunner().invoke(main, ["--home", str(home), "--lang", "en", "hub", *words])


def test_a_city_publishes_nothing_personal(home: Path) -> None:
    plan = run(home, "publish", "--plan").stdout
    assert "CREATE PUBLICATION" in plan
    for table in hub.TABLES:
        listed = re.search(rf'TABLE "{table.name}" \(([^)]*)\)', plan)
        assert listed is not None
        names = set(re.findall(r'"(\w+)"', listed[1]))
        assert names == {column.name for column in hub.published(table)}
        assert not {f"{table.name}.{name}" for name in names} & set(retention.CORE.personal)
    receipt = {"person_id", "receipt", "text_sealed", "text_key_id"}
    assert not receipt & {column.name for column in hub.published(evaluation)}


def test_what_cannot_be_is_refused_in_words(deployment: Deployment) -> None:
    with deployment.store.write() as conn, pytest.raises(HubRefused, match=r"PostgreSQL|wal_level"):
        hub.publish(conn, "3301")
    with pytest.raises(HubRefused, match=r"letters|字母"):
        hub.subscribe("postgresql://nobody@127.0.0.1:9/none", "x; DROP", "")
    with pytest.raises(HubRefused):
        hub.subscribe("postgresql://nobody@127.0.0.1:9/none", "hangzhou", "host=nowhere")
    with deployment.store.read() as conn:
        assert hub.cities(conn) == ()
        assert conn.execute(text("SELECT 1")).scalar() == 1
