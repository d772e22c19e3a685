"""Doors for plugins name what is there; what plugins import beside them may only fall."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections import Counter
from pathlib import Path

import pytest

from haochaping import doors
from haochaping.kit.check_sources import CONTRACT

ROOT = Path(__file__).parents[2]
DOORS = [one.name for one in pkgutil.iter_modules(doors.__path__, "haochaping.doors.")]

PRIVATE = {
    "chongqing": 0,
    "guangdong": 16,
    "inner_mongolia": 0,
    "shanghai": 0,
    "shenzhen": 0,
    "sichuan": 4,
    "yantai": 0,
    "zhejiang": 0,
}
"""Imports of the core's rooms that are no part of the contract, by plugin. The numbers may only
fall: take a door of `haochaping.doors`, or open one, instead of adding to them."""


def private_imports(plugin: str) -> Counter[str]:
    """The modules of the core that a plugin imports beside the contract, with how often."""
    found: Counter[str] = Counter()
    for file in (ROOT / "plugins" / plugin / f"haochaping_{plugin}").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("haochaping."):
                found[str(node.module)] += 1
            elif isinstance(node, ast.Import):
                found.update(one.name for one in node.names if one.name.startswith("haochaping."))
    return Counter({name: times for name, times in found.items() if not is_public(name)})


def is_public(module: str) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in CONTRACT[1:])


@pytest.mark.parametrize("plugin", sorted(PRIVATE))
def test_private_imports_of_plugins_only_fall(plugin: str) -> None:
    found = private_imports(plugin)
    assert found.total() <= PRIVATE[plugin], found
    assert found.total() == PRIVATE[plugin], "fewer than before: lower the number here"


def test_every_plugin_is_counted() -> None:
    assert {folder.name for folder in (ROOT / "plugins").iterdir() if folder.is_dir()} == {*PRIVATE}


@pytest.mark.parametrize("name", DOORS)
def test_what_a_door_names_is_there_and_told(name: str) -> None:
    door = importlib.import_module(name)
    assert door.__doc__
    assert list(door.__all__) == sorted(door.__all__)
    told = (ROOT / "docs" / "doors.md").read_text(encoding="utf-8")
    for each in door.__all__:
        assert getattr(door, each).__doc__
        assert f"`{each}" in told


def test_every_door_is_used_by_a_plugin_and_by_nothing_in_the_core() -> None:
    """An unused door is a promise for nothing; the core has its rooms."""
    used: set[str] = set()
    for file in ROOT.glob("plugins/*/haochaping_*/**/*.py"):
        text = file.read_text(encoding="utf-8")
        used |= {name for name in DOORS if f"from {name} import" in text}
        used |= {
            name
            for name in DOORS
            for line in text.splitlines()
            if line.startswith("from haochaping.doors import") and name.split(".")[-1] in line
        }
    assert used == set(DOORS)
    for file in ROOT.glob("core/haochaping/**/*.py"):
        if file.parent.name != "doors":
            assert "import haochaping.doors" not in file.read_text(encoding="utf-8"), file
