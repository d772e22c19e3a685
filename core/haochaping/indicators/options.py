"""Option lists: the reasons a rater can choose for a grade, by version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml

from haochaping.hooks.values import Grade, Words


class UnknownOptionList(LookupError):
    """No option list has this name."""


@dataclass(frozen=True, slots=True)
class Option:
    """One reason: its code, its grade, its wording; `core` ones are always offered.

    A retired option is only read back, never offered or accepted.
    """

    code: str
    grade: Grade
    label: Words
    core: bool
    retired: bool = False


@dataclass(frozen=True, slots=True)
class OptionList:
    """A versioned list of options, those in force and those retired, by code."""

    name: str
    version: int
    options: Mapping[str, Option]
    retired: Mapping[str, Option]

    def of_grade(self, grade: Grade) -> tuple[Option, ...]:
        """Return the options in force for a grade, core ones first, in the list's order."""
        fitting = [option for option in self.options.values() if option.grade == grade]
        return tuple(sorted(fitting, key=lambda option: not option.core))

    def reasons(self, grade: Grade, shown: int) -> tuple[Option, ...]:
        """Return at most `shown` reasons for a form; the core ones are always among them."""
        return tuple(
            option
            for place, option in enumerate(self.of_grade(grade))
            if option.core or place < shown
        )

    def find(self, code: str) -> Option | None:
        """Return an option, in force or retired, or None when the code is unknown."""
        return self.options.get(code) or self.retired.get(code)

    def label(self, code: str) -> Words:
        """Return the wording of a stored code; an unknown one is read back as it stands."""
        found = self.find(code)
        return Words(code, code) if found is None else found.label


@cache
def option_list(name: str) -> OptionList:
    """Return an option list of the package. Raises UnknownOptionList."""
    file = resources.files(__package__) / f"{name}.yaml"
    if not name.isidentifier() or not file.is_file():
        raise UnknownOptionList(name)
    return _read(yaml.safe_load(file.read_text(encoding="utf-8")))


def _read(data: Mapping[str, Any]) -> OptionList:
    options = [_option(entry) for entry in data["options"]]
    retired = [_retired(code) for span in data["retired"] for code in _codes(span)]
    return OptionList(
        name=data["name"],
        version=data["version"],
        options=MappingProxyType({option.code: option for option in options}),
        retired=MappingProxyType({option.code: option for option in retired}),
    )


def _option(entry: Mapping[str, Any]) -> Option:
    code = entry["code"]
    return Option(code, _grade(code), Words(entry["zh"], entry["en"]), entry["core"])


def _codes(span: Mapping[str, Any]) -> list[str]:
    return [str(code) for code in range(int(span["first"]), int(span["last"]) + 1)]


def _retired(code: str) -> Option:
    label = Words(f"旧版选项 {code}", f"Option {code} of an older list")
    return Option(code, _grade(code), label, core=False, retired=True)


def _grade(code: str) -> Grade:
    return Grade(int(code[0]))
