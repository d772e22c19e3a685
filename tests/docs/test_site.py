"""The documents as one site: every page is in a menu, every link finds its page, no warning."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
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


def in_chinese() -> dict[str, str]:
    """Every page that the Chinese menu leads to, with what it is called there."""
    spec = spec_from_file_location("docs_chinese", DOCS / "chinese.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    books = DOCS.glob("runbooks/*.zh-CN.md")
    titles = {f"runbooks/{file.stem}": file.read_text("utf-8").splitlines()[0] for file in books}
    return {name: title for part in module.menu(titles).values() for name, title in part.items()}


def test_the_chinese_menu_leads_to_every_page_that_the_english_one_leads_to() -> None:
    found = in_chinese()
    named = {str(page.relative_to(DOCS))[:-3] for page in menu(DOCS / "index.md")}
    assert named - {"runbooks/index"} <= found.keys()
    assert {str(page.relative_to(DOCS))[:-3] for page in pages() if ".zh-CN" in page.name} <= {
        *found
    }
    for name, title in found.items():
        text = (DOCS / f"{name}.md").read_text("utf-8")
        mostly = len(re.findall("[一-鿿]", text)) > len(re.findall("[A-Za-z]{2,}", text)) / 2
        assert ("英文" in title or title == "English") != mostly, f"{name} is called {title}"


@pytest.mark.long
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*words, str(DOCS), str(tmp_path / "site")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("index", "index.zh-CN", "hooks", "cookbook", "regions", "decisions/index"):
        assert (tmp_path / "site" / f"{name}.html").is_file()
    start = (tmp_path / "site" / "index.zh-CN.html").read_text("utf-8")
    assert 'lang="zh-CN"' in start
    menu_of = start.split('class="sidebar-tree"')[1].split("</aside>")[0]
    assert "建设一个地区" in menu_of
    assert "Building a region" not in menu_of
    assert 'lang="en"' in (tmp_path / "site" / "index.html").read_text("utf-8")
