"""Checks of a plugin as a package: name, version of the contract, licence, contact, documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from haochaping.containment import contained
from haochaping.hooks.kinds import API_VERSION
from haochaping.kit.findings import Finding, fault, remark
from haochaping.kit.target import Target
from haochaping.plugins import OLDEST_API, DeploymentRefused
from haochaping.plugins.configuration import configure
from haochaping.profile import Fault, Known, Profile, load
from haochaping.profile.faults import ProfileError
from haochaping.uplink.naming import name_faults

_FENCE = re.compile(r"^```ya?ml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def named(target: Target) -> Iterator[Finding]:
    """Find a name that is not the entry point's, or that another plugin's begins with."""
    if target.plugin.name != target.candidate.name:
        yield fault(
            f"类的 name 是 {target.plugin.name}，入口点是 {target.candidate.name}",
            f"its class says {target.plugin.name}, its entry point {target.candidate.name}",
        )


def titled(target: Target) -> Iterator[Finding]:
    """Find a missing title in Chinese or English."""
    for attribute in ("title_zh", "title_en"):
        if not getattr(target.plugin, attribute):
            yield fault(f"缺少 {attribute}", f"{attribute} is missing", target.plugin.__name__)


def fits_the_contract(target: Target) -> Iterator[Finding]:
    """Find a version of the contract that is not understood, or not stated."""
    if "api_version" not in vars(target.plugin):
        yield fault(
            f"没有写明 api_version；请写 api_version = {API_VERSION}",
            f"api_version is not stated; write api_version = {API_VERSION}",
            target.plugin.__name__,
        )
    elif not OLDEST_API <= target.plugin.api_version <= API_VERSION:
        yield fault(
            f"api_version 应在 {OLDEST_API} 至 {API_VERSION} 之间",
            f"api_version must lie between {OLDEST_API} and {API_VERSION}",
            target.plugin.__name__,
        )


def licensed(target: Target) -> Iterator[Finding]:
    """Find a missing licence; which one it is, is the vendor's own affair."""
    if not target.distribution.licence:
        yield fault(
            "没有写明许可证；专有许可证也可以，例如 license = Proprietary",
            "no licence is stated; a proprietary one will do, for example license = Proprietary",
            "setup.cfg",
        )


def reachable(target: Target) -> Iterator[Finding]:
    """Find a missing contact: officials must know whom to call."""
    distribution = target.distribution
    if distribution.bundled:
        return
    if not (distribution.author and distribution.email):
        yield fault("没有写明作者和联系邮箱", "author and e-mail are not stated", "setup.cfg")
    elif distribution.email.endswith(("@example.org", "@example.com")):
        yield remark("联系邮箱还是示例地址", "the e-mail is still an example's", "setup.cfg")


def documented(target: Target) -> Iterator[Finding]:
    """Find a missing README."""
    if target.distribution.root is not None and not _readmes(target):
        yield fault("缺少 README.md", "README.md is missing", str(target.distribution.root))


def readme_example(target: Target) -> Iterator[Finding]:
    """Find an example of settings in a README that the plugin refuses."""
    for file in _readmes(target):
        for block in _FENCE.findall(file.read_text(encoding="utf-8")):
            data: Any = contained("yaml", partial(yaml.safe_load, block)).value
            if isinstance(data, Mapping) and "plugins" in data:
                settings = dict(data["plugins"].get(target.name) or {})
                settings.pop("source", None)
                for one in configure(target.plugin, settings).faults:
                    yield fault(one.text("zh"), one.text("en"), file.name)


def profiles(target: Target) -> Iterator[Finding]:
    """Find faults in the profiles that the package brings along, and names that nobody brings."""
    known, folders = Known(plugins=target.manager.schemas()), target.manager.profile_folders()
    for file in sorted((target.folder / "profiles").glob("*.yaml")):
        try:
            found = load(str(file), plugin_profiles=folders, known=known)
        except ProfileError as refused:
            faults = refused.faults
        else:
            faults = _unknown_names(target, found)
        for one in faults:
            yield fault(one.text("zh"), one.text("en"), file.name)


def _unknown_names(target: Target, profile: Profile) -> tuple[Fault, ...]:
    """Return what a profile names and neither core nor plugins bring, such as dialects.

    What keeps its plugins from starting is told by other checks.
    """
    try:
        hooks = target.manager.assemble(profile)
    except DeploymentRefused:
        return ()
    with closing(hooks):
        return tuple(name_faults(profile, hooks))


def _readmes(target: Target) -> list[Path]:
    root = target.distribution.root
    return sorted(root.glob("README*.md")) if root is not None else []
