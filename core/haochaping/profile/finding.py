"""Where a profile lies: a path, or a name sought in the deployment, the plugins, the core."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from haochaping.hooks.values import Words
from haochaping.profile.faults import Fault, shown
from haochaping.profile.nearest import nearest
from haochaping.profile.reading import MAX_BYTES

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Places:
    """Where names are sought, in this order, before the profiles that come with the core."""

    deployment_dir: Path | None = None
    plugin_profiles: tuple[Traversable, ...] = ()

    def folders(self) -> Iterator[tuple[str, Traversable]]:
        """Yield every folder that may hold profiles, with the prefix its files are shown by."""
        if self.deployment_dir is not None:
            yield f"{self.deployment_dir}/profiles/", self.deployment_dir / "profiles"
            yield f"{self.deployment_dir}/", self.deployment_dir
        for folder in self.plugin_profiles:
            yield f"{folder}/", folder
        yield "profiles/", resources.files("haochaping.profiles")

    def names(self) -> list[str]:
        """Return the names of all profiles that can be found."""
        return sorted({name for _, folder in self.folders() for name in _names_in(folder)})


@dataclass(frozen=True, slots=True)
class Found:
    """A profile file: the name of the profile, the file as messages call it, its bytes."""

    name: str
    file: str
    raw: bytes
    identity: str
    """Tells the same file found in two ways."""
    folder: Path | None = None
    """The folder in which relative paths of `extends` start."""


def looks_like_a_path(name: str) -> bool:
    """Say whether a reference names a file rather than a profile."""
    return "/" in name or "\\" in name or name.endswith((".yaml", ".yml"))


def find(reference: str, places: Places, base: Path | None = None) -> Found | Fault:
    """Return the profile that `reference` means, or the fault that says why it cannot be had."""
    if looks_like_a_path(reference):
        path = Path(reference)
        return _from_path(path if path.is_absolute() or base is None else base / path, reference)
    if _NAME.fullmatch(reference):
        for prefix, folder in places.folders():
            file = folder / f"{reference}.yaml"
            if file.is_file():
                local = Path(str(file)).parent if isinstance(file, Path) else None
                return _read(file, reference, f"{prefix}{reference}.yaml", local)
    return _unknown(reference, places.names())


def _from_path(path: Path, shown_as: str) -> Found | Fault:
    """Read a file named by its path."""
    try:
        if path.is_dir():
            return _refusal(shown_as, _FOLDER)
        if not path.exists():
            return _refusal(shown_as, _ABSENT)
        if not path.is_file():
            return _refusal(shown_as, _SPECIAL)
    except (OSError, ValueError) as error:
        return _unreadable(shown_as, error)
    return _read(path, path.stem, shown_as, path.parent)


def _read(file: Traversable, name: str, shown_as: str, folder: Path | None) -> Found | Fault:
    """Read at most one byte more than a profile may have."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return _unreadable(shown_as, error)
    identity = str(file.resolve()) if isinstance(file, Path) else str(file)
    return Found(name, shown_as, raw, identity, folder)


def _names_in(folder: Traversable) -> list[str]:
    """Return the profile names in a folder; none if it is missing or cannot be read."""
    try:
        files = [file.name for file in folder.iterdir() if file.name.endswith(".yaml")]
    except OSError:
        return []
    return [name.removesuffix(".yaml") for name in files if name != "deployment.yaml"]


def _refusal(file: str, words: Words) -> Fault:
    return Fault(file, 0, "", words, _EXPECTED, "profiles/zhejiang.yaml")


def _unreadable(file: str, error: Exception) -> Fault:
    why = getattr(error, "strerror", None) or str(error)
    return _refusal(file, Words(f"文件读不出来：{why}", f"the file cannot be read: {why}"))


def _unknown(name: str, names: Sequence[str]) -> Fault:
    listed = ", ".join(names)
    return Fault(
        shown(name),
        0,
        "",
        Words(f"没有名为“{shown(name)}”的配置档", f"there is no profile named “{shown(name)}”"),
        Words(f"文件路径，或：{listed}", f"a path, or one of: {listed}"),
        "zhejiang",
        nearest(name, names),
    )


_EXPECTED = Words("一个可读的 YAML 文件", "a readable YAML file")
_FOLDER = Words("这是文件夹，不是文件", "this is a folder, not a file")
_ABSENT = Words("文件不存在", "there is no such file")
_SPECIAL = Words("这不是普通文件", "this is not an ordinary file")
