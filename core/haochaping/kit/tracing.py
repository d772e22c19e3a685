"""Asking every hook that decides once, to see which plugins answer, in which order, and what."""

from __future__ import annotations

from pathlib import Path

from haochaping.hooks.kinds import HookKind
from haochaping.kit import samples
from haochaping.kit.asking import OnlyLookup
from haochaping.plugins import Enabling, Hooks, specs
from haochaping.settings import plugin_manager


def lines(profile: Enabling, home: Path | None = None, only: str = "") -> list[str]:
    """Return one line for each implementation asked: hook, plugin, time, answer masked.

    `only` names one hook; others are left out. Raises DeploymentRefused.
    """
    told: list[str] = []
    assembled = plugin_manager(home).assemble(profile, lambda name: OnlyLookup())
    hooks = Hooks(assembled.plugins, trace=told.append)
    for spec in specs().values():
        if spec.facts.kind is HookKind.DECIDES and only in ("", spec.name):
            hooks.decide(spec.name, **samples.passed(spec))
    return told
