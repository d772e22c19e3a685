"""The plugin that is looked at: its class, its package, what its distribution says of itself."""

from __future__ import annotations

import configparser
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from haochaping.containment import contained
from haochaping.hooks.plugin import Plugin
from haochaping.hooks.values import Words
from haochaping.plugins import GROUP, Candidate, Dropped, PluginFault, PluginManager
from haochaping.plugins.assembly import load_class
from haochaping.plugins.configuration import configure, schema_of
from haochaping.plugins.dropped import digest_of
from haochaping.problems import Problem
from haochaping.profile import Known, load

CORE: Final = "haochaping"


class NoSuchPlugin(Problem):
    """There is no plugin of this name, nor at this path."""

    code = "HCP-PLUGIN-UNKNOWN"
    status = 404
    title = Words("找不到插件", "There is no such plugin")


@dataclass(frozen=True, slots=True)
class Distribution:
    """What a distribution says of itself: name, licence, contact, and where it lies."""

    name: str = ""
    licence: str = ""
    author: str = ""
    email: str = ""
    root: Path | None = None
    """The folder with its README files; None when only the installed package is at hand."""

    @property
    def bundled(self) -> bool:
        """True when the plugin ships with the core and moves with it."""
        return self.name == CORE


@dataclass(frozen=True)
class Target:
    """A plugin to be checked."""

    candidate: Candidate
    plugin: type[Plugin]
    distribution: Distribution
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.candidate.name

    @property
    def manager(self) -> PluginManager:
        """A manager that knows this plugin and those installed."""
        return PluginManager([self.plugin])

    @property
    def folder(self) -> Path:
        """The folder of its import package; for a single file the one that the file lies in."""
        file = sys.modules[self.plugin.__module__].__file__
        return Path(str(file)).parent

    def sources(self) -> Iterator[Path]:
        """Yield the plugin's modules."""
        module = Path(str(sys.modules[self.plugin.__module__].__file__))
        if self.plugin.__module__ == self.plugin.package():
            yield module
            return
        for file in sorted(self.folder.rglob("*.py")):
            if "__pycache__" not in file.parts and "tests" not in file.parts:
                yield file


def find(reference: str) -> Target:
    """Return the plugin that a name, a distribution's name, a folder or a file means.

    Raises NoSuchPlugin with what is wrong: nothing of that name, or it cannot be imported.
    """
    path = Path(reference)
    if path.exists():
        candidate, distribution = _at(path.resolve())
    else:
        candidate, distribution = _installed(reference)
    plugin = load_class(candidate)
    if isinstance(plugin, PluginFault):
        raise NoSuchPlugin(plugin.message)
    target = Target(candidate, plugin, distribution)
    return Target(candidate, plugin, distribution, _settings(target))


def _installed(name: str) -> tuple[Candidate, Distribution]:
    known = PluginManager().discover()
    for candidate in known.values():
        if name in (candidate.name, candidate.distribution):
            return candidate, _described(candidate)
    listed = ", ".join(sorted(known))
    raise NoSuchPlugin(
        Words(
            f"没有名为 {name} 的插件，也没有这个路径；已安装：{listed}",
            f"no plugin is called {name}, and there is no such path; installed: {listed}",
        )
    )


def _described(candidate: Candidate, root: Path | None = None) -> Distribution:
    found = contained("metadata", lambda: metadata.metadata(candidate.distribution)).value
    if found is None:
        return Distribution(candidate.distribution, root=root)
    said: Mapping[str, str] = {key: str(found[key] or "") for key in found}
    licence = said.get("License-Expression") or said.get("License", "")
    author = said.get("Author") or said.get("Author-email", "")
    email = said.get("Author-email") or said.get("Maintainer-email", "")
    return Distribution(candidate.distribution, licence, author, email, root)


def _at(path: Path) -> tuple[Candidate, Distribution]:
    if path.is_file():
        allowed = Dropped(path.parent, {path.name: digest_of(path)})
        return allowed.candidates()[path.stem], Distribution(path.name, "-", "-", "-", path.parent)
    for read in (_setup_cfg, _pyproject):
        found = contained("metadata", partial(read, path)).value
        if found is not None:
            return found
    return _shipped_in(path)


def _shipped_in(path: Path) -> tuple[Candidate, Distribution]:
    """Return the installed plugin whose package lies in a folder."""
    for candidate in PluginManager().discover().values():
        if (path / candidate.package).is_dir():
            return candidate, _described(candidate, path)
    raise NoSuchPlugin(
        Words(
            f"{path} 里没有 setup.cfg 或 pyproject.toml 声明的插件（入口点组 {GROUP}）",
            f"{path} has no setup.cfg or pyproject.toml that announces a plugin in {GROUP}",
        )
    )


def _setup_cfg(path: Path) -> tuple[Candidate, Distribution] | None:
    parser = configparser.ConfigParser()
    if not parser.read(path / "setup.cfg", encoding="utf-8"):
        return None
    points = parser.get("options.entry_points", GROUP, fallback="")
    said = parser["metadata"] if parser.has_section("metadata") else {}
    distribution = Distribution(
        str(said.get("name", "")),
        str(said.get("license", "")),
        str(said.get("author", "")),
        str(said.get("author_email", "")),
        path,
    )
    lines = [line.partition("=") for line in points.strip().splitlines()]
    return _announced(path, distribution, {name.strip(): to.strip() for name, _, to in lines})


def _pyproject(path: Path) -> tuple[Candidate, Distribution] | None:
    file = path / "pyproject.toml"
    project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    licence = project.get("license", "")
    people = [*project.get("authors", ()), *project.get("maintainers", ()), {}]
    distribution = Distribution(
        project.get("name", ""),
        licence if isinstance(licence, str) else str(licence.get("text", "")),
        people[0].get("name", ""),
        people[0].get("email", ""),
        path,
    )
    return _announced(path, distribution, project.get("entry-points", {}).get(GROUP, {}))


def _announced(
    path: Path, distribution: Distribution, points: Mapping[str, str]
) -> tuple[Candidate, Distribution] | None:
    if not points:
        return None
    roots = [str(path / "src"), str(path)]
    sys.path[:0] = [root for root in roots if root not in sys.path]
    name, target = next(iter(points.items()))
    point = metadata.EntryPoint(name, target, GROUP)
    return Candidate(name, distribution.name, "", target, point.load), distribution


def _settings(target: Target) -> Mapping[str, Any]:
    """Return settings to check with: none where the defaults do, else those of its profile."""
    if not configure(target.plugin, {}).faults:
        return {}
    known, folders = Known(plugins=target.manager.schemas()), target.manager.profile_folders()
    for folder in folders:
        if Path(str(folder)).is_relative_to(target.folder):
            for file in sorted(Path(str(folder)).glob("*.yaml")):
                loaded = contained(
                    "profile",
                    partial(load, str(file), plugin_profiles=folders, known=known),
                ).value
                if loaded is not None and target.name in loaded.plugins:
                    return loaded.plugins[target.name]
    examples = _examples(target.plugin)
    if not configure(target.plugin, examples).faults:
        return examples
    shipped = contained("profile", lambda: load(target.name, known=known)).value
    return shipped.plugins.get(target.name, {}) if shipped is not None else {}


def _examples(plugin: type[Plugin]) -> Mapping[str, Any]:
    """Return the first example of every setting that must be given."""
    schema = contained("schema", lambda: schema_of(plugin)).value or {}
    keys = schema.get("properties", {})
    named = [name for name in schema.get("required", ()) if keys.get(name, {}).get("examples")]
    return {name: keys[name]["examples"][0] for name in named}
