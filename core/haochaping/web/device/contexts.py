"""What the window screen shows; plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from haochaping.web.citizen.contexts import GradeChoice, ReasonForm
from haochaping.web.forms import FieldFault


@dataclass(frozen=True, slots=True)
class ScreenPage:
    """The window screen with all its states; seconds as the profile says.

    `forms` are the reasons of the grades that need them; `line` is the address of the wake-up
    line, `home` the address that brings the default language back, empty when it is shown.
    """

    device: str
    hall: str
    window: str
    token: str
    line: str
    home: str
    idle_seconds: int
    warning_seconds: int
    choices: tuple[GradeChoice, ...]
    forms: tuple[ReasonForm, ...]


@dataclass(frozen=True, slots=True)
class KeyPage:
    """The page on which a device's key is entered once."""

    action: str
    hidden: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[FieldFault, ...] = ()
