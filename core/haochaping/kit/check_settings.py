"""Checks of a plugin's settings: the schema, its words, its defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from haochaping.containment import contained
from haochaping.isolation.configured import thawed
from haochaping.kit.findings import Finding, fault
from haochaping.kit.target import Target
from haochaping.plugins.configuration import schema_of


def schema_valid(target: Target) -> Iterator[Finding]:
    """Find a schema that is missing, no JSON or no schema."""
    read = contained("schema", lambda: schema_of(target.plugin))
    if not read.ok:
        name = str(target.plugin.config_schema)
        yield fault(f"设置模式不可用：{read.message}", f"cannot be used: {read.message}", name)


def closed(target: Target) -> Iterator[Finding]:
    """Find objects that accept any key: a slip of the pen would pass in silence."""
    for place, schema in _objects(target):
        if schema.get("additionalProperties", True) is True and "properties" in schema:
            yield fault(
                "应写 additionalProperties: false，否则写错的键不会被发现",
                "needs additionalProperties: false, else a misspelt key is not found",
                place,
            )


def keys_documented(target: Target) -> Iterator[Finding]:
    """Find settings without a description."""
    for place, schema in _keys(target):
        named = str(schema.get("$ref", "")).removeprefix("#/$defs/")
        referred = _schema(target).get("$defs", {}).get(named, {})
        if not (schema.get("description") or referred.get("description")):
            yield fault("缺少 description", "has no description", place)


def keys_exemplified(target: Target) -> Iterator[Finding]:
    """Find settings that show nobody what to write: no example, default or list of values."""
    for place, schema in _keys(target):
        telling = (
            "examples",
            "default",
            "enum",
            "const",
            "properties",
            "items",
            "$ref",
            "minimum",
            "pattern",
        )
        if not any(word in schema for word in telling) and schema.get("type") != "boolean":
            yield fault("缺少 examples", "has no examples", place)


def defaults_valid(target: Target) -> Iterator[Finding]:
    """Find defaults and examples that their own schema refuses."""
    for place, schema in _keys(target):
        shown = [*schema.get("examples", ()), *([schema["default"]] if "default" in schema else [])]
        check = Draft202012Validator(_whole(target, schema))
        for value in shown:
            for error in check.iter_errors(value):
                said = f"{value!r}: {error.message}"
                yield fault(f"示例或默认值不合规：{said}", f"does not fit itself: {said}", place)


def _whole(target: Target, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a part of the schema with the definitions that it may refer to."""
    definitions = _schema(target).get("$defs", {})
    return thawed({**schema, "$defs": definitions}) if definitions else schema


def _schema(target: Target) -> Mapping[str, Any]:
    return contained("schema", lambda: schema_of(target.plugin)).value or {}


def _keys(target: Target) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for place, schema in _objects(target):
        for name, inner in schema.get("properties", {}).items():
            yield f"{place}.{name}".lstrip("."), inner


def _objects(target: Target) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from _below("", _schema(target))


def _below(place: str, schema: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(schema, Mapping):
        return
    if schema.get("type") == "object":
        yield place, schema
    for name, inner in schema.get("properties", {}).items():
        yield from _below(f"{place}.{name}".lstrip("."), inner)
    yield from _below(f"{place}[]", schema.get("items"))
    for name, inner in schema.get("$defs", {}).items():
        yield from _below(f"$defs.{name}", inner)
