"""The daily lot can be drawn again by anybody and is drawn once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from haochaping.hooks.rectification import Visit
from haochaping.profile.following_up import Draw, VisitRules
from haochaping.rectification import cases, sampling, visits

from .conftest import SHANGHAI, World, days, rules, supervisor
from .test_cases import replied

HALF = Draw(Decimal("0.5"), Visit("phone", days(2), "每日随机抽查"))


def closed(world: World, number: int) -> None:
    """Close cases that no rule has visited."""
    own = rules(visiting=VisitRules(sample=HALF))
    world.context = replace(world.context, rules=own)
    for _ in range(number):
        world.do(cases.confirm, replied(world), who=supervisor())


def draw(world: World, **shift: int) -> sampling.Sample | None:
    day = (world.clock.now() - timedelta(**shift)).astimezone(SHANGHAI).date()
    found: sampling.Sample | None = world.call(sampling.draw_for, day, world.clock.now())
    return found


@given(st.lists(st.integers(1, 2**62), unique=True, max_size=40), st.decimals(0, 1, places=2))
def test_a_lot_draws_the_share_rounded_up_and_can_be_repeated(
    population: list[int], share: Decimal
) -> None:
    drawn = sampling.draw("SEED", population, share)
    assert drawn == sampling.draw("SEED", population[::-1], share)
    assert set(drawn) <= set(population)
    assert 0 <= len(drawn) - len(population) * share < 1


def test_the_drawn_cases_get_a_visit_and_the_lot_is_kept_with_its_seed(world: World) -> None:
    closed(world, 3)
    sample = draw(world)
    assert sample is not None
    assert (len(sample.population), len(sample.drawn), sample.share) == (3, 2, "0.5")
    assert tuple(sample.drawn) == sampling.draw(sample.seed, sample.population, HALF.share)
    with world.store.read() as conn:
        due = visits.due_visits(conn)
    assert {visit.case_id for visit in due} == set(sample.drawn)
    assert {visit.kind for visit in due} == {"sample"}


def test_a_day_is_drawn_once(world: World) -> None:
    closed(world, 2)
    first = draw(world)
    second = draw(world)
    assert first is not None
    assert second is not None
    assert first.seed == second.seed
    with world.store.read() as conn:
        assert len(visits.due_visits(conn)) == 1


def test_cases_of_other_days_are_not_drawn(world: World) -> None:
    closed(world, 1)
    sample = draw(world, days=1)
    assert sample is not None
    assert list(sample.drawn) == []


def test_without_a_rule_nothing_is_drawn(world: World) -> None:
    closed(world, 1)
    world.context = replace(world.context, rules=rules())
    assert draw(world) is None
