"""Texts of SMS in templates that a platform has approved (短信模板报备).

A platform sends no free text: it is told a template's id and the values of its variables. A
deployment writes down the approved texts with their variables (`${name}` or `{1}`); a text of
ours that reads like one of them goes out by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from haochaping.delivery.addresses import OutgoingFault

_VARIABLE: Final = re.compile(r"\$\{(\w{1,20})\}|\{(\d{1,2})\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A template's id, and the values of its variables in the order of the text."""

    id: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Template:
    """An approved text."""

    id: str
    names: tuple[str, ...]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Template:
        """Return the template that settings state as `id` and `text`."""
        pattern, names, last = "", [], 0
        text = str(given["text"])
        for found in _VARIABLE.finditer(text):
            names.append(found[1] or found[2])
            pattern += re.escape(text[last : found.start()]) + "(.{0,200}?)"
            last = found.end()
        return cls(str(given["id"]), tuple(names), re.compile(pattern + re.escape(text[last:])))

    def filled(self, words: str) -> Filled | None:
        """Return the values with which the template reads like `words`, None if it does not."""
        found = self.pattern.fullmatch(words)
        if found is None:
            return None
        return Filled(self.id, tuple(zip(self.names, found.groups(), strict=True)))


def filled(given: Sequence[Mapping[str, Any]], words: str) -> Filled:
    """Return the first template that reads like `words`. Raises OutgoingFault (not retried)."""
    for one in map(Template.of, given):
        found = one.filled(words)
        if found is not None:
            return found
    raise OutgoingFault("no approved SMS template reads like this text", retry=False)
