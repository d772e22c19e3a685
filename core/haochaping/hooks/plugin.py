"""The base class of every plugin."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any, ClassVar

from haochaping.hooks.kinds import API_VERSION
from haochaping.hooks.services import Services


class Plugin:
    """A set of hook implementations with a configuration of its own.

    Subclass it, set the class attributes, mark methods with `@hookimpl` and name the
    class in the entry point group `haochaping.plugins`. The deployment makes one
    instance; `config` is the validated, frozen configuration from the profile.
    """

    name: ClassVar[str]
    """Unique; the entry point's name, the table prefix, the URL part."""
    api_version: ClassVar[int] = API_VERSION
    title_zh: ClassVar[str] = ""
    title_en: ClassVar[str] = ""
    config_schema: ClassVar[str | None] = None
    """File beside the plugin's module with the JSON schema of `config`."""
    after: ClassVar[tuple[str, ...]] = ()
    """Names of plugins that are asked before this one."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Names of plugins without which this one does not work."""

    def __init__(self, config: Mapping[str, Any], services: Services) -> None:
        self.config = config
        self.services = services

    @classmethod
    def package(cls) -> str:
        """Return the import package in which the plugin's resources lie."""
        return cls.__module__.rpartition(".")[0] or cls.__module__

    @classmethod
    def resource(cls, name: str) -> str:
        """Return the text of a file in the plugin's package. Raises FileNotFoundError."""
        return (resources.files(cls.package()) / name).read_text(encoding="utf-8")
