"""What a check of a plugin found, in words somebody who wrote it can act on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from haochaping.hooks.values import Words


class Weight(StrEnum):
    """How much a finding weighs: a fault fails the check, a remark is only told."""

    FAULT = "fault"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: what is wrong and what to do, and where (a file, a hook, a setting)."""

    message: Words
    where: str = ""
    weight: Weight = Weight.FAULT

    def text(self, language: str) -> str:
        """Return the finding in one line."""
        said = self.message.into(language)
        return f"{self.where}: {said}" if self.where else said


def fault(zh: str, en: str, where: str = "") -> Finding:
    """Return a finding that fails the check."""
    return Finding(Words(zh, en), where)


def remark(zh: str, en: str, where: str = "") -> Finding:
    """Return a finding that is only told."""
    return Finding(Words(zh, en), where, Weight.REMARK)
