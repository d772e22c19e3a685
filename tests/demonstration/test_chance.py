"""Chance is the same in every run, and fair."""

from __future__ import annotations

from collections import Counter

from haochaping.demonstration.chance import Chance

CHANCE = Chance("seed")


def test_the_same_draw_gives_the_same_share():
    assert CHANCE.share("a", 1) == Chance("seed").share("a", 1)
    assert CHANCE.share("a", 1) != CHANCE.share("a", 2)
    assert CHANCE.share("a", 1) != Chance("other").share("a", 1)


def test_whole_numbers_reach_both_ends():
    drawn = {CHANCE.between(3, 5, n) for n in range(200)}
    assert drawn == {3, 4, 5}


def test_every_option_is_drawn_about_as_often():
    drawn = Counter(CHANCE.pick("abcd", n) for n in range(4000))
    assert min(drawn.values()) > 850


def test_weights_are_kept():
    drawn = Counter(CHANCE.weighted([("often", 9.0), ("seldom", 1.0)], n) for n in range(4000))
    assert 300 < drawn["seldom"] < 500


def test_an_option_without_weight_is_never_drawn():
    assert {CHANCE.weighted([("a", 1.0), ("b", 0.0)], n) for n in range(500)} == {"a"}
