"""Default and back-filled ratings are told apart everywhere and never count as active."""

from __future__ import annotations

import random

import pytest

from haochaping.grading import entries, figures, periods
from haochaping.hooks.values import ACTIVE_PROVENANCES, Provenance
from haochaping.indicators.labels import PROVENANCES, is_active
from haochaping.store import Store

from .ledger import DAY, rating

NEVER = (Provenance.SYSTEM_DEFAULT, Provenance.BACKFILL)


@pytest.mark.parametrize("seed", range(3))
def test_only_ratings_that_somebody_gave_are_active(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    given = [chance.choice(list(Provenance)) for _ in range(chance.randrange(5, 60))]
    rows = [rating(chance.randint(1, 5), provenance=str(one)) for one in given]
    with store.write() as conn:
        entries.record(conn, rows)
        day = periods.of_day(DAY)
        total = figures.of(conn, "organization", [1], day)[1]
        parts = figures.split(conn, "organization", [1], day, "provenance")[1]
    nobody = sum(one is Provenance.SYSTEM_DEFAULT for one in given)
    assert total.rated == len(given) - nobody
    assert total.active == sum(one in ACTIVE_PROVENANCES for one in given)
    assert all(parts[str(one)].active == 0 for one in NEVER if str(one) in parts)
    assert {name: part.rated for name, part in parts.items()} == {
        str(one): given.count(one) for one in set(given)
    }


def test_every_provenance_has_a_name_that_says_whether_it_is_active() -> None:
    assert set(PROVENANCES) == set(Provenance)
    for one in Provenance:
        assert is_active(one) is ("不算主动评价" not in PROVENANCES[one].zh)
