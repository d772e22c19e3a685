"""Errors as a person at a terminal reads them, and the exit code that scripts read."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Any, Final

import click

from haochaping.hooks.values import Words
from haochaping.problems import Problem


class ExitCode(IntEnum):
    """What the command line exits with."""

    OK = 0
    FINDINGS = 1
    """The command worked and found something that people should look at."""
    USAGE = 2
    CONFIGURATION = 3
    """A profile, a plugin or the deployment's settings cannot be used."""
    UNREACHABLE = 4
    """A database or another system does not answer."""
    INTEGRITY = 5
    """What is stored is not what was written."""
    INTERNAL = 70
    """A fault of the software itself."""


_BY_STATUS: Final = {
    500: ExitCode.CONFIGURATION,
    502: ExitCode.UNREACHABLE,
    503: ExitCode.UNREACHABLE,
    504: ExitCode.UNREACHABLE,
}


def exit_code(error: Exception) -> int:
    """Return the exit code of an error: a Problem's own `exit_code`, else by its kind."""
    if isinstance(error, Problem):
        return exit_code_of(type(error))
    if isinstance(error, ConnectionError | TimeoutError):
        return ExitCode.UNREACHABLE
    return ExitCode.USAGE if isinstance(error, OSError) else ExitCode.INTERNAL


def exit_code_of(problem: type[Problem]) -> int:
    """Return the exit code of a kind of problem: its own `exit_code`, else by its status."""
    own: int | None = getattr(problem, "exit_code", None)
    return int(own if own is not None else _BY_STATUS.get(problem.status, ExitCode.USAGE))


def report(error: Exception, language: str) -> None:
    """Write to stderr what went wrong, where, why and what can be done."""
    for line in described(error, language):
        click.echo(line, err=True)


def described(error: Exception, language: str) -> Iterator[str]:
    """Return the lines that `report` writes."""
    if isinstance(error, Problem):
        yield from _problem(error, language)
    elif isinstance(error, OSError):
        yield Words(f"错误：{error}", f"Error: {error}").into(language)
    else:
        yield from _internal(error, language)


def _problem(problem: Problem, language: str) -> Iterator[str]:
    word = Words("错误", "Error").into(language)
    yield f"{word} {problem.code}: {problem.title.into(language)}"
    faults = tuple(getattr(problem, "faults", ()))
    if faults:
        yield from (f"  {_fault(one, language)}" for one in faults)
    elif problem.detail != problem.title:
        yield from (f"  {line}" for line in problem.detail.into(language).splitlines())


def _fault(fault: Any, language: str) -> str:
    text: str = fault.text(language)
    return text


def _internal(error: Exception, language: str) -> Iterator[str]:
    yield (
        Words("程序内部错误", "Internal error").into(language)
        + f": {type(error).__name__}: {error}"
    )
    yield Words(
        "  加 --debug 重新运行可看到调用栈，请附在问题报告中",
        "  run again with --debug to see the traceback, and attach it to a report",
    ).into(language)
