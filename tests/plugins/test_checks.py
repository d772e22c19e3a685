"""Values are checked against their declared types, all the way down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Union

import pytest

from haochaping.hooks.checks import COUNT_LIMIT, TEXT_LIMIT, Junk, checker
from haochaping.hooks.specs import specs
from haochaping.hooks.values import Words


@dataclass(frozen=True)
class Cell:
    rows: tuple[tuple[str, ...], ...] = ()
    pair: tuple[int, str] = (1, "a")
    share: float = 0.5
    exact: Fraction = Fraction(1, 3)
    either: int | str | None = None
    labels: Mapping[str, Words] | None = None
    more: dict[str, Any] | None = None
    data: bytes = b""


def complaint(**fields: Any) -> str:
    with pytest.raises(Junk) as caught:
        checker(Cell)(Cell(**fields))
    return str(caught.value)


def test_a_value_of_the_declared_types_passes() -> None:
    checker(Cell)(
        Cell((("a",), ()), (2, "b"), 1, Fraction(2), "x", {"a": Words("甲")}, {"k": 1.5}, b"x")
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"rows": (("a", 1),)}, "rows[0][1]: expected str, got int"),
        ({"rows": [("a",)]}, "rows: expected tuple, got list"),
        ({"pair": (1,)}, "pair: expected a tuple of 2, got tuple"),
        ({"pair": ("1", "a")}, "pair[0]: expected int, got str"),
        ({"share": float("inf")}, "share: expected a finite number, got inf"),
        ({"share": "1"}, "share: expected float, got str"),
        ({"exact": 0.5}, "exact: expected Fraction, got float"),
        ({"either": 1.5}, "either: expected str, got float"),
        ({"labels": {1: Words("甲")}}, "labels[key]: expected str, got int"),
        ({"labels": {"a": "甲"}}, "labels[a]: expected Words, got str"),
        ({"labels": ()}, "labels: expected a mapping, got tuple"),
        ({"more": {"k": float("nan")}}, "more[k]: expected a finite number, got nan"),
        ({"more": {"k": "x" * (TEXT_LIMIT + 1)}}, "more[k]: expected at most 64 KB of text"),
        ({"data": "x"}, "data: expected bytes, got str"),
        ({"data": bytes(TEXT_LIMIT + 1)}, "data: expected at most 64 KB"),
        ({"rows": ((),) * (COUNT_LIMIT + 1)}, "rows: expected at most 1000 elements"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(fields: dict[str, Any], expected: str) -> None:
    assert expected in complaint(**fields)


def test_text_is_measured_in_bytes() -> None:
    checker(str)("差" * (TEXT_LIMIT // 3))
    with pytest.raises(Junk):
        checker(str)("差" * (TEXT_LIMIT // 3 + 1))


def test_old_style_unions_are_understood() -> None:
    checker(Union[int, str])("x")  # noqa: UP007 - the point of the test
    with pytest.raises(Junk):
        checker(None | int)("x")


def test_nothing_is_only_none() -> None:
    checker(type(None))(None)
    with pytest.raises(Junk, match="expected None"):
        checker(type(None))(0)


def test_a_type_that_the_contract_does_not_use_is_refused() -> None:
    with pytest.raises(TypeError, match="no checker"):
        checker(Iterable[int])


@pytest.mark.parametrize("name", [name for name, spec in specs().items() if spec.facts.item])
def test_every_answer_of_the_contract_can_be_checked(name: str) -> None:
    with pytest.raises(Junk):
        checker(specs()[name].facts.item)(object())
