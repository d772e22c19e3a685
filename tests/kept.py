"""What is computed once in a run: the tests make thousands of applications and databases.

Each of these depends on its arguments alone, so that a test cannot tell the difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine
from werkzeug.routing import Rule

from haochaping.profile import loading
from haochaping.profile.checking import Known
from haochaping.profile.faults import Fault
from haochaping.profile.nodes import Branch, Leaf, Node
from haochaping.store import engine


@pytest.fixture(scope="session", autouse=True)
def _routes_are_compiled_once() -> Iterator[None]:
    """Keep what Werkzeug compiles of a route.

    It depends on nothing but the route's text and its converters, as no route of ours has
    defaults, a host or a map with settings of its own.
    """
    kept: dict[tuple[object, ...], dict[str, Any]] = {}
    compiled = Rule.compile

    def once(rule: Rule) -> None:
        assert rule.map is not None
        if rule.defaults or rule.subdomain or rule.host:
            return compiled(rule)
        names = {name.partition("(")[0] for name in re.findall(r"<(\w+[^:>]*):", rule.rule)}
        converters = tuple(rule.map.converters[name] for name in sorted(names))
        key = (rule.rule, rule.map.merge_slashes, rule.map.converters["default"], converters)
        if key not in kept:
            compiled(rule)
            kept[key] = {name: getattr(rule, name) for name in _COMPILED}
            kept[key] |= {name: getattr(rule, name).__func__ for name in _BUILDERS}
            return None
        for name in _COMPILED:
            setattr(rule, name, copy(kept[key][name]))
        for name in _BUILDERS:
            setattr(rule, name, kept[key][name].__get__(rule, None))
        return None

    with pytest.MonkeyPatch.context() as patch:
        changed: Any = Rule
        patch.setattr(changed, "compile", once)
        yield


_COMPILED = ("_parts", "_trace", "_converters", "arguments")
_BUILDERS = ("_build", "_build_unknown")


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """Keep what SQLAlchemy compiles of a statement.

    Compiled statements are kept by dialect, so engines of one kind share it too, as soon as one
    of them has met its database.
    """
    shared: dict[str, Engine] = {}

    def sharing(url: URL, **options: Any) -> Engine:
        made = create_engine(url, **options)
        kept = shared.setdefault(made.dialect.name, made)
        if getattr(kept.dialect, "server_version_info", None) is None:
            shared[made.dialect.name] = made
        elif kept is not made:
            made.dialect = made.pool._dialect = kept.dialect
            made._compiled_cache = kept._compiled_cache
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "create_engine", sharing)
        yield


@pytest.fixture(scope="session", autouse=True)
def _profiles_are_read_once() -> Iterator[None]:
    """Keep the trees of profiles and that a profile was found to be without fault."""
    read, check = loading.read, loading.check
    trees: dict[tuple[object, ...], Any] = {}
    good: set[tuple[object, ...]] = set()

    def read_once(raw: bytes, file: str) -> Any:
        if (raw, file) not in trees:
            trees[raw, file] = read(raw, file)
        return trees[raw, file]

    def check_once(root: Branch, known: Known) -> list[Fault]:
        key = (_said(root), repr(known))
        if key in good:
            return []
        found = check(root, known)
        if not found:
            good.add(key)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "read", read_once)
        patch.setattr(loading, "check", check_once)
        yield


def _said(node: Node) -> tuple[object, ...]:
    """Return all that the checks ask about a tree: not the lines, which are named in faults."""
    if isinstance(node, Leaf):
        return type(node.value), node.value, node.source
    if isinstance(node, Branch):
        return tuple((key, _said(entry)) for key, entry in node.entries.items())
    return tuple(_said(item) for item in node.items), node.source
