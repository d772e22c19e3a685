"""Every text that people see has an English wording; the Chinese is the text itself."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract, extract_from_dir
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from haochaping.web import i18n
from haochaping.web.languages import catalogue_files

ROOT = Path(__file__).parent.parent.parent
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
PLUGINS = sorted((ROOT / "plugins").glob("*/haochaping_*"))
PACKAGES = [ROOT / "core" / "haochaping", *PLUGINS]
LINE_STATEMENTS = {"trimmed": "true", "silent": "false"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def texts_of(package: Path) -> Iterator[tuple[str, str]]:
    """Every text marked for translation in a package's Python and templates, with its place."""
    methods = [("**/templates/**.html", babel_extract), ("**.py", "python")]
    for method in methods:
        found = extract_from_dir(package, [method], {method[0]: LINE_STATEMENTS}, KEYWORDS)
        for file, line, message, _comments, _context in found:
            for text in [message] if isinstance(message, str) else message:
                yield text, f"{file}:{line}"


def english(package: Path) -> dict[str, str]:
    """English wordings of a package, from all its catalogues."""
    wordings: dict[str, str] = {}
    for po in catalogue_files(package / "translations", "en"):
        with po.open("rb") as source:
            for message in read_po(source, abort_invalid=True):
                one = message.id if isinstance(message.id, str) else message.id[0]
                first = message.string if isinstance(message.string, str) else message.string[0]
                if one and "fuzzy" not in message.flags:
                    wordings[one] = first
    return wordings


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_text_has_an_english_wording(package: Path) -> None:
    known = english(PACKAGES[0]) | english(package)
    missing = {text: place for text, place in texts_of(package) if not known.get(text)}
    stubs = "\n".join(f'\n#: {place}\nmsgid "{text}"\nmsgstr ""' for text, place in missing.items())
    assert not missing, f"add to {package.name}/translations/en/LC_MESSAGES/<room>.po:\n{stubs}"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_no_catalogue_keeps_a_text_that_nothing_shows(package: Path) -> None:
    used = {text for text, _place in texts_of(package)}
    assert sorted(set(english(package)) - used) == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_the_english_wording_fills_in_the_same_values(package: Path) -> None:
    wrong = [one for one, other in english(package).items() if values_in(one) != values_in(other)]
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_the_english_wording_is_no_chinese(package: Path) -> None:
    assert [text for text in english(package).values() if CHINESE.search(text)] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_no_chinese_stands_unmarked_in_a_template(package: Path) -> None:
    found = []
    for template in sorted(package.glob("**/templates/**/*.html")):
        plain = re.sub(
            r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", template.read_text("utf-8"), flags=re.S
        )
        plain = plain.replace('<span class="seal" aria-hidden="true">评</span>', "")
        plain = plain.replace('<div class="seal giant" aria-hidden="true">评</div>', "")
        found += [
            f"{template.name}: {line.strip()}"
            for line in plain.splitlines()
            if CHINESE.search(line)
        ]
    assert found == []


def test_catalogues_of_plugins_are_merged_and_the_core_wins() -> None:
    texts = i18n.load([files("haochaping") / "translations"], "en")
    assert texts.ugettext("隐私说明") == "Privacy"


def test_a_text_without_a_wording_is_shown_in_chinese() -> None:
    texts = i18n.load([files("haochaping") / "translations"], "en")
    assert texts.ugettext("没有人翻译过的话") == "没有人翻译过的话"


def test_an_unknown_language_shows_the_chinese_texts() -> None:
    assert i18n.Catalogues(["haochaping"], ["en"]).texts("fr").ugettext("隐私说明") == "隐私说明"


def values_in(text: str) -> set[str]:
    """Names of the values that are filled into a text."""
    return set(re.findall(r"%\((\w+)\)", text)) | {
        name for _, name, _, _ in string.Formatter().parse(text.replace("%", "")) if name
    }


def test_extraction_sees_what_it_should() -> None:
    source = BytesIO('_("中")\nN_("文")\nngettext("一", "多", 2)\n'.encode())
    found = [message for _, message, _, _ in extract("python", source, KEYWORDS)]
    assert found == ["中", "文", ("一", "多")]
