"""Counters that all processes of a deployment share, each in a file of its own.

A process adds to numbers in memory that is mapped to its file; whoever is asked reads the
files of all. So the sums are right whichever process answers. What a process counted stays
when it ends: its file is added to that of the dead, once, under a lock.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_BYTES: Final = 1 << 20
_HEAD: Final = struct.Struct("<Q")
_VALUE: Final = struct.Struct("<d")
_LENGTH: Final = struct.Struct("<I")
_SUFFIX: Final = ".meters"
_DEAD: Final = f"ended{_SUFFIX}"
_KEY_BYTES: Final = 200


class Meters:
    """The counters of this process. Without a folder nothing is counted."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._pid = 0
        self._places: dict[str, int] = {}
        self._memory: mmap.mmap | None = None

    def add(self, key: str, value: float = 1.0) -> None:
        """Add to a counter; a key is a metric's name with its labels, as Prometheus writes it."""
        if self._folder is None:
            return
        with self._lock:
            memory = self._opened()
            place = self._places.get(key)
            if place is None:
                place = self._new_place(memory, key)
            if place:
                _VALUE.pack_into(memory, place, _VALUE.unpack_from(memory, place)[0] + value)

    def read(self) -> Mapping[str, float]:
        """Return the sums over all processes, those that have ended included."""
        found: dict[str, float] = {}
        if self._folder is None or not self._folder.exists():
            return found
        with _locked(self._folder):
            for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
                for key, value in _entries(path.read_bytes()):
                    found[key] = found.get(key, 0.0) + value
        return found

    def _opened(self) -> mmap.mmap:
        """Return the memory of this process: after a fork it is another one."""
        if self._memory is None or self._pid != os.getpid():
            self._pid, self._places = os.getpid(), {}
            self._memory = self._new_file()
        return self._memory

    def _new_file(self) -> mmap.mmap:
        folder = self._folder
        if folder is None:
            raise ValueError("nothing is counted")
        folder.mkdir(mode=0o700, exist_ok=True)
        with _locked(folder):
            _bury(folder)
            path = folder / f"{self._pid}{_SUFFIX}"
            with path.open("w+b") as file:
                file.truncate(_BYTES)
                return mmap.mmap(file.fileno(), _BYTES)

    def _new_place(self, memory: mmap.mmap, key: str) -> int:
        """Return where a new counter lies, 0 when there is no room: it is not counted then."""
        raw = key.encode()[:_KEY_BYTES]
        used = _HEAD.unpack_from(memory, 0)[0] or _HEAD.size
        place = used + _LENGTH.size + len(raw)
        end = place + _VALUE.size
        if end > _BYTES:
            self._places[key] = 0
            return 0
        _LENGTH.pack_into(memory, used, len(raw))
        memory[used + _LENGTH.size : place] = raw
        _VALUE.pack_into(memory, place, 0.0)
        _HEAD.pack_into(memory, 0, end)  # last: a reader never sees half an entry
        self._places[key] = place
        return place


def _entries(memory: bytes) -> Iterator[tuple[str, float]]:
    used = _HEAD.unpack_from(memory, 0)[0] if len(memory) >= _HEAD.size else 0
    at = _HEAD.size
    while at < used:
        length = _LENGTH.unpack_from(memory, at)[0]
        key = memory[at + _LENGTH.size : at + _LENGTH.size + length].decode(errors="replace")
        at += _LENGTH.size + length
        yield key, _VALUE.unpack_from(memory, at)[0]
        at += _VALUE.size


def _bury(folder: Path) -> None:
    """Add the counters of processes that have ended to those of the dead."""
    ended = [path for path in folder.glob(f"*{_SUFFIX}") if path.name != _DEAD and not _lives(path)]
    if not ended:
        return
    grave = folder / _DEAD
    found: dict[str, float] = {}
    for path in (*ended, *([grave] if grave.exists() else [])):
        for key, value in _entries(path.read_bytes()):
            found[key] = found.get(key, 0.0) + value
    fresh = folder / "ended.new"
    fresh.write_bytes(_written(found))
    fresh.replace(grave)
    for path in ended:
        path.unlink()


def _written(values: Mapping[str, float]) -> bytes:
    parts = [
        _LENGTH.pack(len(raw := key.encode())) + raw + _VALUE.pack(value)
        for key, value in values.items()
    ]
    body = b"".join(parts)
    return _HEAD.pack(_HEAD.size + len(body)) + body


def _lives(path: Path) -> bool:
    number = path.name.removesuffix(_SUFFIX)
    if not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class _locked:
    """Holds the folder's lock for a block."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"

    def __enter__(self) -> None:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
