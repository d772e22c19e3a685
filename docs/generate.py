"""Write the pages that are made from the code: hooks, errors, commands, keys, settings, tables.

Run it as `make docs`. Tests compare the pages with what is written here.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import click

from haochaping import doors as opened
from haochaping.cli import main
from haochaping.evaluation.field_codes import FIELD_CODES
from haochaping.kit.data_reference import settings_page, tables_page
from haochaping.kit.snippets import method
from haochaping.kit.value_reference import page as values_page
from haochaping.plugins import PluginManager, specs
from haochaping.plugins.reference import markdown
from haochaping.problems import Problem
from haochaping.profile import Profile
from haochaping.profile import vocabulary as v
from haochaping.profile.changes import Change, changes
from haochaping.profile.explaining import Sentence
from haochaping.rulebook import read_profile

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

FIELDS = """
## Codes of fields

A rating that cannot be taken is `HCP-INVALID-EVALUATION`; its `faults` say for each field what is
wrong, with one of these codes.

| code | 说明 | meaning |
|---|---|---|
"""

COMMANDS = """# Commands

This page is written from the code by `make docs`; a test compares the two. Every command prints
data on stdout and talk on stderr, takes `--help`, and leaves with 0 when all is well, 1 when it
found something, 2 for wrong use, 3 for configuration that cannot be used, 4 when something cannot
be reached, 5 when what is stored is not what was written. `--home`, `--lang` and `--debug` stand
before the command.
"""

DOORS = """# Doors for plugins

This page is written from the code by `make docs`; a test compares the two. Beside the hooks, a
plugin may use these names of the core. They keep what they promise as long as `API_VERSION` does;
everything else of the core may move, and `haochaping plugin check` says where a plugin imports it.
"""

REGIONS = """# How the eight regions are built

This page is written from profiles and plugins by `make docs`; a test compares the two. A region is
a profile, which says what is different from the layer below, each rule with its source, and a
plugin for what no rule can say. The core knows none of them. `haochaping explain NAME` prints all
rules of one, `haochaping plugin trace NAME` what its hooks answer, the README of the plugin why.
"""

PROFILE = """# Keys of a profile

This page is written from the schema by `make docs`; a test compares the two. `haochaping profile
schema` prints the schema itself, which editors read through the first line of a profile:
`# yaml-language-server: $schema=…`. Any value may be written plain or as `{value: …, source: {…}}`;
keys under `[]` belong to each element of a list. Settings of plugins are in the plugins' READMEs.

| key | type | 说明 | meaning | example |
|---|---|---|---|---|
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
    fields = (f"| `{code}` | {one.zh} | {one.en} |\n" for code, one in sorted(FIELD_CODES.items()))
    return ERRORS + "".join(_row(same) for same in by_code.values()) + FIELDS + "".join(fields)


def doors() -> str:
    """Return the page doors.md: every door with its names, signatures and first sentences."""
    found = []
    for module in pkgutil.iter_modules(opened.__path__, f"{opened.__name__}."):
        door = importlib.import_module(module.name)
        found.append(
            f"\n## {module.name}\n\n{door.__doc__}\n\n| name | what it does |\n|---|---|\n"
        )
        found += [
            f"| `{name}{_signed(door, name)}` | {_first(door, name)} |\n" for name in door.__all__
        ]
    return DOORS + "".join(found)


def _signed(door: Any, name: str) -> str:
    """Return the arguments of a function by name, nothing for a class."""
    one = getattr(door, name)
    if inspect.isclass(one):
        return ""
    return f"({', '.join(inspect.signature(one).parameters)})"


def _first(door: Any, name: str) -> str:
    """Return the first sentence of what stands behind a door."""
    return _cell(" ".join(inspect.getdoc(getattr(door, name)).partition("\n\n")[0].split()))


def pages() -> dict[Path, str]:
    """Return every generated page by its path."""
    return {
        HERE / "hooks.md": markdown(method),
        HERE / "errors.md": errors(),
        HERE / "commands.md": commands(),
        HERE / "doors.md": doors(),
        HERE / "profile-reference.md": profile_reference(),
        HERE / "settings.md": settings_page(),
        HERE / "tables.md": tables_page(table_sets()),
        HERE / "values.md": values_page(),
        HERE / "regions.md": regions(),
    }


def table_sets() -> list[tuple[str, Any]]:
    """Return what the plugins of this repository say of their tables, with their names."""
    found = []
    for name, one in sorted(PluginManager().discover().items()):
        if (HERE.parent / "plugins" / name).is_dir():
            method_of = getattr(one.load(), "database_tables", None)
            found += [(name, each) for each in (method_of(None) if method_of is not None else ())]
    return found


def commands() -> str:
    """Return the page commands.md: every command with its arguments and options."""
    return COMMANDS + "".join(_command("haochaping", main, click.Context(main)))


