"""`haochaping replay`: a closed month again, bit by bit, and other weights beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update
from tests.grading.ledger import AT, rating

from haochaping.cli import main
from haochaping.deployment import Deployment, open_deployment
from haochaping.grading import entries, periods
from haochaping.grading.tables import frozen_figure
from haochaping.installing import Wish, install

MONTH = "2026-11"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment of Guangdong's rules with a closed month."""
    folder = tmp_path_factory.mktemp("replay") / "home"
    install(Wish(folder, "guangdong", None, None))
    with open_deployment(folder) as deployment, deployment.store.write() as conn:
        entries.record(conn, [rating(5), rating(5), rating(1)])
        shown = deployment.disclosing
        shown.closer.close(conn, periods.parse(MONTH), date(2026, 12, 1), AT)
        shown.scorer.score(conn, periods.parse(MONTH))
    return folder


@pytest.fixture
def touched(home: Path) -> Iterator[Deployment]:
    """The same with one frozen figure changed by hand, and put back."""
    with open_deployment(home) as deployment:
        hall = frozen_figure.c.subject_kind == "hall"
        with deployment.store.write() as conn:
            conn.execute(update(frozen_figure).where(hall).values(g5=9))
        yield deployment
        with deployment.store.write() as conn:
            conn.execute(update(frozen_figure).where(hall).values(g5=2))


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), "replay", *words])


def test_a_closed_month_comes_out_the_same_and_says_so(home: Path) -> None:
    done = run(home, MONTH)
    assert done.exit_code == 0
    assert "逐位一致" in done.stderr
    assert run(home, MONTH).stdout == done.stdout
    found = json.loads(run(home, MONTH, "--json").stdout)
    assert (found["same"], found["differences"]) == (True, [])
    assert found["scores"] == found["figures"] > 0


def test_what_differs_is_printed_and_exits_with_1(home: Path, touched: Deployment) -> None:
    done = run(home, MONTH, "--lang", "en")
    assert done.exit_code == 1
    assert done.stdout.startswith("figures\thall\t11\t")
    assert "came out differently" in done.stderr


def test_a_month_that_is_not_closed_is_refused(home: Path) -> None:
    done = run(home, "2026-10")
    assert done.exit_code == 2
    assert "HCP-PERIOD-OPEN" in done.stderr


def test_other_weights_are_printed_beside(home: Path) -> None:
    rows = json.loads(run(home, MONTH, "--under", "guangdong", "--json").stdout)
    assert rows
    assert all(row["before"] == row["after"] for row in rows)
