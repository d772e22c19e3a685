"""Every value of the contract comes back from JSON as it was."""

from __future__ import annotations

import json
import typing
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from haochaping.hooks.evaluation import Admission, Verdict
from haochaping.hooks.kinds import HookKind
from haochaping.hooks.specs import specs
from haochaping.hooks.values import Words
from haochaping.isolation.codec import codec
from haochaping.isolation.wire import HEAD, Malformed, length, packed, unpacked
from haochaping.kit import junk, samples

ASKED = [spec for spec in specs().values() if spec.facts.kind is not HookKind.CONTRIBUTES]


def through(declared: Any, value: Any) -> Any:
    frame = packed([codec(declared).written(value)])
    assert length(frame) == len(frame) - HEAD
    return codec(declared).back(unpacked(frame[HEAD:])[0])


@pytest.mark.parametrize("spec", ASKED, ids=lambda spec: spec.name)
def test_every_argument_of_every_hook_comes_back(spec) -> None:
    hints = typing.get_type_hints(spec.function)
    for passed in (samples.passed(spec), *junk.of(spec)):
        for name, value in passed.items():
            assert through(hints[name], value) == value


def test_any_value_comes_back() -> None:
    value = {
        "at": datetime(2026, 11, 16, 2, tzinfo=UTC),
        "day": date(2026, 11, 16),
        "share": Fraction(2, 3),
        "bytes": b"\x00\xff",
        "nested": {1: ("a", None, True, 1.5)},
        "words": Words("好", "good"),
        "lone": "\ud800",
    }
    assert through(Any, value) == value


@pytest.mark.parametrize(
    "told", [None, 1, "x", [], [2], [9, "", None], [2, "", None, 1], [[], "", None], {"a": 1}]
)
def test_what_is_no_value_is_refused(told: Any) -> None:
    with pytest.raises(Malformed):
        codec(Admission).back(told)


@pytest.mark.parametrize(
    "told",
    [[1], {}, {"a": 1}, {"moment": "yesterday"}, {"fraction": [1, 0]}, {"map": [1]},
     {"value": ["os", "system", []]}, {"value": ["haochaping.hooks.values", "date", []]}],
)  # fmt: skip
def test_odd_wrappings_are_refused(told: Any) -> None:
    with pytest.raises(Malformed):
        codec(Any).back(told)


def test_an_enum_keeps_its_type_and_a_nan_is_no_json() -> None:
    found = through(Admission, Admission(Verdict.HOLD, "x", Words("等")))
    assert found.verdict is Verdict.HOLD
    with pytest.raises(Malformed):
        packed([float("nan")])
    for text in ("[NaN]", "[Infinity]", '{"a": 1}', "[" * 100_000, "junk"):
        with pytest.raises(Malformed):
            unpacked(text.encode())


def test_a_frame_that_is_too_long_is_not_read() -> None:
    with pytest.raises(Malformed, match="4 MB"):
        length(b"\xff\xff\xff\xff")
    with pytest.raises(Malformed, match="4 MB"):
        packed(["x" * (5 << 20)])
    assert json.loads(packed([1])[HEAD:]) == [1]
