"""Floors hold, and every module can be imported by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

IMPORT_EACH = """
import importlib, json, os, sys, warnings
import {third_party}

failed = {{}}
for names in json.load(sys.stdin):
    reader, writer = os.pipe()
    if os.fork() == 0:
        said = b""
        for name in names:
            try:
                importlib.import_module(name)
            except BaseException as error:
                said += f"{{name}}: {{type(error).__name__}}: {{error}}; ".encode()
        os.write(writer, said[:1000])
        os._exit(0)
    os.close(writer)
    os.wait()
    said = os.read(reader, 1000).decode()
    os.close(reader)
    if said:
        failed[names[0]] = said
json.dump(failed, sys.stdout)
"""
"""Forks a process per list of modules. What we did not write is imported beforehand, which is quick
and leaves the order of our own modules open."""

THIRD_PARTY = "alembic.config, babel, click, flask, jsonschema, openpyxl, sqlalchemy, yaml"


def import_name(module: Any) -> str:
    path = module.path.relative_to(ROOT)
    parts = list(path.with_suffix("").parts)
    if parts[0] == "profiles":
        parts = ["haochaping", *parts]
    else:
        parts = parts[1:] if parts[0] == "core" else parts[2:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        input=given,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={**os.environ, "COVERAGE_PROCESS_CONFIG": "", "COVERAGE_PROCESS_START": ""},
    )


def importing(names: list[list[str]]) -> dict[str, str]:
    """Import each list of modules in a process of its own; return what failed."""
    program = IMPORT_EACH.format(third_party=THIRD_PARTY)
    done = run("-W", "error", "-c", program, given=json.dumps(names))
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.long
@pytest.mark.timeout(900)  # hundreds of processes: slow where others work too
def test_every_module_imports_alone_and_without_warnings(modules: list[Any]) -> None:
    assert importing([[name] for name in own_names(modules)]) == {}


def test_the_modules_import_backwards_and_without_warnings(modules: list[Any]) -> None:
    assert importing([own_names(modules)[::-1]]) == {}


def own_names(modules: list[Any]) -> list[str]:
    """Return the names of our modules but migrations, in alphabetical order."""
    return sorted(import_name(module) for module in modules if "migrations/" not in module.name)


def test_rooms_import_only_from_lower_floors() -> None:
    done = run("-c", "from importlinter.cli import lint_imports_command as run; run()")
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.fixture(scope="module")
def contracts() -> list[dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return found


def test_the_contracts_name_every_plugin_there_is(contracts: list[dict[str, Any]]) -> None:
    plugins = {
        package.name
        for package in (ROOT / "plugins").glob("*/haochaping_*")
        if (package / "__init__.py").exists()
    }
    independent = next(one for one in contracts if one["type"] == "independence")
    unknown_to_core = contracts[1]
    assert set(independent["modules"]) == plugins
    assert set(unknown_to_core["forbidden_modules"]) == plugins


def test_the_contracts_name_every_room_of_rules(contracts: list[dict[str, Any]]) -> None:
    with_flask = {"cli", "doors", "kit", "testing", "web", "hooks", "translations"}
    rooms = {
        f"haochaping.{folder.name}"
        for folder in (ROOT / "core" / "haochaping").iterdir()
        if (folder / "__init__.py").exists() and folder.name not in with_flask
    }
    assert set(contracts[-1]["source_modules"]) == rooms


def test_plugins_import_only_the_core_and_themselves(modules: list[Any]) -> None:
    import ast

    strange = []
    for module in modules:
        if not module.name.startswith("plugins/"):
            continue
        own = module.name.split("/")[2]
        for node in ast.walk(module.tree):
            names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            strange += [
                f"{module.at(node)} {name}"
                for name in names
                if name.split(".")[0].startswith("haochaping")
                and name.split(".")[0] not in {"haochaping", own}
            ]
    assert strange == []
