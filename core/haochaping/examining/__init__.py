"""Examining a deployment: what is wrong, why it matters, what to do."""

from __future__ import annotations

from typing import Final

from haochaping.containment import contained
from haochaping.deployment import Deployment
from haochaping.examining import (
    apart,
    data,
    evidence,
    exchanging,
    keys,
    machine,
    outside,
    people,
    publishing,
    work,
)
from haochaping.examining.findings import FINE, Check, Finding, Found, Level
from haochaping.hooks.values import Words

__all__ = ["CHECKS", "Check", "Finding", "Found", "Level", "examine"]

CHECKS: Final[tuple[Check, ...]] = (
    *data.CHECKS,
    *machine.CHECKS,
    *keys.CHECKS,
    *evidence.CHECKS,
    *work.CHECKS,
    *outside.CHECKS,
    *exchanging.CHECKS,
    *people.CHECKS,
    *apart.CHECKS,
    *publishing.CHECKS,
)
"""Every check, the most basic first."""


def examine(deployment: Deployment) -> tuple[Finding, ...]:
    """Run every check; one that fails itself is a fault and keeps no other from running."""
    return tuple(found for check in CHECKS for found in run(deployment, check))


def run(deployment: Deployment, check: Check) -> tuple[Finding, ...]:
    """Run one check in a transaction of its own."""

    def call() -> tuple[Found, ...]:
        with deployment.store.read() as conn:
            return tuple(check.look(deployment, conn))

    result = contained(f"check {check.name}", call)
    if result.value is None:
        what = Words(f"检查未能完成：{result.message}", f"the check failed: {result.message}")
        return (Finding(check.name, Level.FAULT, what, check.why, check.fix),)
    return tuple(_finding(check, found) for found in result.value) or (
        Finding(check.name, Level.FINE, FINE),
    )


def _finding(check: Check, found: Found) -> Finding:
    return Finding(check.name, found.level, found.what, check.why, found.fix or check.fix)
