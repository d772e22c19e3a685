"""Plugins of the last release still load; hooks that will go are warned of."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from tests.regions import REGIONS

from haochaping.hooks.kinds import Deprecation
from haochaping.kit.asking import alone
from haochaping.kit.hook_examples import Examples
from haochaping.plugins import deprecations, specs
from haochaping.plugins.reference import markdown

RELEASED = Path(__file__).parents[1] / "fixtures" / "plugins-0.1"
LOAD = """
import importlib, sys
from haochaping.kit.asking import Enabled
from haochaping.plugins import PluginManager
from haochaping.plugins.assembly import load_class
for name in sys.argv[1:]:
    found = PluginManager().discover()[name]
    plugin = load_class(found)
    assert 'plugins-0.1' in sys.modules[plugin.__module__].__file__
hooks = PluginManager().assemble(Enabled({name: {} for name in sys.argv[1:]}))
print(len(hooks.plugins))
"""


def test_the_plugins_of_the_last_release_load_with_the_core_of_today() -> None:
    environment = {**os.environ, "PYTHONPATH": str(RELEASED)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, *REGIONS],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"{len(REGIONS)}\n", done.stderr


def test_a_hook_that_will_go_is_warned_of_with_its_replacement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = specs()["case_closed"]
    going = replace(spec.facts, deprecated=Deprecation(2, 3, "case_moved"))
    changed = MappingProxyType({**specs(), "case_closed": replace(spec, facts=going)})
    monkeypatch.setattr(deprecations, "specs", lambda: changed)
    monkeypatch.setattr("haochaping.plugins.reference.specs", lambda: changed)
    said = "hook case_closed is deprecated since 2, removed in 3; use case_moved"
    with pytest.warns(deprecations.PluginDeprecation, match=said):
        alone(Examples, {})
    assert "- deprecated: since 2, removed in 3; use case_moved" in markdown()
