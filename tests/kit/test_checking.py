"""`plugin check`: good plugins pass, and each fault is told by the check that looks for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.regions import REGIONS

from haochaping.cli import main
from haochaping.kit.checking import CHECKS, GROUPS, run
from haochaping.kit.scaffold import Order, write
from haochaping.kit.target import find
from haochaping.plugins import specs

ROOT = Path(__file__).parents[2]
QUICK = ("package", "settings", "hooks", "texts", "source", "prefix", "declared", "sqlite")
OF_SCHEMA = '"call_days": {'
Spoil = Callable[[Path], None]


def check(*words: str) -> Result:
    return CliRunner().invoke(main, ["--lang", "en", "plugin", "check", *words])


def replace(file: str, old: str, new: str) -> Spoil:
    def spoil(package: Path) -> None:
        path = package / file.replace("PKG", f"haochaping_{package.name}")
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return spoil


SPOILT: dict[str, tuple[Spoil, str]] = {
    "observers": (
        replace(
            "PKG/plugin.py", "        keep(self.services, event)", '        raise ValueError("x")'
        ),
        "case_closed",
    ),
    "titles": (replace("PKG/plugin.py", 'title_en = "Hunan"', 'title_en = ""'), "title_en"),
    "api": (replace("PKG/plugin.py", "    api_version = 1\n", ""), "not stated"),
    "licence": (replace("setup.cfg", "license = Apache-2.0\n", ""), "proprietary one will do"),
    "contact": (replace("setup.cfg", "author_email = plugins@example.org\n", ""), "e-mail"),
    "readme": (
        lambda package: [f.unlink() for f in package.glob("README*")],
        "README.md is missing",
    ),  # type: ignore[dict-item, misc, return-value]
    "readme-example": (replace("README.md", "call_days: 3", "call_day: 3"), "there is no setting"),
    "profiles": (replace("PKG/profiles/NAME.yaml", "base", "bace"), "no profile named"),
    "schema": (replace("PKG/config.schema.json", OF_SCHEMA, "call_days: {"), "cannot be used"),
    "closed": (
        replace("PKG/config.schema.json", '"additionalProperties": false,', ""),
        "misspelt key",
    ),
    "described": (
        replace("PKG/config.schema.json", '"description"', '"$comment"'),
        "no description",
    ),
    "examples": (
        replace("PKG/config.schema.json", OF_SCHEMA, '"to": {"type": "string"}, "call_days": {'),
        "no examples",
    ),
    "defaults": (replace("PKG/config.schema.json", '"default": 3', '"default": 99'), "99"),
    "known": (replace("PKG/plugin.py", "def case_closed", "def case_close"), "Did you mean"),
    "arguments": (replace("PKG/plugin.py", "self, case: CaseView", "self, cas: CaseView"), "case"),
    "options": (
        replace(
            "PKG/plugin.py", "@hookimpl\n    def case", "@hookimpl(tryfirst=True)\n    def case"
        ),
        "no options",
    ),
    "marked": (replace("PKG/plugin.py", "@hookimpl\n    def case", "def case"), "not marked"),
    "synchronous": (replace("PKG/plugin.py", "def case_closed", "async def case_closed"), "async"),
    "assembled": (
        replace("PKG/plugin.py", "return [BoardSpec(", "return ['x', BoardSpec("),
        "BoardSpec",
    ),
    "references": (replace("PKG/plugin.py", ".pages:overview", ".pages:gone"), "has no gone"),
    "prefix": (replace("PKG/tables.py", '"NAME_note"', '"note"'), "must begin with"),
    "declared": (replace("PKG/tables.py", '"outcome"', '"diary"'), "NAME_note.diary"),
    "sqlite": (
        replace(
            "PKG/migrations/versions/m0001_notes.py", '    op.drop_table("NAME_note")', "    pass"
        ),
        "left after the downgrade",
    ),
    "translations": (
        replace("PKG/templates/NAME/overview.html", "件数", "多少件"),
        "has no English",
    ),
    "words": (replace("PKG/plugin.py", '"Answers on time"', '""'), "has no English"),
    "templates": (
        replace("PKG/templates/NAME/overview.html", "{%- endfor %}", ""),
        "no template",
    ),
    "plugins": (
        replace("PKG/notes.py", "from typing", "import haochaping_zhejiang\nfrom typing"),
        "imports another plugin",
    ),
    "core": (
        replace("PKG/notes.py", "from typing", "import haochaping.catalog.tables\nfrom typing"),
        "may move",
    ),
    "careful": (replace("PKG/notes.py", "from typing", "import socket\nfrom typing"), "network"),
    "exceptions": (
        replace(
            "PKG/notes.py",
            "    with services",
            "    try:\n        pass\n    except:\n        pass\n    with services",
        ),
        "catches everything",
    ),
}


@pytest.fixture
def package(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A plugin as `plugin new` writes it, of a name that no other test imports."""
    name = f"hunan_{request.node.callspec.params['name'].replace('-', '_')}"
    write(Order(name, "430000"), tmp_path / name)
    return tmp_path / name


