"""Every guard that the system does not grant is named: what a plugin can do, and what mends it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from haochaping.examining import CHECKS, Level
from haochaping.examining.apart import LOSSES
from haochaping.isolation import guards, landlock, seccomp
from haochaping.isolation.guards import GUARDS, Guard


def said(*missing: str) -> list[Any]:
    """What the doctor finds when these guards of one plugin are missing."""
    stood = tuple(Guard(name, "OSError: no" * (name in missing)) for name in GUARDS)
    hooks = SimpleNamespace(isolated=lambda: (("lake", SimpleNamespace(guards=stood)),))
    check = next(one for one in CHECKS if one.name == "plugin_guards")
    deployment: Any = SimpleNamespace(hooks=hooks)
    nothing: Any = None
    return list(check.look(deployment, nothing))


def test_no_guard_missing_is_no_finding_and_every_guard_has_its_words() -> None:
    assert said() == []
    assert set(LOSSES) == set(GUARDS)


@pytest.mark.parametrize("name", GUARDS)
def test_a_missing_guard_is_a_warning_with_what_is_lost_and_what_mends_it(name: str) -> None:
    (found,) = said(name)
    loss = LOSSES[name]
    assert found.level is Level.WARNING
    for language in ("zh", "en"):
        told = found.what.into(language)
        for part in ("lake", loss.name.into(language), loss.can.into(language), "OSError: no"):
            assert part in told, language
    assert found.fix == loss.fix
    assert loss.fix.zh != loss.fix.en


def test_several_missing_guards_are_told_one_by_one() -> None:
    assert len(said(*GUARDS)) == len(GUARDS)


def test_a_system_that_lacks_what_a_guard_needs_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The host asks the system itself; a refusal is the reason that is told."""

    def away(*_: Any) -> str:
        raise OSError("Function not implemented")

    monkeypatch.setattr(landlock, "read_only", away)
    monkeypatch.setattr(seccomp, "no_new_privileges", lambda: "the kernel does not know it")
    files = guards.tried("files", lambda: guards._files(()))
    assert (files.name, files.missing) == ("files", "OSError: Function not implemented")
    assert guards.tried("privileges", seccomp.no_new_privileges).missing.startswith("the kernel")
