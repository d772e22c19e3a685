"""Logs: one JSON object a line, without line breaks inside, without persons and secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, TextIO

_SECRETS: Final = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), r"\1 ***"),
    (re.compile(r"\bhcp[kd]_[A-Za-z0-9_-]{8,}"), "hcp_***"),
    (re.compile(r"(?i)(password|secret|token|signature|\bsign|\bkey)=[^&\s\"']+"), r"\1=***"),
)
_BIRTHDAY: Final = r"(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
"""Tells identity numbers from our own ids, which may have 18 digits too."""
_PERSONS: Final = (
    (re.compile(rf"(?<![0-9A-Za-z])[1-9]\d{{5}}{_BIRTHDAY}\d{{3}}[0-9Xx](?![0-9A-Za-z])"), "[id]"),
    (re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), "[mobile]"),
)
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, default=str)
_quoted: Final = json.encoder.encode_basestring
_NOTHING: Final[Mapping[str, Any]] = {}
_OURS: Final = "haochaping"
_about: ContextVar[Mapping[str, Any] | None] = ContextVar("about", default=None)
"""What is being worked on: fields of every line written meanwhile; None between two works."""


About = Token[Mapping[str, Any] | None]


_SHORTEST: Final = 11
"""Signs of the shortest text that one of the patterns without "=" matches."""
_HARMLESS: Final = re.compile(r"(?:(?!hcp)[a-z_.])+|\d{6}-\d{6}-\d{16,19}")
"""Words of ours in small letters, and the names of ratings: region, month, id."""
_SUSPECT: Final = re.compile(
    r"=|(?<!\d)\d{11}(?!\d)|\d{17}[\dXx]|[hH][cC][pP]|[bB](?:[eE][aA]|[aA][sS])"
)
"""Found in every text that one of the patterns could match."""


def scrub(text: str) -> str:
    """Return a text without keys, 18-digit identity numbers and 11-digit mobile numbers."""
    if len(text) < _SHORTEST and "=" not in text:
        return text
    if _HARMLESS.fullmatch(text) is not None or _SUSPECT.search(text) is None:
        return text
    for pattern, instead in (*_SECRETS, *_PERSONS):
        text = pattern.sub(instead, text)
    return text


def scrubbed(value: Any) -> Any:
    """Return a value with every text in it scrubbed."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {str(key): scrubbed(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrubbed(each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return scrub(str(value))


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; further fields come from `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; JSON escapes line breaks, so one event is always one line."""
        line: dict[str, Any] = {
            "at": _moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        every = vars(record)
        given = {name: every[name] for name in every if name not in _STANDARD}
        line = {**line, **(_about.get() or _NOTHING), **given, **line}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        written = [f"{_quoted(name)}: {_written(value)}" for name, value in line.items()]
        return f"{{{', '.join(written)}}}"


def _written(value: Any) -> str:
    """Return a value as JSON, scrubbed."""
    if type(value) is str:
        return _quoted(scrub(value))
    return repr(value) if type(value) is int else _ENCODER.encode(scrubbed(value))


def _moment(seconds: float) -> str:
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1000):03}+00:00"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    """Return a second in UTC, which all lines of that second begin with."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def configure(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send the logs of haochaping to `stream` (stderr by default) as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(_OURS)
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


def configure_process(process: str) -> None:
    """Let a whole process write JSON lines: ours with the process's name, warnings of libraries."""
    # what `JsonLines` does not write need not be found out for every line
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    configure()
    root = logging.getLogger()
    root.handlers[:] = logging.getLogger(_OURS).handlers
    root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    for handler in root.handlers:
        handler.addFilter(_Named(process))


def tell(logger: logging.Logger, event: str, fields: Mapping[str, Any]) -> None:
    """Write one line as `logger.info` would, without asking where in the code it was written."""
    record = logging.LogRecord(logger.name, logging.INFO, "", 0, event, (), None)
    vars(record).update(fields)
    logger.handle(record)


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """Name what is worked on in every line of a block: ids only, never persons or texts."""
    token = begin(**fields)
    try:
        yield
    finally:
        end(token)


def begin(**fields: Any) -> About:
    """Begin what `about` does for a block; hand the answer to `end`."""
    return _about.set({**(_about.get() or {}), **fields})


def end(token: About) -> None:
    """End what `begin` began; in another thread or twice it does nothing."""
    with suppress(ValueError, RuntimeError):
        _about.reset(token)


def note(**fields: Any) -> None:
    """Name what is worked on in every line from here on; outside of any `about` do nothing."""
    present = _about.get()
    if present is not None:
        _about.set({**present, **fields})


class _Named(logging.Filter):
    """Gives every record the name of its process, in whichever thread it was written."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def filter(self, record: logging.LogRecord) -> bool:
        record.part = self._process
        return True


def log(event: str, **fields: Any) -> None:
    """Write one event with its fields, as jobs and duties do."""
    level = logging.WARNING if "error" in fields else logging.INFO
    logging.getLogger(_OURS).log(level, event, extra=_renamed(fields))


def _renamed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields under names that a log record does not use itself."""
    return {f"{name}_" if name in _STANDARD else name: value for name, value in fields.items()}
