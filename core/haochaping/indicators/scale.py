"""The five-grade scale: labels, order, and which grades are bad."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from haochaping.hooks.values import Grade, Words

SCALE_VERSION: Final = 2
"""Version of the scale and its national option list."""

NATIONAL_BAD_GRADES: Final = frozenset({Grade.VERY_DISSATISFIED, Grade.DISSATISFIED})
"""不满意 and 非常不满意 are bad reviews (差评), 国办发〔2019〕51号."""

LABELS: Final[Mapping[Grade, Words]] = MappingProxyType(
    {
        Grade.VERY_SATISFIED: Words("非常满意", "Very satisfied"),
        Grade.SATISFIED: Words("满意", "Satisfied"),
        Grade.BASICALLY_SATISFIED: Words("基本满意", "Basically satisfied"),
        Grade.DISSATISFIED: Words("不满意", "Dissatisfied"),
        Grade.VERY_DISSATISFIED: Words("非常不满意", "Very dissatisfied"),
    }
)
"""Labels, in the fixed order in which the five choices are shown."""

GRADES: Final = tuple(LABELS)
"""The five grades in the order they are shown, 5 first."""


def label(grade: Grade) -> Words:
    """Return the official wording of a grade."""
    return LABELS[grade]


def is_bad(grade: int, bad_grades: frozenset[Grade] = NATIONAL_BAD_GRADES) -> bool:
    """Say whether a grade is a bad review."""
    return grade in bad_grades
