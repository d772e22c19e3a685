"""The schema itself: complete, described in both languages, with examples that hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from haochaping.profile.shape import profile_schema


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(schema, Mapping):
        inner = schema.get("properties")
        if isinstance(inner, Mapping):
            for name, each in inner.items():
                yield f"{path}.{name}", each
        for name, each in schema.items():
            yield from properties(each, f"{path}.{name}")
    elif isinstance(schema, list):
        for place, each in enumerate(schema):
            yield from properties(each, f"{path}.{place}")


DESCRIBED = list(properties(profile_schema()))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(profile_schema())


@pytest.mark.parametrize(("path", "schema"), DESCRIBED, ids=[path for path, _ in DESCRIBED])
def test_every_key_is_described_in_both_languages(path: str, schema: Mapping[str, Any]) -> None:
    assert schema["description"]
    assert schema["x-zh"]


@pytest.mark.parametrize(("path", "schema"), [each for each in DESCRIBED if "examples" in each[1]])
def test_every_example_fits_its_own_schema(path: str, schema: Mapping[str, Any]) -> None:
    whole = {**schema, "$defs": profile_schema()["$defs"]}
    for example in schema["examples"]:
        Draft202012Validator(whole).validate(example)
