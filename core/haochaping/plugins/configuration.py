"""A plugin's own configuration: defaults applied, validated against its schema, frozen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker, SchemaError, ValidationError

from haochaping.containment import contained
from haochaping.hooks.plugin import Plugin
from haochaping.hooks.values import Words
from haochaping.isolation.configured import frozen, thawed
from haochaping.plugins.faults import PluginFault, fault, hint, nearest, plus

EMPTY: Final[Mapping[str, Any]] = {"type": "object", "additionalProperties": False}
"""The schema of a plugin that declares none: it takes no settings."""


@dataclass(frozen=True, slots=True)
class Configured:
    """A configuration ready for use, or the faults that keep it from being one."""

    config: Mapping[str, Any]
    faults: tuple[PluginFault, ...] = ()


def configure(plugin: type[Plugin], settings: Mapping[str, Any]) -> Configured:
    """Return the configuration of `plugin` made from a profile's `settings`."""
    read = contained("schema", lambda: schema_of(plugin))
    if read.value is None:
        return Configured({}, (fault(plugin.name, _unreadable(plugin, read.message)),))
    config = with_defaults(thawed(settings), read.value)
    validator = Draft202012Validator(read.value, format_checker=FormatChecker())
    errors = sorted(validator.iter_errors(config), key=_place)
    faults = tuple(one for error in errors for one in _faults(plugin.name, error))
    return Configured(frozen(config), faults)


def schema_of(plugin: type[Plugin]) -> Mapping[str, Any]:
    """Return the JSON schema of a plugin's configuration.

    Raises FileNotFoundError, ValueError when it is not JSON, SchemaError when it is no schema.
    """
    if plugin.config_schema is None:
        return EMPTY
    return _schema(plugin.resource(plugin.config_schema))


@lru_cache(maxsize=64)
def _schema(text: str) -> Mapping[str, Any]:
    """Return a schema that was read; checking one takes longer than all else a start does."""
    schema = json.loads(text)
    if not isinstance(schema, dict):
        raise SchemaError("a schema is a JSON object")
    Draft202012Validator.check_schema(schema)
    return schema


def with_defaults(value: Any, schema: Any) -> Any:
    """Return `value` with the defaults that `schema` states for missing properties."""
    if not isinstance(schema, Mapping):
        return value
    if isinstance(value, dict):
        return _object_with_defaults(value, schema)
    if isinstance(value, list) and "items" in schema:
        return [with_defaults(element, schema["items"]) for element in value]
    return value


def _object_with_defaults(value: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    missing = {
        name: thawed(inner["default"])
        for name, inner in properties.items()
        if name not in value and isinstance(inner, Mapping) and "default" in inner
    }
    filled = value | missing
    other = schema.get("additionalProperties")
    return {
        name: with_defaults(inner, properties.get(name, other)) for name, inner in filled.items()
    }


def _faults(plugin: str, error: ValidationError) -> Iterator[PluginFault]:
    key = ".".join((f"plugins.{plugin}", *map(str, error.absolute_path)))
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    if error.validator == "additionalProperties":
        yield from _unknown_keys(plugin, key, schema, thawed(error.instance))
        return
    example = json.dumps(schema["examples"][0], ensure_ascii=False) if "examples" in schema else ""
    message = Words(f"取值不符合要求：{error.message}", f"the value does not fit: {error.message}")
    yield PluginFault(plugin, key, message, expected=_expected(schema), example=example)


def _unknown_keys(
    plugin: str, key: str, schema: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[PluginFault]:
    known = list(schema.get("properties", {}))
    patterns = schema.get("patternProperties", {})
    for name in given:
        if name in known or any(re.search(pattern, name) for pattern in patterns):
            continue
        near = nearest(name, known)
        message = plus(Words(f"没有设置项 {name}。", f"there is no setting {name}."), hint(near))
        expected = ", ".join(known) or "no settings"
        yield PluginFault(plugin, f"{key}.{name}", message, expected=expected, nearest=near)


def _expected(schema: Mapping[str, Any]) -> str:
    said = [str(schema["description"])] if "description" in schema else []
    for word in ("type", "enum", "minimum", "maximum", "pattern", "format", "required"):
        if word in schema:
            said.append(f"{word} {json.dumps(schema[word], ensure_ascii=False)}")
    return ", ".join(said)


def _place(error: ValidationError) -> tuple[str, ...]:
    return tuple(str(part) for part in error.absolute_path)


def _unreadable(plugin: type[Plugin], why: str) -> Words:
    return Words(
        f"设置模式 {plugin.config_schema} 不可用（{why}），请联系插件作者",
        f"its configuration schema {plugin.config_schema} cannot be used ({why});"
        " the plugin's author must mend it",
    )
