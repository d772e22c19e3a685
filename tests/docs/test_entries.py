"""Hooks, settings, commands, error codes and tables: all have an entry, no entry is of nothing."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import click
import pytest
from tests.docs.conftest import ROOT

from haochaping.cli import main
from haochaping.evaluation.field_codes import FIELD_CODES
from haochaping.hooks.services import Services
from haochaping.kit.data_reference import undocumented
from haochaping.plugins import specs
from haochaping.store.tables import metadata

DOCS = ROOT / "docs"
ENTRY = re.compile(r"^\| `([^`]+)` \| (.*)", re.M)
CODE = re.compile(r"HCP-[A-Z0-9]+(?:-[A-Z0-9]+)*(?![A-Z0-9-])")
COMMAND = re.compile(r"(?:^|`)haochaping ((?:[a-z][a-z-]+[ \n`])+)", re.M)
OTHER_NAMES = {"api_version"}
"""Words in the documents that look like a hook of some family and are none."""


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = spec_from_file_location("docs_generate_again", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def written(generate: ModuleType) -> dict[str, str]:
    """The documents that people wrote: guides, READMEs, runbooks."""
    made = set(generate.pages())
    places = ("docs/**/*.md", "README*.md", "plugins/*/README*.md", "examples/*/README*.md")
    files = {file for place in places for file in ROOT.glob(place)} - made
    return {str(file.relative_to(ROOT)): file.read_text("utf-8") for file in sorted(files)}


def entries(page: str) -> dict[str, str]:
    """The first cells of a reference page with the rest of their rows."""
    return dict(ENTRY.findall((DOCS / page).read_text("utf-8")))


def strangers(
    written: dict[str, str], named: Callable[[str], Iterable[str]], known: Iterable[str]
) -> set[tuple[str, str]]:
    """What documents name and is not known, with the document."""
    there = set(known)
    return {(file, one) for file, text in written.items() for one in named(text)} - {
        (file, one) for file in written for one in there
    }


def test_every_hook_has_an_entry_and_every_hook_that_is_named_exists(
    written: dict[str, str],
) -> None:
    page = (DOCS / "hooks.md").read_text("utf-8")
    assert set(re.findall(r"^### ([a-z_]+)$", page, re.M)) == set(specs())
    families = "|".join(sorted({name.partition("_")[0] for name in specs()}))
    word = re.compile(rf"`((?:{families})_[a-z_]+)[`(]")
    assert (
        strangers(written, word.findall, {*specs(), *entries("tables.md"), *OTHER_NAMES}) == set()
    )


def test_every_value_that_hooks_pass_or_return_has_its_fields_told() -> None:
    told = set(re.findall(r"^### (\w+)$", (DOCS / "values.md").read_text("utf-8"), re.M))
    wanted = {
        name
        for spec in specs().values()
        for name in re.findall(r"\b[A-Z]\w+", str(inspect.signature(spec.function)))
    }
    assert wanted - told <= {"Iterable", "Mapping", "None", "Any"}


def test_every_service_is_told() -> None:
    page = (DOCS / "values.md").read_text("utf-8")
    rooms = set(re.findall(r"^### self\.services\.(\w+)$", page, re.M))
    offered = vars(Services).items()
    assert rooms == {name for name, one in offered if isinstance(one, property)}
    guide = (DOCS / "plugins.md").read_text("utf-8")
    assert [room for room in rooms if f"`{room}`" not in guide] == []


@pytest.mark.parametrize("page", ["settings.md", "profile-reference.md"])
def test_every_setting_says_what_it_means(page: str) -> None:
    found = entries(page)
    assert len(found) > 40
    silent = [key for key, row in found.items() if not re.search("[A-Za-z]{3}", row.split("|")[-3])]
    assert silent == []


def test_every_command_is_told_and_every_command_that_is_named_exists(
    written: dict[str, str],
) -> None:
    page = (DOCS / "commands.md").read_text("utf-8")
    told = re.findall(r"^## (haochaping[^A-Z\n\[]*)", page, re.M)
    assert {unknown(one.split()[1:]) for one in told} == {""}
    silent = re.findall(r"^## (.+)\n\n\n", page, re.M)
    assert silent == []
    lost = {
        (file, lost)
        for file, text in written.items()
        for words in COMMAND.findall(text)
        if (lost := unknown(words.strip("`\n ").replace("\n", " ").split()))
    }
    assert lost == set()


def unknown(words: list[str]) -> str:
    """The first words of a command line that are no command, empty when all lead to one."""
    command: click.Command = main
    context = click.Context(main)
    for place, word in enumerate(words):
        if not isinstance(command, click.Group):
            return ""
        found = command.get_command(context, word)
        if found is None:
            return " ".join(words[: place + 1])
        command = found
    return ""


def test_every_code_has_an_entry_and_every_code_that_is_named_exists(
    generate: ModuleType, written: dict[str, str]
) -> None:
    problems = {problem.code for problem in generate.problems()}
    assert set(entries("errors.md")) == problems | set(FIELD_CODES)
    assert problems & set(FIELD_CODES) == set()
    folders = ("core/haochaping/**/*.py", "plugins/*/haochaping_*/**/*.py")
    literal = re.compile(r'"(HCP-[A-Z0-9-]+)"')
    used = {
        code
        for place in folders
        for file in ROOT.glob(place)
        for code in literal.findall(file.read_text("utf-8"))
    }
    assert used - {*problems, *FIELD_CODES} == set()
    assert strangers(written, CODE.findall, {*problems, *FIELD_CODES}) == set()


def test_every_table_says_what_it_holds_and_every_entry_is_of_a_table(
    generate: ModuleType,
) -> None:
    assert undocumented(metadata.tables.values(), ROOT / "core" / "haochaping") == []
    found = entries("tables.md")
    assert all(row.split("|")[0].strip() for row in found.values())
    own = {name for name in found if name in metadata.tables}
    assert own == set(metadata.tables)
    plugins = {path.name for path in Path(ROOT / "plugins").iterdir() if path.is_dir()}
    assert all(name.startswith(tuple(f"{one}_" for one in plugins)) for name in set(found) - own)
