"""Faults of a form's fields, shown on top of it and beside the field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one field, in words a person can act on."""

    field: str
    """Id of the element that the summary links to."""
    message: str


def fault_of(faults: Iterable[FieldFault], field: str) -> str:
    """Return the message of a field's fault, empty when it has none."""
    return next((fault.message for fault in faults if fault.field == field), "")
