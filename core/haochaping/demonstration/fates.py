"""What becomes of bad reviews in the demonstration: stories as steps on working days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType
from typing import Final

OPENED, DUE = "opened", "due"


@dataclass(frozen=True, slots=True)
class Step:
    """An action so many working days after the case was opened, or after it was due."""

    days: int
    at: time
    action: str
    after: str = OPENED


def _steps(*told: tuple[int, str, str]) -> tuple[Step, ...]:
    return tuple(Step(days, time.fromisoformat(at), action) for days, at, action in told)


_BEGUN: Final = _steps((1, "09:40", "take_up"), (1, "10:10", "contact"))
_RECTIFIED: Final = (
    *_BEGUN,
    *_steps((2, "09:30", "rectify"), (3, "15:20", "reply"), (5, "10:30", "confirm")),
)

FATES: Final[Mapping[str, tuple[Step, ...]]] = MappingProxyType(
    {
        "rectified": _RECTIFIED,
        "explained": (
            *_BEGUN,
            *_steps(
                (1, "15:30", "find"),
                (2, "10:00", "explain"),
                (3, "11:00", "reply"),
                (4, "16:00", "confirm"),
            ),
        ),
        "accepted": (
            *_BEGUN,
            *_steps((1, "11:30", "rectify"), (2, "14:30", "reply"), (3, "19:40", "accept")),
            *_steps((5, "10:00", "visit")),
        ),
        "late": (
            *_BEGUN,
            *_steps((3, "09:30", "rectify"), (4, "08:50", "direct")),
            Step(1, time(15, 0), "reply", DUE),
            Step(3, time(10, 0), "confirm", DUE),
        ),
        "contested": (
            *_RECTIFIED[:-1],
            *_steps(
                (4, "20:10", "contest"),
                (5, "09:50", "rectify"),
                (5, "10:20", "join"),
                (5, "16:10", "partner_done"),
                (6, "16:30", "reply"),
                (8, "10:00", "confirm"),
            ),
        ),
        "appeal_upheld": (
            *_BEGUN,
            *_steps((2, "09:30", "appeal"), (3, "10:00", "endorse"), (4, "15:00", "uphold")),
        ),
        "appeal_rejected": (
            *_BEGUN,
            *_steps(
                (2, "09:30", "appeal"),
                (3, "10:00", "reject"),
                (3, "14:20", "rectify"),
                (4, "15:00", "reply"),
                (6, "10:00", "confirm"),
            ),
        ),
        "withdrawn": _steps((0, "19:30", "withdraw")),
        "amended": (*_BEGUN, *_steps((2, "19:10", "amend"), (3, "10:20", "confirm_withdrawal"))),
        "answered": _RECTIFIED[:-1],
        "appealing": (*_BEGUN, *_steps((1, "11:00", "appeal"))),
        "under_way": (*_BEGUN, *_steps((1, "14:40", "rectify"))),
        "taken_up": _steps((1, "09:40", "take_up")),
        "untouched": (),
    }
)
"""Every story by name. Steps that lie in the future never happen."""

ORDINARY: Final = (
    ("rectified", 50.0),
    ("accepted", 18.0),
    ("explained", 12.0),
    ("late", 5.0),
    ("contested", 4.0),
    ("appeal_rejected", 4.0),
    ("withdrawn", 4.0),
    ("amended", 3.0),
)
"""What becomes of a bad review that no other story is meant for."""
