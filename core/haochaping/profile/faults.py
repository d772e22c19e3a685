"""What is wrong with a profile, said so that a person can put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from haochaping.hooks.values import Words
from haochaping.problems import Problem

SHOWN: Final = 60
"""Characters of a wrong value that a message repeats."""


NOTHING: Final = Words("")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it is, what was found, what was expected.

    `line` counts from 1; 0 means the file as a whole. `key` is the dotted path,
    empty for the file. `nearest` is a valid key that resembles an unknown one.
    """

    file: str
    line: int
    key: str
    message: Words
    expected: Words = NOTHING
    example: str = ""
    nearest: str = ""

    @property
    def place(self) -> str:
        """Where the fault is: `file`, `file:line` or `file:line:key`."""
        parts = [self.file, str(self.line) if self.line else "", self.key]
        return ":".join(part for part in parts if part)

    def text(self, language: str) -> str:
        """Return the fault in one line in `language`."""
        english = language.startswith("en")
        labels = (
            ("expected", "example", "did you mean") if english else ("应为", "例如", "是否想写")
        )
        values = (self.expected.into(language), self.example, self.nearest)
        more = [
            f"{label}{': ' if english else '：'}{value}" for label, value in _said(labels, values)
        ]
        return f"{self.place}: " + ("; " if english else "；").join(
            [self.message.into(language), *more]
        )

    def document(self, language: str) -> dict[str, Any]:
        """Return the fault as plain data for machines."""
        return {
            "file": self.file,
            "line": self.line,
            "key": self.key,
            "message": self.message.into(language),
            "expected": self.expected.into(language),
            "example": self.example,
            "nearest": self.nearest,
        }


def _said(labels: Sequence[str], values: Sequence[str]) -> list[tuple[str, str]]:
    """Return the labels whose value says something, with it."""
    return [(label, value) for label, value in zip(labels, values, strict=True) if value]


class ProfileError(Problem):
    """A profile cannot be used; carries all its faults at once. CLI exit code 3."""

    code: ClassVar[str] = "HCP-PROFILE"
    status: ClassVar[int] = 500
    title: ClassVar[Words] = Words("配置档无法使用", "The profile cannot be used")

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            Words(
                "\n".join(fault.text("zh") for fault in self.faults),
                "\n".join(fault.text("en") for fault in self.faults),
            )
        )


def shown(value: object) -> str:
    """Return a wrong value as a message repeats it: short, on one line, as YAML writes it."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    text = " ".join(("null" if value is None else str(value)).split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
