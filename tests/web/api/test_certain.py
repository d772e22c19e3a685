"""The quick look is certain only of bodies that the schema library lets pass too."""

from __future__ import annotations

import pytest

from haochaping.web.api import spec
from haochaping.web.api.certain import look_at

GOOD = {"case_no": "A-1", "occurrence_no": 1, "grade": 5, "channel": "web"}


def looks() -> tuple:
    return spec._certain("Evaluation"), spec._validator("Evaluation").is_valid


@pytest.mark.parametrize(
    "more", [{}, {"options": ["510"]}, {"text": "好"}, {"identity": "anonymous"}]
)
def test_ordinary_bodies_are_certain(more) -> None:
    certain, valid = looks()
    assert [certain({**GOOD, **more}), valid({**GOOD, **more})] == [True, True]


@pytest.mark.parametrize(
    "more",
    [
        {"grade": 6},
        {"grade": True},
        {"grade": 5.0},
        {"grade": "5"},
        {"case_no": ""},
        {"case_no": "9" * 65},
        {"options": "510"},
        {"options": [1]},
        {"options": ["x"] * 21},
        {"identity": "somebody"},
        {"identity": 1},
        {"unknown": 1},
        {"channel": None},
        {"submitted_at": "2026-11-16T02:00:00Z"},
    ],
)
def test_no_other_body_is(more) -> None:
    certain, _ = looks()
    assert not certain({**GOOD, **more})


def test_what_is_missing_is_seen() -> None:
    certain, _ = looks()
    assert not any(certain({k: v for k, v in GOOD.items() if k != name}) for name in GOOD)


def test_rules_it_does_not_know_are_never_certain() -> None:
    assert not look_at({"type": "string", "pattern": "x"})("x")
    assert not look_at({"type": "object", "properties": {}})({})
    assert not look_at({"type": "array", "items": {"type": "string"}, "uniqueItems": True})([])
    assert not look_at({"type": ["string", "null"]})("x")
    assert not look_at({"enum": [1, 2]})(1)
    assert not look_at({})(1)
