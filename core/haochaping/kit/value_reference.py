"""The reference of what hooks pass, return and may use: values with their fields, services."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from types import ModuleType
from typing import Any, Final

from haochaping import hooks
from haochaping.hooks import exclusion, services
from haochaping.hooks.specs import FAMILIES

PAGE: Final = """# Values and services

This page is written from the code by `make docs`; a test compares the two. Values are what
[hooks](hooks.md) pass and return: frozen, made by keyword or in the order shown; a field with `=`
may be left out. Services are what `self.services` offers; a hook that decides may use `lookup`
only.
"""
_FAMILIES: Final = frozenset(FAMILIES.values())


def page() -> str:
    """Return the page values.md."""
    return "".join([PAGE, "\n## Services\n", *_services(), *_values()])


def _modules() -> Iterator[ModuleType]:
    for one in pkgutil.iter_modules(hooks.__path__, f"{hooks.__name__}."):
        yield importlib.import_module(one.name)


def _classes(module: ModuleType) -> Iterator[type[Any]]:
    """Yield the values that a module of the contract defines, in the order of its lines."""
    for one in vars(module).values():
        if inspect.isclass(one) and one.__module__ == module.__name__:
            told = is_dataclass(one) or issubclass(one, Enum)
            if told and not one.__name__.startswith("_") and one not in _FAMILIES:
                yield one


def _values() -> Iterator[str]:
    for module in _modules():
        if module.__name__.rpartition(".")[2] in ("kinds", "specs", "checks"):
            continue
        found = list(_classes(module))
        if found:
            yield f"\n## {module.__name__}\n"
            for one in found:
                yield f"\n### {one.__name__}\n\n{_paragraphs(one)}\n\n"
                yield from _members(one) if issubclass(one, Enum) else _fields(one)


def _members(kind: type[Enum]) -> Iterator[str]:
    listed = ", ".join(f"`{one.name}` = `{one.value!r}`" for one in kind)
    yield f"{listed}\n"


def _fields(kind: type[Any]) -> Iterator[str]:
    for one in fields(kind):
        yield f"- `{one.name}: {one.type}{_default(one)}`\n"


def _default(one: Field[Any]) -> str:
    if one.default is not MISSING:
        return f" = {one.default!r}"
    return " = …" if one.default_factory is not MISSING else ""


def _services() -> Iterator[str]:
    """Yield every room of the services with its methods."""
    yield from _offered("self.services", services.Services)
    known = {**vars(services), "Exclusion": exclusion.Exclusion}
    for name, member in vars(services.Services).items():
        if isinstance(member, property) and member.fget is not None:
            yield from _offered(
                f"self.services.{name}", known[member.fget.__annotations__["return"]]
            )


def _offered(place: str, protocol: type[Any]) -> Iterator[str]:
    methods = [
        (name, one)
        for name, one in vars(protocol).items()
        if inspect.isfunction(one) and not name.startswith("_")
    ]
    yield f"\n### {place}\n\n{_paragraphs(protocol)}\n\n"
    for name, one in methods:
        signature = str(inspect.signature(one)).replace("self, ", "").replace("(self)", "()")
        said = " ".join((inspect.getdoc(one) or "").split())
        yield f"- `{name}{signature.replace(chr(39), '')}`: {said}\n"


def _paragraphs(one: Any) -> str:
    """Return a docstring with its paragraphs, each on one line."""
    parts = (inspect.getdoc(one) or "").split("\n\n")
    return "\n\n".join(" ".join(part.split()) for part in parts)
