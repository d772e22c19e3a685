"""Calendar files: those that come with haochaping and those a deployment adds."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from haochaping.hooks.values import Words
from haochaping.profile.faults import Fault
from haochaping.profile.reading import MAX_BYTES
from haochaping.worktime.years import NATIONAL, CalendarError, YearCalendar, parse_year


def read_all(deployment_dir: Path | None = None) -> tuple[list[YearCalendar], list[Fault]]:
    """Return the years in force and what is wrong with files that were left out.

    Of one year and scope the highest revision is in force; a deployment's file wins a tie.
    """
    in_force: dict[tuple[int, str], YearCalendar] = {}
    faults: list[Fault] = []
    for file in _files(deployment_dir):
        try:
            year = read_file(file)
        except CalendarError as error:
            faults += error.faults
            continue
        present = in_force.get((year.year, year.scope))
        if present is None or year.revision >= present.revision:
            in_force[year.year, year.scope] = year
    return list(in_force.values()), faults


def sample() -> str:
    """Return the newest file that comes with haochaping, as a pattern for the next year's."""
    return max(_files(None), key=lambda file: file.name).read_text(encoding="utf-8")


Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of change and size of each of a deployment's own calendar files."""


def stamp_of(deployment_dir: Path | None) -> Stamp:
    """Return what tells whether a deployment's own calendar files have changed."""
    if deployment_dir is None:
        return ()
    found = []
    for file in sorted((deployment_dir / "calendars").glob("*.yaml")):
        try:
            about = file.stat()
        except OSError:
            continue  # replaced this instant: the next look sees it
        found.append((file.name, about.st_mtime_ns, about.st_size))
    return tuple(found)


def read_file(file: Traversable) -> YearCalendar:
    """Return the year that a file holds.

    :raises CalendarError: with all faults at once; also when the file cannot be read.
    """
    name = str(file) if isinstance(file, Path) else file.name
    try:
        if not file.is_file():
            raise CalendarError([Fault(name, 0, "", _ABSENT)])
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        words = Words(f"文件读不出来：{why}", f"the file cannot be read: {why}")
        raise CalendarError([Fault(name, 0, "", words)]) from error
    return parse_year(raw, name)


def store_file(file: Path, deployment_dir: Path) -> YearCalendar:
    """Check a calendar file and copy it into the deployment; the copy is in force at once.

    :raises CalendarError: when the file is faulty, or its revision is not newer than the
        one in force while its days differ.
    """
    new = check_file(file, deployment_dir)
    folder = deployment_dir / "calendars"
    folder.mkdir(parents=True, exist_ok=True)
    suffix = "" if new.scope == NATIONAL else f"-{new.scope}"
    _replace(folder / f"{new.year}{suffix}.yaml", file.read_bytes())
    return new


def check_file(file: Path, deployment_dir: Path) -> YearCalendar:
    """Return the year of a file that `store_file` would take. Raises CalendarError."""
    new = read_file(file)
    years, _ = read_all(deployment_dir)
    same = (new.year, new.scope)
    present = next((year for year in years if (year.year, year.scope) == same), None)
    if present is not None and present != new and new.revision <= present.revision:
        raise CalendarError([_older(file, new, present)])
    return new


def store_notice(year: YearCalendar, notice: tuple[bytes, str], deployment_dir: Path) -> Path:
    """Keep the notice (bytes and suffix) that a year is put in force with, beside its file."""
    data, suffix = notice
    folder = deployment_dir / "calendars" / "notices"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{notice_stem(year)}{suffix}"
    _replace(path, data)
    return path


def notice_stem(year: YearCalendar) -> str:
    """Return the name of a year's notice without its suffix: `2027-national-1`."""
    return f"{year.year}-{year.scope}-{year.revision}"


def notices(deployment_dir: Path) -> list[Path]:
    """Return the notices that are kept."""
    folder = deployment_dir / "calendars" / "notices"
    return sorted(folder.glob("*-*-*.*")) if folder.is_dir() else []


def _files(deployment_dir: Path | None) -> Iterator[Traversable]:
    """Yield all calendar files, the deployment's last."""
    folders: list[Traversable] = [resources.files("haochaping.worktime") / "calendars"]
    if deployment_dir is not None:
        folders.append(deployment_dir / "calendars")
    for folder in folders:
        try:
            files = sorted(folder.iterdir(), key=lambda file: file.name)
        except OSError:
            continue
        yield from (file for file in files if file.name.endswith(".yaml"))


def _older(file: Path, new: YearCalendar, present: YearCalendar) -> Fault:
    words = Words(
        f"{new.year} 年已有第 {present.revision} 版且内容不同；新文件应写更高的 revision",
        f"revision {present.revision} of {new.year} is in force and differs;"
        " the new file needs a higher revision",
    )
    return Fault(str(file), 0, "revision", words, example=str(present.revision + 1))


def _replace(target: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old or the new one, never a part."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(target)


_ABSENT = Words("文件不存在或不是普通文件", "there is no such ordinary file")
