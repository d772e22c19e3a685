"""Plugins of one file in a deployment's `plugins/` folder, used only when their digest is allowed.

`plugins/lakeside.py` holds the class of the plugin `lakeside`; a folder of the same name beside
it may hold its schema, templates and translations and belongs to the digest. The bytes that
were digested are the bytes that run: the file is read once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from haochaping.hooks.values import Words
from haochaping.isolation.source import Source, module_of
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
        code = Source("", file, source, digest)
        allowed = self.allowed.get(file.name)
        return Candidate(
            name=file.stem,
            distribution=str(file),
            version=digest[:12],
            target=f"{module_of(file)}:{file.stem}",
            load=code.load,
            source=code,
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
