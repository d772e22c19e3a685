r"""The file of a backup: lines of JSON, compressed, encrypted in chunks that cannot be exchanged.

    "HCPB1\n" salt(16) { length(4, big-endian) AES-256-GCM(chunk) }*

The key of a file comes from the backup key and the file's salt (HKDF-SHA256); a chunk's nonce
is its number, and whether it is the last one is authenticated with it. So a file that was cut,
changed or put together from others does not open.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from haochaping.hooks.values import Words
from haochaping.ids import random_key
from haochaping.problems import Problem

MAGIC: Final = b"HCPB1\n"
_SALT_BYTES: Final = 16
_CHUNK: Final = 1 << 20
_INFO: Final = b"haochaping/1/backup"
_MORE, _LAST = b"more", b"last"
_LEVEL: Final = 1
"""zlib's fastest: a quarter of the size, at the speed of a disk."""


class BackupUnreadable(Problem):
    """A file that is no backup, was cut or changed, or belongs to another key."""

    code = "HCP-BACKUP-UNREADABLE"
    status = 422
    title = Words("备份文件无法读取", "The backup cannot be read")
    exit_code = 5


class Writer:
    """Writes lines into a new file; only `finish` makes it readable."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        salt = random_key(_SALT_BYTES)
        self._file, self._seal = file, AESGCM(_file_key(key, salt))
        self._packer, self._number = zlib.compressobj(_LEVEL), 0
        self._pending = bytearray()
        file.write(MAGIC + salt)

    def line(self, value: Any) -> None:
        """Write one value as a line of JSON."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        self._take(self._packer.compress(text.encode() + b"\n"))

    def finish(self) -> None:
        """Write what is left and the mark of the end."""
        self._take(self._packer.flush())
        self._chunk(bytes(self._pending), _LAST)

    def _take(self, packed: bytes) -> None:
        self._pending += packed
        while len(self._pending) > _CHUNK:
            self._chunk(bytes(self._pending[:_CHUNK]), _MORE)
            del self._pending[:_CHUNK]

    def _chunk(self, plain: bytes, mark: bytes) -> None:
        sealed = self._seal.encrypt(_nonce(self._number), plain, mark)
        self._number += 1
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)


class Reader:
    """Reads the lines of a file one after another. Raises BackupUnreadable."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key

    def __enter__(self) -> Reader:
        """Open the file."""
        self._file = self._path.open("rb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._file.close()

    def lines(self) -> Iterator[Any]:
        """Yield the values, to the last; a file that ends too early is refused."""
        if self._file.read(len(MAGIC)) != MAGIC:
            raise _unreadable("不是备份文件", "this is no backup")
        opener = AESGCM(_file_key(self._key, self._file.read(_SALT_BYTES)))
        unpacker, rest = zlib.decompressobj(), b""
        for plain in self._chunks(opener):
            whole, newline, rest = (rest + unpacker.decompress(plain)).rpartition(b"\n")
            if newline:
                yield from map(json.loads, io.BytesIO(whole))
        if rest or not unpacker.eof:
            raise _unreadable("文件不完整", "it is not whole")

    def _chunks(self, opener: AESGCM) -> Iterator[bytes]:
        number, last = 0, False
        while not last:
            length = int.from_bytes(self._file.read(4), "big")
            sealed = self._file.read(length)
            if not length or len(sealed) != length:
                raise _unreadable("文件被截断", "it was cut short")
            last = self._at_end()
            try:
                yield opener.decrypt(_nonce(number), sealed, _LAST if last else _MORE)
            except InvalidTag as error:
                raise _unreadable(
                    "内容被改动或密钥不对", "it was changed, or this is not its key"
                ) from error
            number += 1

    def _at_end(self) -> bool:
        here = self._file.tell()
        found = self._file.read(1) == b""
        self._file.seek(here)
        return found


def _file_key(key: bytes, salt: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=salt, info=_INFO).derive(key)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _unreadable(zh: str, en: str) -> BackupUnreadable:
    return BackupUnreadable(Words(zh, en))
