"""`haochaping board` and `haochaping tally` on a deployment of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update
from tests.grading.ledger import REGION, Desk

from haochaping.catalog.tables import organization, region
from haochaping.cli import main
from haochaping.deployment import Deployment, open_deployment
from haochaping.grading.tables import tally
from haochaping.installing import Wish, install

WHEN = "2026-11"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment with two ratings of one organization."""
    folder = tmp_path_factory.mktemp("figures") / "home"
    install(Wish(folder, "zhejiang", None, None))
    with open_deployment(folder) as deployment, deployment.store.write() as conn:
        conn.execute(region.insert(), [_region()])
        conn.execute(organization.insert(), [_organization()])
        desk = Desk(conn)
        desk.rate(5)
        desk.rate(2)
    return folder


@pytest.fixture
def deployment(home: Path) -> Iterator[Deployment]:
    with open_deployment(home) as found:
        yield found


def _region() -> dict[str, object]:
    return {
        "code": REGION, "name": "西湖区", "level": "county", "path": f"/{REGION}/",
        "county": REGION,
    }  # fmt: skip


def _organization() -> dict[str, object]:
    return {
        "id": 1, "code": "O1", "uscc": "", "name": "市监局", "region": REGION, "place": REGION,
        "path": "/1/",
    }  # fmt: skip


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), *words], env={"HAOCHAPING_LANG": None})


def test_the_boards_are_listed(home: Path) -> None:
    assert "organizations\t部门榜" in run(home, "board").stdout


def test_a_board_is_printed_as_a_table_with_its_rules_beside_it(home: Path) -> None:
    found = run(home, "board", "organizations", "--period", WHEN, "--audience", "supervisor")
    assert "市监局\t2\t<5" in found.stdout
    assert "不排名" in found.stderr


def test_a_board_is_printed_in_english(home: Path) -> None:
    found = run(home, "--lang", "en", "board", "regions", "--period", WHEN)
    assert found.stdout.startswith("rank\tname\tn\tBad review rate")


def test_a_board_is_printed_for_machines(home: Path) -> None:
    found = run(home, "board", "regions", "--period", WHEN, "--region", REGION, "--json")
    told = json.loads(found.stdout)
    (row,) = told["rows"]
    assert (row["rated"], row["rated_withheld"]) == (None, True), "two ratings are too few to show"
    assert told["period"] == WHEN


def test_an_unknown_board_is_a_usage_error_in_words(home: Path) -> None:
    found = run(home, "board", "hals")
    assert found.exit_code == 2
    assert "halls" in found.stderr


def test_a_period_that_is_none_is_a_usage_error_in_words(home: Path) -> None:
    found = run(home, "board", "halls", "--period", "November")
    assert found.exit_code == 2
    assert "2026-11-22" in found.stderr


def test_a_fold_says_how_many_ratings_it_took(home: Path) -> None:
    run(home, "tally", "fold")
    assert run(home, "tally", "fold").stdout == "0\n"


def test_a_rebuild_of_what_is_right_finds_nothing(home: Path) -> None:
    run(home, "tally", "fold")
    assert run(home, "tally", "rebuild").exit_code == 0
    assert run(home, "tally", "compare").exit_code == 0


def test_a_rebuild_names_what_was_wrong_and_puts_it_right(
    home: Path, deployment: Deployment
) -> None:
    run(home, "tally", "fold")
    with deployment.store.write() as conn:
        conn.execute(update(tally).where(tally.c.subject_kind == "hall").values(g5=9))
    assert run(home, "tally", "compare").exit_code == 1
    found = run(home, "tally", "rebuild")
    assert found.exit_code == 1
    assert f"{WHEN}\thall\t11" in found.stdout
    assert run(home, "tally", "compare").exit_code == 0
