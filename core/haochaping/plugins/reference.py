"""The reference of all hooks, written from the specs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Final

from haochaping.hooks.kinds import API_VERSION, HookKind
from haochaping.hooks.specs import FAMILIES, Spec, specs

INTRODUCTION: Final = f"""# Hooks

This page is written from the specs by `make docs`; a test compares the two.
The contract has version {API_VERSION}; a plugin states the version it was written for.

A plugin is a subclass of `haochaping.Plugin` whose methods are marked with
`@haochaping.hookimpl`. A method may leave out arguments it does not need. A misspelt hook,
an argument that is not passed, or an unmarked method with a hook's name refuses the start.

| kind | when it runs | if an implementation fails |
|---|---|---|
| contributes | once, while the deployment is assembled | the deployment refuses to start and \
names plugin, hook and field |
| decides | about one object, outside any transaction; no clock, no network, no writes | the \
others are still asked; the object is held or keeps the profile's plan, and the failure is shown |
| observes | in the worker after commit, at least once, in order per subject | retried with \
back-off, then parked and shown |

[values.md](values.md) has the fields of all that is passed and returned, and the services.
Plugins are asked in the profile's order, as far as `needs` and `after` allow. Answers are checked
against the types below: finite numbers of 64 bits, texts of at most 64 KB, at most 1,000
elements. `HAOCHAPING_TRACE_HOOKS=1` writes every call to stderr:
plugin, hook, time and the answer, every text in it masked that is no code word.
"""


def markdown(example: Callable[[str], str] | None = None) -> str:
    """Return the page docs/hooks.md; `example` gives the source of a hook's example."""
    return "\n".join([INTRODUCTION, *_families(example)])


def described(spec: Spec) -> dict[str, str]:
    """Return the parts of a spec's docstring: summary, kind, when, combination, failure, since.

    Parameters stand under their own names, what is returned under `returns`.
    """
    text = " ".join(inspect.cleandoc(spec.function.__doc__ or "").split())
    head, *tail = re.split(r" ?:(param \w+|returns|since): ", text)
    parts = {key.removeprefix("param "): value for key, value in _pairs(tail)}
    summary, *facts = re.split(r" ?\b(Kind|When|Combination|Failure): ", head)
    parts |= {key.lower(): value.strip() for key, value in _pairs(facts)}
    return parts | {"summary": summary.strip()}


def signature(spec: Spec) -> str:
    """Return the spec as one writes it: its name, arguments with types, what it returns."""
    found = inspect.signature(spec.function)
    without_self = found.replace(parameters=list(found.parameters.values())[1:])
    return f"{spec.name}{without_self}".replace("'", "")


def _families(example: Callable[[str], str] | None) -> Iterator[str]:
    for family, owner in FAMILIES.items():
        yield f"## {family}\n"
        yield f"Values: `{owner.__module__}`.\n"
        for spec in specs().values():
            if spec.family == family:
                yield from _section(spec)
                if example is not None:
                    yield f"```python\n{example(spec.name)}```\n"


def _section(spec: Spec) -> Iterator[str]:
    said = described(spec)
    yield f"### {spec.name}\n"
    yield f"```python\n{signature(spec)}\n```\n"
    yield f"{said['summary']}\n"
    yield f"- kind: {spec.facts.kind.value}"
    if "when" in said:
        yield f"- when: {said['when']}"
    if spec.facts.kind is not HookKind.OBSERVES:
        yield f"- combination: {said['combination']}"
    yield f"- failure: {said['failure']}"
    yield from (f"- `{name}`: {said[name]}" for name in spec.parameters)
    if "returns" in said:
        yield f"- returns: {said['returns']}"
    if spec.facts.deprecated is not None:
        yield f"- deprecated: {spec.facts.deprecated}"
    yield f"- since version: {spec.facts.since}\n"


def _pairs(flat: list[str]) -> Iterator[tuple[str, str]]:
    return zip(flat[::2], flat[1::2], strict=True)
