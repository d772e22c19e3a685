"""Taking in a file: lines are checked one by one and stored in transactions of 1,000."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import Connection

from haochaping.catalog.fields import FieldFault
from haochaping.catalog.importing import reading, resuming
from haochaping.catalog.importing.headers import Layout, layout
from haochaping.catalog.importing.kinds import ImportContext, Kind
from haochaping.catalog.importing.reading import Line, Source
from haochaping.catalog.importing.rejects import Refused, RejectsFile, free_path
from haochaping.catalog.importing.resuming import Mark
from haochaping.catalog.outcomes import Outcome, Status
from haochaping.catalog.plain import NotPlain
from haochaping.hooks.values import Words

CHUNK: Final = 1000
PLAIN: Final = 4
"""Chunks in one transaction where whole chunks may be stored at once: some 50 ms of writing."""
MISSES: Final = 3
"""After how many chunks in a row that were not plain the run goes on line by line."""
SHOWN: Final = 20
"""How many refused lines a report carries; the rejects file has them all."""

Write = Callable[[], AbstractContextManager[Connection]]
"""Opens a writing transaction, as `store.write` does."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: lines done, refused so far, fraction 0 to 1 where known."""

    lines: int
    refused: int
    fraction: float | None


@dataclass(frozen=True, slots=True)
class ImportJob:
    """A file to take in. `rejects` None means a free name beside the file."""

    write: Write
    kind: Kind
    path: Path
    context: ImportContext
    rejects: Path | None = None
    language: str = "zh_Hans_CN"
    progress: Callable[[Progress], None] = field(default=lambda progress: None)


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that was not stored, and why."""

    number: int
    reason: Words


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did; `rejects` is the file of refused lines, None when there are none.

    `resumed_after` is the line after which an interrupted run was gone on with, 0 if none.
    """

    kind: str
    encoding: str
    created: int
    updated: int
    unchanged: int
    refused: int
    examples: int
    rejects: Path | None
    first_refused: tuple[RefusedLine, ...]
    resumed_after: int

    @property
    def lines(self) -> int:
        """How many lines were looked at, example rows not counted."""
        return self.created + self.updated + self.unchanged + self.refused


class _Read(NamedTuple):
    line: Line
    draft: Any


def run(job: ImportJob) -> Report:
    """Take in a file: good lines are stored, each bad one is named in the rejects file.

    The same file again changes nothing. A run that was interrupted goes on after its last
    chunk when it is started again with the same file. Raises UnreadableFile when the file
    as a whole cannot be used, and whatever the store raises.
    """
    with closing(reading.open_source(job.path)) as source:
        columns = layout(job.kind, source.header)
        key = (job.kind.name, reading.digest(job.path))
        with job.write() as conn:
            mark = resuming.unfinished(conn, *key)
        return _Run(job, source, columns, key, mark or Mark(_rejects_path(job))).run()


def _rejects_path(job: ImportJob) -> Path:
    return (job.rejects or free_path(job.path)).absolute()


