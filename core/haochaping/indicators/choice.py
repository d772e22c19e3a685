"""Checking the reasons a rater chose against an option list."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from haochaping.hooks.values import Grade
from haochaping.indicators.options import OptionList


class Fault(StrEnum):
    """What is wrong with a chosen option."""

    UNKNOWN = "unknown"
    RETIRED = "retired"
    OTHER_GRADE = "other_grade"


@dataclass(frozen=True, slots=True)
class OptionFault:
    """A chosen code that cannot be accepted, and why."""

    code: str
    fault: Fault


def check(
    options: OptionList, grade: Grade, codes: Iterable[str], further: Collection[str] = ()
) -> tuple[OptionFault, ...]:
    """Return the faults of the chosen codes; empty when all may be accepted.

    `further` are codes of the form's further questions, which belong to every grade.
    """
    found = (_fault(options, grade, code) for code in codes if code not in further)
    return tuple(fault for fault in found if fault is not None)


def _fault(options: OptionList, grade: Grade, code: str) -> OptionFault | None:
    option = options.options.get(code)
    if option is None:
        retired = code in options.retired
        return OptionFault(code, Fault.RETIRED if retired else Fault.UNKNOWN)
    return None if option.grade == grade else OptionFault(code, Fault.OTHER_GRADE)
