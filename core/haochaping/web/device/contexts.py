"""What the window screen shows; plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from haochaping.web.citizen.contexts import Fact, GradeChoice, ReasonForm
from haochaping.web.forms import FieldFault


@dataclass(frozen=True, slots=True)
class DeviceNotice:
    """The privacy notice in short; `qr` leads to the whole of it, as an SVG element of ours."""

    controller: str
    contact: str
    version: str
    qr: str


@dataclass(frozen=True, slots=True)
class ScreenPage:
    """The window screen with all its states; seconds as the profile says.

    `forms` are the reasons of the grades that need them; `line` is the address of the wake-up
    line, `home` the address that brings the default language back, empty when it is shown.
    `keypad` maps the keys of a keypad to grades, 0 for later; `keys_shown` are those of grades
    1 to 5 when the screen shows them. Kept ratings are sealed to `queue_point`.
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
    voice: bool = False
    keypad: str = "{}"
    keys_shown: tuple[str, ...] = ()
    queue_key: str = ""
    queue_point: str = ""
    privacy: DeviceNotice | None = None


@dataclass(frozen=True, slots=True)
class PlainPage:
    """The screen for browsers without script: one state a page, each leading to the next."""

    state: str
    """idle | choose | reasons | warn | thanks | failed | privacy"""
    window: str
    hall: str
    here: str
    next_after: int
    """Seconds until the browser goes on to `next`, 0: it stays."""
    next: str = ""
    fields: tuple[Fact, ...] = ()
    choices: tuple[GradeChoice, ...] = ()
    form: ReasonForm | None = None
    hidden: Mapping[str, str] = field(default_factory=dict)
    receipt: str = ""
    privacy: DeviceNotice | None = None


@dataclass(frozen=True, slots=True)
class KeyPage:
    """The page on which a device's key is entered once."""

    action: str
    hidden: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[FieldFault, ...] = ()