class _Run:
    """A run under way."""

    def __init__(
        self, job: ImportJob, source: Source, columns: Layout, key: tuple[str, str], mark: Mark
    ) -> None:
        self.job, self.source, self.columns, self.key = job, source, columns, key
        self.resumed_after = mark.line
        self.line = mark.line
        self.counts: Counter[str] = Counter(mark.counts)
        self.waiting: list[_Read] = []
        self.first_refused: list[RefusedLine] = []
        self.rejects = RejectsFile(mark.rejects, source.header, job.language)
        self.rejects.go_on(mark.rejects_size)
        self.example = _example(job.kind)
        self.misses = 0

    def run(self) -> Report:
        """Take in all lines, then those that waited for their parents."""
        with closing(self.rejects):
            for chunk in _chunks(self._remaining(), CHUNK * self._at_once()):
                self._chunk(chunk)
            self._settle()
            with self.job.write() as conn:
                self._keep(conn, finished=True)
        return self._report()

    def _at_once(self) -> int:
        """Return how many chunks go into one transaction: more where a line costs little."""
        return 1 if self.job.kind.whole is None else PLAIN

    def _remaining(self) -> Iterator[Line]:
        if not self.resumed_after:
            return self.source.lines()
        return (line for line in self.source.lines() if line.number > self.resumed_after)

    def _chunk(self, lines: Sequence[Line]) -> None:
        if self._plain(lines):
            self._tell()
            return
        read, refused = self._read(lines)
        with self.job.write() as conn:
            refused += self._save(conn, read, last=False)
            self._refuse(refused)
            self.line = lines[-1].number
            if not self.waiting:
                self._keep(conn, finished=False)
        self._tell()

    def _plain(self, lines: Sequence[Line]) -> bool:
        """Store lines that are new and without a fault all at once; False when some are not.

        A file that is not of that sort is soon no longer asked.
        """
        whole = self.job.kind.whole
        if whole is None or self.misses == MISSES or self.source.encoding == "XLSX":
            return False
        try:
            found = whole.check(self.columns.plain(lines))
        except NotPlain:
            self.misses += 1
            return False
        with self.job.write() as conn:
            if not whole.save(conn, found):
                self.misses += 1
                return False
            self.counts[Status.CREATED] += len(lines)
            self.line = lines[-1].number
            if not self.waiting:
                self._keep(conn, finished=False)
        self.misses = 0
        return True

    def _read(self, lines: Iterable[Line]) -> tuple[list[_Read], list[Refused]]:
        read, refused = [], []
        for line in lines:
            result = self._parsed(line)
            if isinstance(result, Words):
                refused.append(Refused(line.number, line.cells, result))
            elif result is not None:
                read.append(_Read(line, result))
        return read, refused

    def _parsed(self, line: Line) -> Any:
        """Return the draft of a line, why it is refused, or None for the template's example."""
        fields = reading.refusal(line) or self.columns.fields(line)
        if isinstance(fields, Words):
            return fields
        if self.source.encoding == "XLSX" and _stated(fields) == self.example:
            self.counts["examples"] += 1
            return None
        try:
            return self.job.kind.parse(fields)
        except FieldFault as fault:
            return self._words(fault)

    def _words(self, fault: FieldFault) -> Words:
        column = self.job.kind.column(fault.field)
        title = column.title if column else Words(fault.field, fault.field)
        return Words(f"{title.zh}：{fault.words.zh}", f"{title.en}: {fault.words.en}")

    def _save(self, conn: Connection, read: Sequence[_Read], *, last: bool) -> list[Refused]:
        if not read:
            return []
        drafts = [item.draft for item in read]
        outcomes = self.job.kind.save(conn, self.job.context, drafts, last)
        refused = []
        for item, outcome in zip(read, outcomes, strict=True):
            if outcome.status is Status.WAITING:
                self.waiting.append(item)
            elif outcome.status is Status.REFUSED:
                refused.append(_refused(item, outcome))
            else:
                self.counts[outcome.status] += 1
        return refused

    def _settle(self) -> None:
        """Try the lines that waited again while that helps, then refuse the rest."""
        for last in (False, True):
            if last and self.job.kind.last_order:
                order = self.job.kind.last_order
                self.waiting.sort(key=lambda item: order(item.draft))
            before = len(self.waiting) + 1
            while 0 < len(self.waiting) < before:
                before = len(self.waiting)
                self._again(last)
        self._give_up()

    def _again(self, last: bool) -> None:
        items, self.waiting = self.waiting, []
        for chunk in _chunks(iter(items), CHUNK):
            with self.job.write() as conn:
                self._refuse(self._save(conn, chunk, last=last))
            self._tell()

    def _give_up(self) -> None:
        for chunk in _chunks(iter(self.waiting), CHUNK):
            with self.job.write() as conn:
                drafts = [item.draft for item in chunk]
                outcomes = self.job.kind.save(conn, self.job.context, drafts, True)
            self._refuse([_refused(*pair) for pair in zip(chunk, outcomes, strict=True)])
        self.waiting = []

    def _refuse(self, refused: list[Refused]) -> None:
        refused.sort(key=lambda line: line.number)
        self.counts[Status.REFUSED] += len(refused)
        self.rejects.add(refused)
        room = SHOWN - len(self.first_refused)
        self.first_refused += [RefusedLine(one.number, one.reason) for one in refused[:room]]

    def _keep(self, conn: Connection, *, finished: bool) -> None:
        counts = {str(name): count for name, count in self.counts.items()}
        mark = Mark(self.rejects.path, self.line, counts, self.rejects.size)
        resuming.keep(conn, self.key, mark, self.job.context.clock.now(), finished=finished)

    def _tell(self) -> None:
        done = sum(self.counts.values())
        refused = self.counts[Status.REFUSED]
        self.job.progress(Progress(done, refused, self.source.fraction))

    def _report(self) -> Report:
        return Report(
            kind=self.job.kind.name,
            encoding=self.source.encoding,
            created=self.counts[Status.CREATED],
            updated=self.counts[Status.UPDATED],
            unchanged=self.counts[Status.UNCHANGED],
            refused=self.counts[Status.REFUSED],
            examples=self.counts["examples"],
            rejects=self.rejects.path if self.rejects.size else None,
            first_refused=tuple(self.first_refused),
            resumed_after=self.resumed_after,
        )


def _example(kind: Kind) -> dict[str, str]:
    return {column.name: column.example for column in kind.columns if column.example}


def _stated(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: cell for name, cell in fields.items() if cell}


def _refused(item: _Read, outcome: Outcome) -> Refused:
    return Refused(item.line.number, item.line.cells, outcome.reason or Words("被拒绝", "refused"))


def _chunks(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(islice(items, size)):
        yield chunk
