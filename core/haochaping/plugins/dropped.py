"""Plugins of one file in a deployment's `plugins/` folder, used only when their digest is allowed.

`plugins/lakeside.py` holds the class of the plugin `lakeside`; a folder of the same name beside
it may hold its schema, templates and translations and belongs to the digest. The bytes that
were digested are the bytes that run: the file is read once.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.abc import SourceLoader
from importlib.readers import FileReader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Final

from haochaping.hooks.plugin import Plugin
from haochaping.hooks.values import Words
from haochaping.plugins.discovery import Candidate

FOLDER: Final = "plugins"
"""The folder of a deployment in which single files are looked for."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Where single files lie and the digests (SHA-256, hexadecimal) that are allowed, by file."""

    folder: Path | None = None
    allowed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def candidates(self) -> dict[str, Candidate]:
        """Return a candidate for each file, those that are not allowed with the reason."""
        return {file.stem: self._candidate(file) for file in self._files()}

    def _files(self) -> Iterator[Path]:
        if self.folder is not None and self.folder.is_dir():
            yield from sorted(self.folder.glob("[a-z]*.py"))

    def _candidate(self, file: Path) -> Candidate:
        source = file.read_bytes()
        digest = digest_of(file, source)
        allowed = self.allowed.get(file.name)
        return Candidate(
            name=file.stem,
            distribution=str(file),
            version=digest[:12],
            target=f"{_module(file)}:{file.stem}",
            load=partial(_load, file, source, digest),
            refused=None if allowed == digest else _not_allowed(file, changed=bool(allowed)),
        )


def digest_of(file: Path, source: bytes | None = None) -> str:
    """Return the digest of a plugin's file and of what lies in its folder."""
    found = hashlib.sha256(file.read_bytes() if source is None else source)
    beside = file.with_suffix("")
    for each in sorted(path for path in beside.rglob("*") if path.is_file()):
        if "__pycache__" not in each.parts:
            content = hashlib.sha256(each.read_bytes()).hexdigest()
            found.update(f"\n{each.relative_to(beside).as_posix()} {content}".encode())
    return found.hexdigest()


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


def _load(file: Path, source: bytes, digest: str) -> Any:
    """Return the plugin class in a file. Raises ImportError, or whatever the file raises."""
    name = _module(file)
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


def _module(file: Path) -> str:
    return f"haochaping_dropped_{file.stem}"


def _not_allowed(file: Path, *, changed: bool) -> Words:
    home = file.parent.parent
    todo = f"haochaping --home {home} plugin allow {file.name}"
    why = (
        Words("文件与允许清单中的摘要不符", "the file is not the one that was allowed")
        if changed
        else Words("文件不在允许清单中", "the file is not in the allow-list")
    )
    return Words(
        f"{file}：{why.zh}，未加载。看过内容后运行：{todo}",
        f"{file}: {why.en} and was not loaded; after reading it, run: {todo}",
    )