def _command(path: str, command: click.Command, context: click.Context) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name in sorted(command.list_commands(context)):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _command(f"{path} {name}", inner, click.Context(inner, parent=context))
        return
    words = [one.make_metavar(context) for one in command.params if isinstance(one, click.Argument)]
    yield f"\n## {' '.join([path, *words])}\n\n{' '.join((command.help or '').split())}\n"
    options = [one for one in command.params if isinstance(one, click.Option)]
    if options:
        yield "\n| option | |\n|---|---|\n"
    for one in options:
        names = ", ".join(f"`{name}`" for name in one.opts)
        yield f"| {names} | {' '.join((one.help or '').split()).replace('|', '/')} |\n"


def profile_reference() -> str:
    """Return the page profile-reference.md: every key of a profile."""
    found = resources.files("haochaping.profile") / "schema.json"
    schema = json.loads(found.read_text(encoding="utf-8"))
    rows = _keys("", schema, schema.get("$defs", {}))
    return PROFILE + "".join(dict.fromkeys(rows))


def _keys(path: str, schema: Mapping[str, Any], shared: Mapping[str, Any]) -> Iterator[str]:
    for name, given in schema.get("properties", {}).items():
        if name == "source":
            continue
        key, one = f"{path}{name}", {**shared.get(_named(given), {}), **given}
        kind = one.get("type") or ("one of" if "enum" in one else "")
        kind = kind if isinstance(kind, str) else " or ".join(kind)
        allowed = ", ".join(f"`{value}`" for value in one.get("enum", ()))
        example = json.dumps(one["examples"][0], ensure_ascii=False) if one.get("examples") else ""
        shown = example if len(example) <= 90 else f"{example[:88]}…"
        cells = (f"`{key}`", f"{kind} {allowed}".strip(), one.get("x-zh", ""))
        said = (*cells, one.get("description", ""), f"`{shown}`" if shown else "")
        yield "| " + " | ".join(str(cell).replace("|", "/") for cell in said) + " |\n"
        yield from _keys(f"{key}.", one, shared)
        items = one.get("items", {})
        if isinstance(items, Mapping):
            yield from _keys(f"{key}[].", {**shared.get(_named(items), {}), **items}, shared)


def _named(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def regions() -> str:
    """Return the page."""
    manager = PluginManager()
    classes = {name: one.load() for name, one in manager.discover().items()}
    names = sorted(path.name for path in HERE.parent.glob("plugins/*/") if path.name in classes)
    return REGIONS + "".join(part for name in names for part in _region(name, classes[name]))


def _region(name: str, plugin: type[Any]) -> Iterator[str]:
    profile = read_profile(PluginManager(), name)
    below = read_profile(PluginManager(), profile.layers[-2].name)
    place, code = profile.jurisdiction.name.into("en"), profile.jurisdiction.code
    yield f"\n## {place}\n\n"
    layers = " → ".join(f"`{layer.name}`" for layer in profile.layers)
    package = f"plugins/{name}/{plugin.__module__.partition('.')[0]}"
    yield f"{profile.jurisdiction.name.zh} ({code}); layers {layers}; plugin `{package}`.\n"
    yield "\n| hook | kind | what it does here |\n|---|---|---|\n"
    yield from _hooks(plugin)
    yield from _settings(name, plugin, profile)
    yield from _rules(below, profile)


def _hooks(plugin: type[Any]) -> Iterator[str]:
    for spec in specs().values():
        method = getattr(plugin, spec.name, None)
        if method is not None:
            told = (inspect.getdoc(method) or "").partition("\n")[0]
            yield f"| [`{spec.name}`](hooks.md#{spec.name}) | {spec.facts.kind} | {_cell(told)} |\n"


def _settings(name: str, plugin: type[Any], profile: Profile) -> Iterator[str]:
    given = profile.plugins.get(name, {})
    if not given:
        return
    described = _described(plugin)
    yield "\n| setting | what it says | source |\n|---|---|---|\n"
    for key in given:
        told = str(described.get(key, {}).get("description", ""))
        source = v.say_source(profile.source(f"plugins.{name}.{key}")).into("en")
        yield f"| `{key}` | {_cell(told)} | {_cell(source)} |\n"


def _described(plugin: type[Any]) -> Mapping[str, Any]:
    schema = PluginManager().schemas().get(plugin.name) or {}
    found: Mapping[str, Any] = schema.get("properties", {})
    return found


def _rules(below: Profile, profile: Profile) -> Iterator[str]:
    """Yield what the profile says otherwise than the layer below; settings stand above."""
    yield f"\n| rule, otherwise than in `{below.name}` | source |\n|---|---|\n"
    for one in changes(below, profile):
        if not one.key.startswith(("plugins", "jurisdiction", "confirmed")):
            yield f"| {_cell(_told(one))} | {_cell(_source(one.after))} |\n"


def _told(one: Change) -> str:
    if one.after is None:
        return one.words().into("en")
    return one.after.words.into("en")


def _source(sentence: Sentence | None) -> str:
    return v.say_source(sentence.source).into("en") if sentence is not None else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")


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
