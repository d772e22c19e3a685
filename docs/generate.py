"""Write the pages that are made from the code: hooks.md and errors.md.

Run it as `make docs`. Tests compare the pages with what is written here.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from haochaping.plugins.reference import markdown
from haochaping.problems import Problem

HERE = Path(__file__).parent
PLUGINS = sorted(path.name for path in HERE.parent.glob("plugins/*/haochaping_*"))

ERRORS = """# Error codes

This page is written from the code by `make docs`; a test compares the two.
The API answers an error as a problem document (RFC 9457) with `code`, `title`, `status` and
`detail`; a page shows the same in words; the command line prints it and exits with the code in the
column `exit`.

| code | status | exit | 说明 | meaning | where it comes from |
|---|---|---|---|---|---|
"""


def problems() -> list[type[Problem]]:
    """Return every kind of problem that core and plugins know, by code."""
    for package in ("haochaping", *PLUGINS):
        _import_all(package)
    return sorted(set(_below(Problem)), key=lambda problem: (problem.code, problem.__module__))


def errors() -> str:
    """Return the page errors.md."""
    by_code: dict[str, list[type[Problem]]] = {}
    for problem in problems():
        by_code.setdefault(problem.code, []).append(problem)
    return ERRORS + "".join(_row(same) for same in by_code.values())


def pages() -> dict[Path, str]:
    """Return every generated page by its path."""
    return {HERE / "hooks.md": markdown(), HERE / "errors.md": errors()}


def _row(same: list[type[Problem]]) -> str:
    from haochaping.cli.reporting import exit_code_of

    first = same[0]
    title = first.title
    told = " ".join((inspect.getdoc(first) or "").split("\n\n")[0].split())
    return (
        f"| `{first.code}` | {first.status} | {exit_code_of(first)} | {title.zh} | {title.en} |"
        f" {told.replace('|', '/')} |\n"
    )


def _below(problem: type[Problem]) -> Iterator[type[Problem]]:
    yield problem
    for inner in problem.__subclasses__():
        if inner.__module__.startswith("haochaping"):
            yield from _below(inner)


def _import_all(package: str) -> None:
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}."):
        if ".migrations." not in module.name:
            importlib.import_module(module.name)


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
