"""Templates compiled once a process, however many applications it makes."""

from __future__ import annotations

from types import CodeType
from typing import Final

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

_COMPILED: Final[dict[tuple[str, str], CodeType]] = {}
"""By name and digest of the source: as many as there are templates."""


class _Kept(BytecodeCache):
    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template's code, if it was compiled before."""
        bucket.code = _COMPILED.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code."""
        if bucket.code is not None:
            _COMPILED[bucket.key, bucket.checksum] = bucket.code


def install(app: Flask) -> None:
    """Compile the application's templates once for all applications with the same settings."""
    app.jinja_env.bytecode_cache = _Kept()
