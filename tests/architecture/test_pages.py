"""Generated pages say what the code says; every error code means one thing."""

from __future__ import annotations

import importlib.util
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date(generate: ModuleType) -> None:
    old = [
        path.name
        for path, text in generate.pages().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    assert old == [], "write them anew: make docs"


def test_a_code_has_one_status_and_one_title(generate: ModuleType) -> None:
    meanings = defaultdict(set)
    for problem in generate.problems():
        meanings[problem.code].add((problem.status, problem.title))
    assert {code: told for code, told in meanings.items() if len(told) > 1} == {}


def test_every_code_is_in_the_house_form_and_told_in_both_languages(generate: ModuleType) -> None:
    for problem in generate.problems():
        assert problem.code.startswith("HCP-")
        assert problem.title.zh
        assert problem.title.en
