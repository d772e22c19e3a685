"""What keeps a host in: applied by the host itself before any of the plugin's code is imported.

Each guard is tried after it was put up; one that the system does not grant is told with the
reason, and `haochaping doctor` shows it.
"""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from haochaping.isolation import landlock, seccomp

CPU_SECONDS: Final = 3600
"""Processor time after which the system ends a host; a new one takes its place."""
OPEN_FILES: Final = 64

GUARDS: Final = ("environment", "descriptors", "limits", "privileges", "files", "calls")
"""The guards by name, in the order in which they are put up."""


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard: its name, and why it is not in force; empty when it is."""

    name: str
    missing: str = ""


def before_import(kept: Iterable[int], readable: Iterable[Path], megabytes: int) -> list[Guard]:
    """Put up all guards but the one on calls; return how each went."""
    return [
        tried("environment", _environment),
        tried("descriptors", lambda: _descriptors(frozenset(kept))),
        tried("limits", lambda: _limits(megabytes)),
        tried("privileges", seccomp.no_new_privileges),
        tried("files", lambda: _files(tuple(readable))),
    ]


def on_calls() -> Guard:
    """Put up the guard on calls of the system: no network, no new process, no signal."""
    return tried("calls", _calls)


def tried(name: str, put_up: Callable[[], str]) -> Guard:
    """Put up a guard; return how it went."""
    try:
        return Guard(name, put_up())
    except (OSError, ValueError) as error:
        return Guard(name, f"{type(error).__name__}: {error}")


def _environment() -> str:
    os.environ.clear()
    return "variables remain" if os.environ else ""


def _descriptors(kept: frozenset[int]) -> str:
    opened = set()
    for each in range(3, 1024):
        if each in kept:
            continue
        try:
            os.fstat(each)
        except OSError:
            continue
        opened.add(each)
        os.close(each)
    return ""


def _limits(megabytes: int) -> str:
    memory = megabytes << 20
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (limit, limit))
    return "" if resource.getrlimit(resource.RLIMIT_AS)[0] <= memory else "memory is not limited"


def _files(readable: tuple[Path, ...]) -> str:
    missing = landlock.read_only(readable)
    if missing:
        return missing
    try:
        os.close(os.open("/", os.O_RDONLY))
    except PermissionError:
        return ""
    return "the root folder can still be read"


def _calls() -> str:
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    missing = seccomp.deny()
    if missing:
        return missing
    try:
        socket.socket().close()
    except PermissionError:
        return ""
    return "a socket can still be opened"
