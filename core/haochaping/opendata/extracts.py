"""Extracts: one data set over several months, made of the releases that exist."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from haochaping.hooks.values import Words
from haochaping.opendata import packages, releases
from haochaping.opendata.dictionary import DATA_SETS, DataSet, named
from haochaping.opendata.releases import Release
from haochaping.problems import Problem
from haochaping.store import Store

MONTHS: Final = 1200
"""Months of an extract at most."""
MONTH: Final = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])")
JOB: Final = "opendata.extract"
"""Kind of the job that makes an extract; its payload is `{name}`."""


class UnknownDataSet(Problem):
    """There is no data set of this name."""

    code = "HCP-UNKNOWN-DATA-SET"
    status = 404
    title = Words("没有这个数据集", "There is no such data set")


class UnknownMonths(Problem):
    """The months asked for are unreadable, in the wrong order, or not released."""

    code = "HCP-UNKNOWN-MONTHS"
    status = 404
    title = Words("没有这些月份的开放数据", "There is no open data of these months")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A data set over the months from the first to the last, both as `2026-10`."""

    data: DataSet
    first: str
    last: str

    @classmethod
    def of(cls, data: str, first: str, last: str) -> Wanted:
        """Return a wish. Raises UnknownDataSet, UnknownMonths."""
        found = named(data)
        if found is None:
            known = "、".join(one.name for one in DATA_SETS)
            raise UnknownDataSet(Words(f"可选：{known}", f"Known data sets: {known}"))
        if not MONTH.fullmatch(first) or not MONTH.fullmatch(last) or first > last:
            raise UnknownMonths(
                Words(
                    "请写成 2026-01 这样的月份，起月不晚于止月",
                    "Write months as 2026-01, the first not after the last",
                )
            )
        return cls(found, first, last)

    @classmethod
    def named(cls, name: str) -> Wanted:
        """Return the wish that a release is named after. Raises like `of`."""
        data, _, months = name.partition(":")
        first, _, last = months.partition(":")
        return cls.of(data, first, last)

    @property
    def name(self) -> str:
        """The name of its release."""
        return f"{self.data.name}:{self.first}:{self.last}"

    @property
    def lines(self) -> str:
        """The file of lines of JSON in each release."""
        return f"{self.data.name}.{packages.LINES}"


def months(conn: Connection, wanted: Wanted) -> tuple[Release, ...]:
    """Return the newest releases of the months wanted. Raises UnknownMonths if there is none."""
    released = releases.newest(conn, wanted.first, wanted.last, MONTHS)[::-1]
    if not released:
        raise UnknownMonths(
            Words(
                f"{wanted.first} 至 {wanted.last} 没有已发布的月份",
                f"No month from {wanted.first} to {wanted.last} has been released",
            )
        )
    return released


def size(found: Sequence[Release], wanted: Wanted) -> int:
    """Return how many rows an extract would have."""
    files = (one.named(wanted.lines) for one in found)
    return sum(one.rows or 0 for one in files if one is not None)


def make(store: Store, wanted: Wanted, at: datetime) -> Release:
    """Make an extract and return it; the same one again is left as it is. Raises UnknownMonths."""
    with store.read() as conn:
        found = months(conn, wanted)
    with tempfile.TemporaryDirectory(prefix="haochaping-open-data-") as folder:
        lines = Path(folder) / wanted.lines
        with lines.open("wb") as out:
            for one in found:
                out.writelines(releases.content(store, one.id, wanted.lines))
        every = packages.of_lines(lines, size(found, wanted))
        made = list(packages.in_all_forms(wanted.data, every))
        return releases.keep(store, wanted.name, made, at)


def is_fresh(made: Release, found: Sequence[Release]) -> bool:
    """Say whether none of its months was released anew since an extract was made."""
    return all(one.made_at <= made.made_at for one in found)
