"""Where a plugin's class is found: in an installed module, or in a file read beforehand."""

from __future__ import annotations

import base64
import importlib
import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from importlib.abc import SourceLoader
from importlib.readers import FileReader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from haochaping.hooks.plugin import Plugin


@dataclass(frozen=True, slots=True)
class Source:
    """A plugin's code: `package.module:Class`, or the content of a file with its digest.

    The bytes that were digested are the bytes that run.
    """

    target: str
    file: Path | None = None
    content: bytes = b""
    digest: str = ""

    def load(self) -> Any:
        """Return the plugin's class. Raises ImportError, or whatever the code raises."""
        if self.file is not None:
            return load_file(self.file, self.content, self.digest)
        module, _, name = self.target.partition(":")
        return reduce(getattr, name.split("."), importlib.import_module(module))

    def places(self) -> tuple[Path, ...]:
        """Return the folders that the code lies in, without running any of it."""
        if self.file is not None:
            return (self.file.with_suffix(""),)
        module = self.target.partition(":")[0].partition(".")[0]
        found = located(module)
        spec = None if found else find_spec(module)
        return found or ((Path(spec.origin),) if spec is not None and spec.origin else ())

    def told(self) -> dict[str, str]:
        """Return it as JSON knows it."""
        content = base64.b64encode(self.content).decode()
        file = "" if self.file is None else str(self.file)
        return {"target": self.target, "file": file, "content": content, "digest": self.digest}

    @classmethod
    def of(cls, told: Mapping[str, str]) -> Source:
        """Return what `told` made JSON of."""
        file = Path(told["file"]) if told["file"] else None
        return cls(told["target"], file, base64.b64decode(told["content"]), told["digest"])


def located(package: str) -> tuple[Path, ...]:
    """Return the folders of an import package, none for a module; nothing of it is run."""
    top, *inner = package.split(".")
    found = find_spec(top)
    places = None if found is None else found.submodule_search_locations
    return tuple(Path(each).joinpath(*inner) for each in places or ())


class _Loader(SourceLoader):
    """Loads a module from bytes that were read before; its resources lie in its folder."""

    def __init__(self, file: Path, source: bytes) -> None:
        self.path = str(file.with_suffix("") / "_")
        self._file, self._source = file, source

    def get_filename(self, fullname: str) -> str:
        """Return the path of the file."""
        return str(self._file)

    def get_data(self, path: str | bytes) -> bytes:
        """Return the bytes that were read. Raises OSError for any other path."""
        if path != str(self._file):
            raise OSError(f"{path!r} is not the plugin's file")
        return self._source

    def get_resource_reader(self, fullname: str) -> Any:
        """Return the reader of the plugin's folder."""
        return FileReader(self)  # type: ignore[arg-type]


def module_of(file: Path) -> str:
    """Return the name under which a single file is imported."""
    return f"haochaping_dropped_{file.stem}"


def load_file(file: Path, source: bytes, digest: str) -> Any:
    """Return the plugin class in a file. Raises ImportError, or whatever the file raises."""
    name = module_of(file)
    module = sys.modules.get(name)
    if module is None or getattr(module, "__digest__", "") != digest:
        module = _run(name, file, source, digest)
    found = [one for one in vars(module).values() if _is_plugin(one, name)]
    if len(found) != 1:
        raise ImportError(f"{file} must define one subclass of Plugin, it defines {len(found)}")
    return found[0]


def _run(name: str, file: Path, source: bytes, digest: str) -> ModuleType:
    beside = [str(file.with_suffix(""))]
    spec = spec_from_file_location(
        name, file, loader=_Loader(file, source), submodule_search_locations=beside
    )
    assert spec is not None  # the loader was given
    assert spec.loader is not None
    module = module_from_spec(spec)
    module.__dict__["__digest__"] = digest
    sys.modules[name] = module
    done = False
    try:
        spec.loader.exec_module(module)
        done = True
    finally:
        if not done:  # what was begun is no module
            del sys.modules[name]
    return module


def _is_plugin(one: Any, module: str) -> bool:
    return inspect.isclass(one) and issubclass(one, Plugin) and one.__module__ == module
