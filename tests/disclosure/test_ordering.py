"""Coverage floor and drawing towards the mean decide on places; what is shown stays exact."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from tests.disclosure.test_boards import make, read
from tests.disclosure.town import RULES, at_large, at_small, rate

from haochaping.disclosure.ordering import covered, drawn
from haochaping.disclosure.ranking import Entrant, ranked
from haochaping.disclosure.sight import Audience
from haochaping.hooks.grading import CaseFacts, Ratio


def entrant(number: int, over: int, under: int) -> tuple[Entrant[int], Ratio]:
    return Entrant(number, number, Fraction(over, under), under), Ratio(over, under)


def test_the_floor_binds_only_what_the_ledger_keeps() -> None:
    assert covered(CaseFacts(), Decimal(1))
    assert covered(CaseFacts(offered=1, to_offer=2), Decimal("0.5"))
    assert not covered(CaseFacts(offered=49, to_offer=100), Decimal("0.5"))


def test_few_ratings_are_drawn_to_the_mean_and_many_hardly_move() -> None:
    pairs = [entrant(1, 10, 10), entrant(2, 995, 1000), entrant(3, 80, 100)]
    results = {each.id: found for each, found in pairs}
    plain = [each for each, _ in pairs]
    assert [each.what for each in ranked(plain, descending=True)] == [1, 2, 3]
    found = drawn(plain, results, 100)
    assert [each.what for each in ranked(found, descending=True)] == [2, 1, 3]


def test_no_weight_changes_nothing_and_equal_shares_stay_tied() -> None:
    pairs = [entrant(1, 9, 10), entrant(2, 9, 10)]
    results = {each.id: found for each, found in pairs}
    plain = [each for each, _ in pairs]
    assert drawn(plain, results, 0) == plain
    assert [each.rank for each in ranked(drawn(plain, results, 50), descending=True)] == [1, 1]


def test_a_board_lists_below_the_floor_without_a_rank(place) -> None:
    rate(place, at_large(5, 40), at_small(5, 40))

    def half_covered(conn, kind, ids, period):
        return {each: CaseFacts(offered=each, to_offer=2) for each in ids}

    strict = replace(RULES, coverage_floor=Decimal("0.9"))
    kit = replace(make(half_covered), rules=strict)
    board = read(place, "organizations", kit=kit, audience=Audience.SUPERVISOR)
    assert [(row.subject.id, row.rank) for row in board.rows] == [(2, 1), (1, None)]
