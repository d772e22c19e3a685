"""Every hook is documented in the house form, typed, and on the reference page."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path

import pytest

from haochaping.hooks.kinds import API_VERSION, Combine, HookKind
from haochaping.hooks.specs import FAMILIES, Spec, specs
from haochaping.plugins.reference import described

EVERY_SPEC = pytest.mark.parametrize("spec", specs().values(), ids=specs().keys())


@EVERY_SPEC
def test_the_docstring_states_what_the_spec_declares(spec: Spec) -> None:
    said = described(spec)
    assert said["kind"] == f"{spec.facts.kind.value}."
    assert said["since"] == str(spec.facts.since)
    assert said["failure"].endswith(".")
    if spec.facts.kind is HookKind.OBSERVES:
        assert "combination" not in said
    else:
        assert said["combination"].startswith(spec.facts.combine.value)


@EVERY_SPEC
def test_the_docstring_says_when_unless_it_is_at_assembly(spec: Spec) -> None:
    assert ("when" in described(spec)) == (spec.facts.kind is not HookKind.CONTRIBUTES)


@EVERY_SPEC
def test_every_argument_and_answer_is_documented(spec: Spec) -> None:
    said = described(spec)
    assert all(said.get(name, "").endswith(".") for name in spec.parameters)
    assert ("returns" in said) == (spec.facts.kind is not HookKind.OBSERVES)
    assert said["summary"].endswith(".")


@EVERY_SPEC
def test_the_types_say_the_same_as_the_declaration(spec: Spec) -> None:
    hints = typing.get_type_hints(spec.function)
    assert set(hints) == {*spec.parameters, "return"}
    item = spec.facts.item
    if spec.facts.kind is HookKind.OBSERVES:
        assert hints["return"] is type(None)
    elif spec.facts.combine in (Combine.ALL, Combine.SUM):
        assert hints["return"] == Iterable[item]
    else:
        assert hints["return"] == item | None


@EVERY_SPEC
def test_what_hooks_pass_and_return_cannot_be_changed(spec: Spec) -> None:
    hints = typing.get_type_hints(spec.function)
    passed = [hints[name] for name in spec.parameters]
    for value in [*passed, *([spec.facts.item] if spec.facts.item else [])]:
        if dataclasses.is_dataclass(value):
            assert value.__dataclass_params__.frozen
            assert "__slots__" in vars(value)


@EVERY_SPEC
def test_a_contribution_has_a_name_that_can_be_unique(spec: Spec) -> None:
    if spec.facts.kind is HookKind.CONTRIBUTES:
        fields = {field.name for field in dataclasses.fields(spec.facts.item)}
        assert fields & {"name", "code", "rule", "metadata"}


@EVERY_SPEC
def test_the_strictest_answer_can_be_told(spec: Spec) -> None:
    if spec.facts.combine is Combine.STRICTEST:
        assert issubclass(typing.get_type_hints(spec.facts.item)["verdict"], IntEnum)


@EVERY_SPEC
def test_no_spec_is_newer_than_the_contract(spec: Spec) -> None:
    assert 1 <= spec.facts.since <= API_VERSION


def test_every_class_of_specs_is_in_the_registry() -> None:
    import haochaping.hooks

    folder = Path(haochaping.hooks.__file__).parent
    written = {path.stem for path in folder.glob("*.py") if "Hooks:" in path.read_text("utf-8")}
    assert written == {owner.__module__.rpartition(".")[2] for owner in FAMILIES.values()}


def test_every_public_method_of_a_family_is_a_spec() -> None:
    for owner in FAMILIES.values():
        methods = {name for name, _ in inspect.getmembers(owner, inspect.isfunction)}
        assert methods <= specs().keys()
