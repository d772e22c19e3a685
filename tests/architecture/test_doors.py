"""Doors for plugins name what is there; plugins import nothing private beside them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import haochaping
from haochaping import doors
from haochaping.kit.check_sources import CONTRACT

ROOT = Path(__file__).parents[2]
DOORS = [one.name for one in pkgutil.iter_modules(doors.__path__, "haochaping.doors.")]

PLUGINS = sorted(folder.name for folder in (ROOT / "plugins").iterdir() if folder.is_dir())


def imported(file: Path) -> Iterator[str]:
    """Yield the modules of the core that a file imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "haochaping":
            modules = {one.name for one in node.names} - {*haochaping.__all__}
            yield from (f"haochaping.{one}" for one in modules)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("haochaping."):
            yield str(node.module)
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.startswith("haochaping."))


def is_public(module: str) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in CONTRACT[1:])


@pytest.mark.parametrize("plugin", PLUGINS)
def test_no_plugin_imports_anything_private_of_the_core(plugin: str) -> None:
    files = sorted((ROOT / "plugins" / plugin / f"haochaping_{plugin}").rglob("*.py"))
    assert files
    private = {
        f"{file.name}: {one}" for file in files for one in imported(file) if not is_public(one)
    }
    assert private == set(), "take a door of haochaping.doors, or open one"


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
