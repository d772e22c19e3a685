"""A month in the shape of published figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.demonstration.conftest import NOW, Small, small

from haochaping.clock import FakeClock
from haochaping.demonstration import shaped
from haochaping.deployment import Deployment
from haochaping.evaluation.tables import evaluation
from haochaping.grading import shape, tallies
from haochaping.grading.context import CountingRules

FOLDER = Path(__file__).parents[2] / "examples" / "guangdong-2023-07"
FIGURES = shape.scaled(shape.load(FOLDER), "0.00005")


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Small:
    home = tmp_path_factory.mktemp("figures") / "home"
    return small(home, "guangdong", figures=FIGURES, label="guangdong-2023-07 × 0.00005")


@pytest.fixture
def deployment(month: Small):
    found = Deployment.open(month.home, clock=FakeClock(NOW))
    yield found
    found.close()


def test_every_grade_occurs_as_often_as_in_the_scaled_figures(deployment: Deployment):
    query = select(evaluation.c.grade, func.count()).group_by(evaluation.c.grade)
    with deployment.store.read() as conn:
        found = {int(grade): count for grade, count in conn.execute(query)}
    assert found == dict(FIGURES.grades)
    assert min(found.values()) == shape.LEAST


def test_the_figures_can_be_recounted(deployment: Deployment):
    with deployment.store.write() as conn:
        assert list(tallies.compare(conn, CountingRules.of(deployment.profile.rules))) == []


def test_its_own_rates_are_those_of_its_own_ratings(deployment: Deployment):
    rates = shaped.rates(deployment, FIGURES.period)
    percent = 100 * FIGURES.bad / FIGURES.rated
    assert float(rates["bad_rate"].rstrip("%")) == pytest.approx(percent, abs=0.0001)
    assert "on_time_rate" not in rates


def test_every_page_says_what_the_figures_are(deployment: Deployment):
    footer = deployment.profile.rules.disclosure.footer
    assert footer == FIGURES.note
    assert "0.00005" in footer.zh or "5e-05" in footer.zh


def test_its_bad_reviews_were_answered(month: Small):
    assert month.made.counts == {
        "services": FIGURES.rated,
        "ratings": FIGURES.rated,
        "bad": FIGURES.bad,
    }