def named(spoil: Spoil, package: Path) -> None:
    """Spoil a package in a copy of the rule that names it."""
    cells = spoil.__closure__
    if cells and spoil.__qualname__.startswith("replace"):
        values = dict(
            zip(spoil.__code__.co_freevars, (c.cell_contents for c in cells), strict=True)
        )
        values = {key: str(value).replace("NAME", package.name) for key, value in values.items()}
        spoil = replace(values["file"], values["old"], values["new"])
    spoil(package)


@pytest.mark.parametrize("name", SPOILT)
def test_each_fault_is_found_by_its_check(package: Path, name: str) -> None:
    spoil, told = SPOILT[name]
    named(spoil, package)
    done = check(str(package), "--only", name)
    assert done.exit_code == 1, done.output
    assert told.replace("NAME", package.name) in done.stdout


NAMED = {
    "dialect": ("uplink: {dialect: provinz}", "there is no dialect “provinz”"),
    "signature": ("uplink: {receive: {crypto: sm5}}", "“sm5”"),
    "channel": ("uplink: {receive: {channels: {'9': pigeon}}}", "“pigeon”"),
}


@pytest.mark.parametrize("name", NAMED)
def test_names_of_the_exchange_in_its_profiles_are_judged(package: Path, name: str) -> None:
    section, told = NAMED[name]
    file = package / f"haochaping_{package.name}" / "profiles" / f"{package.name}.yaml"
    file.write_text(f"{file.read_text('utf-8')}{section}\n", "utf-8")
    done = check(str(package), "--only", "profiles")
    assert done.exit_code == 1, done.output
    assert told in done.stdout


@pytest.mark.parametrize("region", REGIONS)
def test_the_plugins_of_all_regions_pass(region: str) -> None:
    faults = [
        one.text("en")
        for outcome in run(find(region), QUICK)
        if outcome.failed
        for one in outcome.findings
    ]
    assert faults == []


@pytest.mark.parametrize("name", ["all"])
def test_a_new_plugin_passes_every_check(package: Path, name: str) -> None:
    done = check(str(package), "--json")
    assert done.exit_code == 0, done.stdout
    document = json.loads(done.stdout)
    assert len(document["checks"]) == len(CHECKS) >= 40
    assert {one["group"] for one in document["checks"]} == set(GROUPS)
    assert all(one["ok"] for one in document["checks"])


@pytest.mark.long
def test_a_new_plugin_with_every_hook_passes_every_check(tmp_path: Path) -> None:
    write(Order("hunan_whole", "430000", hooks=tuple(specs())), tmp_path / "it")
    done = check(str(tmp_path / "it"), "--json")
    assert done.exit_code == 0, done.stdout
    assert all(one["ok"] for one in json.loads(done.stdout)["checks"])


@pytest.mark.parametrize("example", ["plugin-minimal", "plugin-oidc"])
def test_the_examples_pass(example: str) -> None:
    done = check(str(ROOT / "examples" / example), "--only", ",".join(QUICK))
    assert done.exit_code == 0, done.stdout


def test_a_proprietary_licence_will_do(tmp_path: Path) -> None:
    order = Order("hunan_private", "430000", licence="Proprietary", email="kit@vendor.example")
    write(order, tmp_path / "it")
    done = check(str(tmp_path / "it"), "--only", "package")
    assert done.exit_code == 0, done.stdout


@pytest.mark.parametrize("name", ["named"])
def test_a_name_that_is_not_the_entry_points_is_told_at_once(package: Path, name: str) -> None:
    old, new = f'    name = "{package.name}"', '    name = "other"'
    replace("PKG/plugin.py", old, new)(package)
    done = check(str(package))
    assert done.exit_code == 2
    assert "must equal the entry point's name" in done.stderr


def test_what_is_no_plugin_is_told_so(tmp_path: Path) -> None:
    assert "installed: " in check("zhejang").stderr
    assert check(str(tmp_path)).exit_code == 2


def test_a_single_file_is_checked_as_well(tmp_path: Path) -> None:
    file = tmp_path / "lakeside.py"
    file.write_text(
        "from haochaping import Plugin\nclass Lakeside(Plugin):\n    name = 'lakeside'\n", "utf-8"
    )
    done = check(str(file), "--only", "titles,api")
    assert done.exit_code == 1
    assert "title_zh" in done.stdout
