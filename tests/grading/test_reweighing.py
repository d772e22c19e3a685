"""Other weights for the same tree: levels in proportion, everything else as it was."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haochaping.grading import reweighing
from haochaping.profile.indicators import trees

DATA = {
    "differential_share": "0.2",
    "tree": {
        "speed": {
            "name": "速度",
            "weight": "0.6",
            "children": {
                "early": {"name": "提前", "weight": "0.5"},
                "on_time": {"name": "按时", "weight": "0.5"},
            },
        },
        "attitude": {
            "name": "态度",
            "weight": "0.4",
            "children": {"kind": {"name": "热情", "weight": "1"}},
        },
    },
    "differential": {
        "property": {
            "name": "不动产",
            "children": {
                "queue": {"name": "排队", "weight": "0.7"},
                "papers": {"name": "材料", "weight": "0.3"},
            },
        }
    },
}
(TREE,) = trees(DATA)


def test_levels_with_a_single_indicator_have_nothing_to_weigh():
    found = reweighing.levels(TREE)
    assert [[each.place for each in level.weights] for level in found] == [
        ["core.speed", "core.attitude"],
        ["core.speed.early", "core.speed.on_time"],
        ["group.property.queue", "group.property.papers"],
    ]
    assert [[name.zh for name in level.above] for level in found] == [[], ["速度"], ["不动产"]]


def test_weights_of_a_level_count_in_proportion_and_other_levels_stay():
    stated = {"core.speed.early": Decimal(3), "core.speed.on_time": Decimal(1)}
    found = reweighing.reweighed(TREE, stated)
    speed = found.core[0]
    assert [each.weight for each in speed.children] == [Decimal("0.75"), Decimal("0.25")]
    assert replace(found, core=TREE.core) == TREE
    assert (speed.weight, found.core[1]) == (Decimal("0.6"), TREE.core[1])


def test_the_share_of_the_groups_can_be_stated_too():
    found = reweighing.reweighed(TREE, {reweighing.SHARE: Decimal("0.5")})
    assert found == replace(TREE, differential_share=Decimal("0.5"))


def test_a_level_in_which_nothing_weighs_is_refused_and_named():
    with pytest.raises(reweighing.NothingWeighs) as wrong:
        reweighing.reweighed(
            TREE, {"group.property.queue": Decimal(0), "group.property.papers": Decimal(0)}
        )
    assert wrong.value.place == "group.property.queue"


@given(
    weights=st.lists(st.decimals(0, 100, places=4), min_size=2, max_size=2).filter(
        lambda pair: sum(pair) > 0
    )
)
def test_weights_of_a_level_sum_to_exactly_one_whatever_is_typed(weights):
    stated = dict(zip(("core.speed", "core.attitude"), weights, strict=True))
    found = reweighing.reweighed(TREE, stated)
    assert sum(each.weight for each in found.core) == 1
    assert all(0 <= each.weight <= 1 for each in found.core)

    stated = {
        each.place: each.weight for level in reweighing.levels(TREE) for each in level.weights
    }
    assert reweighing.reweighed(TREE, stated) == TREE
