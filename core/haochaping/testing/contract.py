"""Assertions on a plugin as a whole: its hooks keep the contract, its answers are as on file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from haochaping.containment import contained
from haochaping.hooks.plugin import Plugin
from haochaping.kit import contract, samples
from haochaping.kit.contract import Subject

REWRITE: Final = "HAOCHAPING_GOLDEN"
"""Set to `write`, golden files are written instead of compared."""


def assert_hook_contract(plugin: type[Plugin], settings: Mapping[str, Any] | None = None) -> None:
    """Ask every hook that decides about golden evaluations and junk.

    Raises AssertionError with all that was found: failures, other types, answers that
    differ when asked again, clock, network, services other than look-ups, slowness.
    Raises DeploymentRefused when the plugin cannot be assembled.
    """
    found = contract.findings(plugin, settings or {})
    if found:
        raise AssertionError("\n".join(f"{plugin.name}: {one.text('en')}" for one in found))


def assert_golden(
    plugin: type[Plugin], file: Path, settings: Mapping[str, Any] | None = None
) -> None:
    """Compare what the plugin answers to the golden evaluations with the text in `file`.

    With HAOCHAPING_GOLDEN=write the file is written. Raises AssertionError with the lines
    that differ.
    """
    lines = list(_lines(Subject(plugin, settings or {})))
    if os.environ.get(REWRITE) == "write":
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    expected = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    other = [line for line in lines if line not in expected]
    gone = [line for line in expected if line not in lines]
    if other or gone:
        told = [f"+ {line}" for line in other] + [f"- {line}" for line in gone]
        hint = f"answers differ from {file.name}; if they should, run with {REWRITE}=write"
        raise AssertionError("\n".join([hint, *told[:40]]))


def _lines(subject: Subject) -> Iterator[str]:
    for one in subject.deciders():
        for number, question in enumerate(samples.every(one.spec), start=1):
            result = contained(one.spec.name, partial(one.answer, question))
            said = repr(result.value) if result.ok else f"! {type(result.error).__name__}"
            if said not in ("None", "()"):
                yield f"{one.spec.name} {number:03}: {said}"
