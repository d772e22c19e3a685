"""Landlock: a process gives up all files but some that it may read (Linux 5.13 and later).

Numbers are of `linux/landlock.h`; the three calls have the same numbers on all machines.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_READ_FILE, _READ_FOLDER, _WRITE_FILE = 1 << 2, 1 << 3, 1 << 1
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}
"""Rights on files that each version knows; later ones know one more."""
_NETWORK: Final = 0b11
"""Binding and connecting TCP, since version 4."""
_SCOPES: Final = 0b11
"""Abstract sockets of others, and signals to others, since version 6."""


def read_only(readable: Iterable[Path]) -> str:
    """Give up all files but those beneath `readable`; return why not, empty when it is done.

    `/dev/null` may be written. Needs no privileges beyond `no_new_privs`.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = int(libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION)))
    if version < 1:
        return f"the kernel has no Landlock ({os.strerror(ctypes.get_errno())})"
    rights = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    attributes = _attributes(version, rights)
    rules = int(libc.syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0))
    if rules < 0:
        return f"Landlock refuses ({os.strerror(ctypes.get_errno())})"
    for path in readable:
        _allow(libc, rules, path, _READ_FILE | (_READ_FOLDER if path.is_dir() else 0))
    _allow(libc, rules, Path(os.devnull), _READ_FILE | _WRITE_FILE)
    done = int(libc.syscall(_RESTRICT, rules, 0))
    os.close(rules)
    return f"Landlock refuses ({os.strerror(ctypes.get_errno())})" if done else ""


def _attributes(version: int, rights: int) -> bytes:
    network, scopes = _NETWORK if version >= 4 else 0, _SCOPES if version >= 6 else 0
    known = 8 if version < 4 else 16 if version < 6 else 24
    return struct.pack("QQQ", rights, network, scopes)[:known]


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there cannot be read
    rule = struct.pack("=Qi", rights, place)
    libc.syscall(_ADD, rules, _PATH_BENEATH, rule, 0)
    os.close(place)
