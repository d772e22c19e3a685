"""The source of the examples of hooks, with the imports that it needs."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from haochaping.hooks.kinds import hookimpl
from haochaping.hooks.plugin import Plugin
from haochaping.kit import handlers, hook_examples
from haochaping.kit.hook_examples import Examples


def method(hook: str) -> str:
    """Return the example of a hook as it stands in a class, not indented. Raises KeyError."""
    return textwrap.dedent(inspect.getsource(vars(Examples)[hook])).rstrip() + "\n"


def handlers_of(methods: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the handlers that examples refer to, in the order of their module."""
    text = "\n".join(methods)
    return tuple(name for name in _functions(handlers) if f"handlers:{name}" in text)


def handler(name: str) -> str:
    """Return the source of a handler. Raises AttributeError."""
    return inspect.getsource(getattr(handlers, name)).rstrip() + "\n"


def imports(source: str, module: ModuleType = hook_examples) -> str:
    """Return the import lines for the names that `source` uses of `module`'s."""
    found: dict[str, set[str]] = {}
    for name in _names(source):
        owner = _owner(vars(module).get(name))
        if owner and hasattr(module, name):
            found.setdefault(owner, set()).add(name)
    ours = {owner for owner in found if owner.startswith("haochaping")}
    others = [_line(owner, found[owner]) for owner in sorted(set(found) - ours)]
    own = [_line(owner, found[owner]) for owner in sorted(ours)]
    return "\n\n".join(
        "\n".join(sorted(lines, key=_plain_first)) for lines in (others, own) if lines
    )


def handler_imports(source: str) -> str:
    """Return the import lines for handlers."""
    return imports(source, handlers)


def _names(source: str) -> Iterator[str]:
    seen = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    yield from sorted(name for name in seen if not hasattr(builtins, name))


def _owner(value: Any) -> str:
    """Return the module that a name is imported from, empty when it is a module itself."""
    if isinstance(value, ModuleType):
        return value.__name__
    if value is hookimpl or value is Plugin:
        return "haochaping"
    owner = str(getattr(value, "__module__", "") or "")
    return "" if owner in (handlers.__name__, hook_examples.__name__) else owner


def _line(owner: str, names: set[str]) -> str:
    if names == {owner}:
        return f"import {owner}"
    line = f"from {owner} import {', '.join(sorted(names, key=_case))}"
    if len(line) <= 100:
        return line
    inner = "".join(f"    {name},\n" for name in sorted(names, key=_case))
    return f"from {owner} import (\n{inner})"


def _plain_first(line: str) -> bool:
    return line.startswith("from")


def _case(name: str) -> tuple[bool, str]:
    """Order as linters do: classes in capitals first."""
    return (not name[0].isupper(), name)


def _functions(module: ModuleType) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__
    ]
