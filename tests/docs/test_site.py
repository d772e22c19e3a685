"""The documents as one site: every page is in a menu, every link finds its page, no warning."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.conftest import ROOT

DOCS = ROOT / "docs"
TREE = re.compile(r"```\{toctree\}\n(.*?)```", re.S)
LINK = re.compile(r"(?<!`)\[[^\]\n]*\]\((?!https?:|mailto:)([^)\s]*)\)")
FENCED = re.compile(r"```.*?```", re.S)


def pages() -> set[Path]:
    """Every document, those of the folders below included."""
    return set(DOCS.rglob("*.md"))


def menu(page: Path) -> set[Path]:
    """The pages that a page's menus name."""
    found: set[Path] = set()
    for tree in TREE.findall(page.read_text("utf-8")):
        lines = [line for line in tree.splitlines() if line and not line.startswith(":")]
        for line in lines:
            matches = set(page.parent.glob(f"{line}.md")) - {page}
            assert matches, f"{page.name} names {line}, which is not there"
            found |= matches
    return found


def test_every_page_is_in_a_menu() -> None:
    reached, open_pages = {DOCS / "index.md"}, [DOCS / "index.md"]
    while open_pages:
        new = menu(open_pages.pop()) - reached
        reached |= new
        open_pages += new
    missing = sorted(str(page.relative_to(DOCS)) for page in pages() - reached)
    assert missing == [], "name these pages in a toctree of docs/index.md"


def test_every_link_between_pages_finds_its_page() -> None:
    lost = []
    for page in sorted(pages()):
        for target in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
            file = page.parent / target.partition("#")[0]
            inside = file.resolve().is_relative_to(DOCS)
            if target and not target.startswith("#") and not (inside and file.is_file()):
                lost.append(f"{page.relative_to(DOCS)}: {target}")
    assert lost == []


@pytest.mark.long
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*words, str(DOCS), str(tmp_path / "site")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("index", "index.zh-CN", "hooks", "cookbook", "regions", "decisions/index"):
        assert (tmp_path / "site" / f"{name}.html").is_file()
