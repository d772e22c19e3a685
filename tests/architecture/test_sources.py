"""House rules that can be read off the source: time, guards, sizes, words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from tests.regions import REGIONS

CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    *(("time", name) for name in ("time", "time_ns", "monotonic", "perf_counter", "sleep")),
    *(("time", name) for name in ("localtime", "gmtime", "monotonic_ns", "perf_counter_ns")),
}
CHANCE = {"random", "secrets", "uuid"}
TIMEKEEPERS = {"core/haochaping/clock.py", "core/haochaping/ids.py"}
WATCHER = "core/haochaping/kit/watching.py"
KEYMAKERS = {"core/haochaping/ids.py", "core/haochaping/crypto.py", WATCHER}
MAKES_DATABASES = "core/haochaping/testing/"
"""Names of databases cannot be bound parameters; those of tests are made up there."""
GUARD = "core/haochaping/containment.py"
LONGEST = 500
NAMED = {*REGIONS, "浙江", "广东", "深圳", "内蒙古", "重庆", "四川", "烟台", "上海", "shanghai"}


def test_only_the_clock_reads_the_time(modules: list[Any]) -> None:
    found = [
        module.at(node)
        for module in modules
        if module.name not in TIMEKEEPERS
        for node in ast.walk(module.tree)
        if reads_time(node)
    ]
    assert found == []


def test_only_ids_and_keys_use_chance(modules: list[Any]) -> None:
    found = [
        module.at(node)
        for module in modules
        if module.name not in KEYMAKERS and not module.name.startswith(MAKES_DATABASES)
        for node in ast.walk(module.tree)
        if CHANCE & set(imported(node))
    ]
    assert found == []


def test_only_the_guard_catches_everything(modules: list[Any]) -> None:
    found = [
        module.at(node)
        for module in modules
        if module.name != GUARD
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
    ]
    assert found == []


def test_no_error_is_swallowed_by_a_suppress_of_everything(modules: list[Any]) -> None:
    found = [
        module.at(node)
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and named(node.func).endswith("suppress")
        and any(named(argument) in BROAD for argument in node.args)
    ]
    assert found == []


def test_no_module_is_longer_than_a_subject_needs(modules: list[Any]) -> None:
    long = [module.name for module in modules if len(module.text.splitlines()) > LONGEST]
    assert long == []


def test_everything_public_says_what_it_is(modules: list[Any]) -> None:
    silent = [
        f"{module.at(node)} {name}"
        for module in modules
        for node, name in public(module.tree)
        if not (ast.get_docstring(node) or "").strip()
    ]
    assert silent == []


def test_a_modules_first_line_is_one_short_sentence(modules: list[Any]) -> None:
    first_lines = {
        module.name: (ast.get_docstring(module.tree) or "").split("\n")[0] for module in modules
    }
    odd = [name for name, line in first_lines.items() if not re.fullmatch(r".{3,110}[.:]", line)]
    assert odd == []


def test_every_public_function_is_typed(modules: list[Any]) -> None:
    untyped = [
        f"{module.at(node)} {name}"
        for module in modules
        for node, name in public(module.tree)
        if isinstance(node, ast.FunctionDef) and not is_typed(node)
    ]
    assert untyped == []


def test_only_sqlalchemy_core_is_used(modules: list[Any]) -> None:
    found = [
        module.at(node)
        for module in modules
        for node in ast.walk(module.tree)
        if any(name.startswith("sqlalchemy.orm") for name in imported_whole(node))
    ]
    assert found == []


def test_nothing_is_left_to_be_done(modules: list[Any]) -> None:
    word = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert [module.name for module in modules if word.search(module.text)] == []


def test_the_core_compares_nothing_with_the_name_of_a_region(core: list[Any]) -> None:
    found = [
        module.at(node)
        for module in core
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Compare | ast.match_case)
        for value in ast.walk(node.pattern if isinstance(node, ast.match_case) else node)
        if isinstance(value, ast.Constant) and value.value in NAMED
    ]
    assert found == []


def test_sql_is_never_put_together_from_text(modules: list[Any]) -> None:
    found = [
        module.at(node)
        for module in modules
        if not module.name.startswith(MAKES_DATABASES)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and runs_sql(node.func, module.text)
        and node.args
        and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert found == []


BROAD = {"Exception", "BaseException"}


def runs_sql(function: ast.AST, source: str) -> bool:
    name = named(function).rpartition(".")[2]
    imports_text = re.search(r"^from sqlalchemy import [^#]*?\btext\b", source, re.MULTILINE)
    return name == "exec_driver_sql" or (name == "text" and imports_text is not None)


def reads_time(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "time":
        return any(("time", alias.name) in CLOCKS for alias in node.names)
    if not isinstance(node, ast.Attribute):
        return False
    return (named(node.value).rpartition(".")[2], node.attr) in CLOCKS


def is_broad(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(named(kind) in BROAD for kind in kinds)


def imported_whole(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def imported(node: ast.AST) -> list[str]:
    return [name.partition(".")[0] for name in imported_whole(node)]


def named(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{named(node.value)}.{node.attr}"
    return ""


def public(tree: ast.AST, within: str = "") -> Iterator[tuple[ast.AST, str]]:
    """Public functions, classes and methods with their dotted names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If | ast.Try):
            yield from public(node, within)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if node.name.startswith("_"):
            continue
        yield node, within + node.name
        if isinstance(node, ast.ClassDef):
            yield from public(node, f"{within}{node.name}.")


def is_typed(function: ast.FunctionDef) -> bool:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    rest = [one for one in (arguments.vararg, arguments.kwarg) if one]
    named_self = [one for one in every[:1] if one.arg in {"self", "cls"}]
    return function.returns is not None and all(
        one.annotation for one in [*every, *rest] if one not in named_self
    )
