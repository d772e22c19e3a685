"""The plugins' own tests use what a vendor has: the contract and `haochaping.testing`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from haochaping.kit.check_sources import CONTRACT

ROOT = Path(__file__).parents[2]
PUBLIC = (*CONTRACT[1:], "haochaping.testing")
FILES = sorted([*ROOT.glob("plugins/*/tests/*.py"), *ROOT.glob("examples/*/tests/*.py")])


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inside = {f"{node.module}.{one.name}" for one in node.names}
            found |= inside if node.module == "haochaping" else {node.module}
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_test_of_a_plugin_imports_the_public_surface_alone(file: Path) -> None:
    core = {name for name in imported(file) if name.startswith("haochaping.")}
    face = {f"haochaping.{name}" for name in ("Plugin", "hookimpl", "API_VERSION")}
    private = {
        name
        for name in core - face
        if not any(name == one or name.startswith(f"{one}.") for one in PUBLIC)
    }
    assert private == set()


def test_every_plugin_has_tests() -> None:
    tested = {file.parents[1].name for file in FILES}
    assert {folder.name for folder in (ROOT / "plugins").iterdir() if folder.is_dir()} <= tested
