"""The source tree as architecture tests read it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = (
    "core/haochaping",
    "profiles",
    *(f"plugins/{one.name}" for one in (ROOT / "plugins").iterdir()),
)


@dataclass
class Module:
    """One source file: its path from the root, its text and its syntax tree."""

    path: Path
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)

    def at(self, node: ast.AST) -> str:
        """Where a node is, as editors understand it."""
        return f"{self.name}:{getattr(node, 'lineno', 1)}"


def all_modules() -> list[Module]:
    found = [path for source in SOURCES for path in sorted((ROOT / source).rglob("*.py"))]
    return [Module(path) for path in found if "tests" not in path.relative_to(ROOT).parts]


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Every module of the core, of the plugins and of the profiles."""
    return all_modules()


@pytest.fixture(scope="session")
def core(modules: list[Module]) -> list[Module]:
    """Every module of the core."""
    return [module for module in modules if module.name.startswith("core/")]
