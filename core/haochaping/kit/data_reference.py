"""The reference of tables and of a deployment's settings, written from code and schema."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module, resources
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Table

from haochaping.access.retention import CORE, Declared, of_plugin
from haochaping.hooks.deployment import TableSet
from haochaping.store.tables import metadata

TABLES: Final = """# Tables

This page is written from the code by `make docs`; a test compares the two. Tables are made and
changed by `haochaping migrate` alone; a plugin's own are prefixed with its name. Moments are
microseconds since 1970 in UTC, flags 0 or 1. A column in *italics* holds personal data: how long
each is kept says [privacy.md](privacy.md). Columns that end in `_sealed` are encrypted, those that
end in `_mac` keyed hashes.
"""

SETTINGS: Final = """# Settings of a deployment

This page is written from the schema by `make docs`; a test compares the two. They stand in
`deployment.yaml` in the deployment's folder, and say where and how the service runs; what is fair
says the [profile](profiles.md). Secrets are files in `secrets/` or variables
`HAOCHAPING_SECRET_…`, never settings.

| key | type | meaning | example |
|---|---|---|---|
"""


def tables_page(plugins: Iterable[tuple[str, TableSet]]) -> str:
    """Return the page tables.md: every table of the core, then those of the plugins given."""
    said = _said(Path(__file__).parents[1])
    found = [TABLES]
    for room, tables in _rooms(metadata.tables.values(), said).items():
        found += [f"\n## {room}\n\n", *_rows(tables, said, CORE)]
    for plugin, one in plugins:
        module, _, name = one.metadata.partition(":")
        own = import_module(module)
        words = _said(Path(str(own.__file__)).parent)
        tables = list(getattr(own, name).tables.values())
        found += [f"\n## Plugin {plugin}\n\n", *_rows(tables, words, of_plugin(one))]
    return "".join(found)


def undocumented(tables: Iterable[Table], folder: Path) -> list[str]:
    """Return the tables below a folder of sources that are declared without a word on them."""
    said = _said(folder)
    return sorted(table.name for table in tables if not said.get(table.name, ("", ""))[1])


def settings_page() -> str:
    """Return the page settings.md: every key of deployment.yaml."""
    file = resources.files("haochaping") / "settings.schema.json"
    return SETTINGS + "".join(_keys("", json.loads(file.read_text(encoding="utf-8"))))


def _said(folder: Path) -> dict[str, tuple[str, str]]:
    """Return the room and the words of every table that sources below a folder declare."""
    found: dict[str, tuple[str, str]] = {}
    for file in sorted(folder.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if file.stem.startswith("tables") or "able(\n" in text:
            room = file.relative_to(folder).parts[0].removesuffix(".py")
            body = ast.parse(text).body
            for node, behind in zip(body, [*body[1:], None], strict=True):
                name = _declared(node)
                if name:
                    found.setdefault(name, (room, _words(behind)))
    return found


def _declared(node: ast.stmt) -> str:
    """Return the text that a statement makes something of: perhaps a table of that name."""
    call = getattr(node, "value", None)
    if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(call, ast.Call):
        return ""
    first = call.args[0] if call.args else None
    text = first.value if isinstance(first, ast.Constant) else None
    return text if isinstance(text, str) else ""


def _words(node: ast.stmt | None) -> str:
    value = node.value if isinstance(node, ast.Expr) else None
    return " ".join(str(value.value).split()) if isinstance(value, ast.Constant) else ""


def _rooms(tables: Iterable[Table], said: Mapping[str, tuple[str, str]]) -> dict[str, list[Table]]:
    rooms: dict[str, list[Table]] = {}
    for table in tables:
        rooms.setdefault(said[table.name][0], []).append(table)
    return dict(sorted(rooms.items()))


def _rows(
    tables: Iterable[Table], said: Mapping[str, tuple[str, str]], declared: Declared
) -> Iterator[str]:
    yield "| table | what it holds | columns |\n|---|---|---|\n"
    for table in sorted(tables, key=lambda one: one.name):
        columns = ", ".join(_column(table.name, one, declared) for one in table.columns)
        yield f"| `{table.name}` | {_cell(said[table.name][1])} | {columns} |\n"


def _column(table: str, column: Column[Any], declared: Declared) -> str:
    name = f"`{column.name}`"
    return f"*{name}*" if f"{table}.{column.name}" in declared.personal else name


def _keys(path: str, schema: Mapping[str, Any]) -> Iterator[str]:
    for name, one in schema.get("properties", {}).items():
        key = f"{path}{name}"
        kind = one.get("type", "one of" if "enum" in one else "")
        allowed = ", ".join(f"`{value}`" for value in one.get("enum", ()))
        words = f"{kind if isinstance(kind, str) else ' or '.join(kind)} {allowed}".strip()
        example = json.dumps(one["examples"][0], ensure_ascii=False) if one.get("examples") else ""
        shown = f"`{_cell(example)}`" if example else ""
        yield f"| `{key}` | {words} | {_cell(one.get('description', ''))} | {shown} |\n"
        yield from _keys(f"{key}.", one)
        for inner in (one.get("items"), one.get("additionalProperties")):
            if isinstance(inner, Mapping):
                yield from _keys(f"{key}[].", inner)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")
