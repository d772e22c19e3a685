"""Kinds of files that can be imported, and the registry that rooms and plugins add to."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from haochaping.catalog.cases import SHANGHAI, PersonSink
from haochaping.catalog.fields import Fields
from haochaping.catalog.outcomes import Outcome
from haochaping.catalog.plain import Columns
from haochaping.clock import Clock
from haochaping.hooks.values import Words
from haochaping.journal import Emit, EmitMany
from haochaping.problems import Problem


class UnknownKind(Problem):
    """There is no kind of import of this name."""

    code = "HCP-UNKNOWN-IMPORT-KIND"
    status = 404
    title = Words("没有这种导入数据", "There is no such kind of import")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a kind: its name in code, its headers, whether it is needed, an example."""

    name: str
    title: Words
    required: bool = False
    example: str = ""
    note: Words = field(default_factory=lambda: Words(""))
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What saving needs besides the connection.

    `deployment` is whatever kinds of higher rooms ask for; the catalogue's own do not.
    """

    clock: Clock
    emit: Emit
    emit_many: EmitMany | None = None
    person_sink: PersonSink | None = None
    case_pattern: str = ""
    zone: ZoneInfo = SHANGHAI
    deployment: Any = None


Parse = Callable[[Fields], Any]
"""Makes the draft of a line. Raises FieldFault."""

Save = Callable[[Connection, ImportContext, Sequence[Any], bool], Sequence[Outcome]]
"""Stores drafts; the flag says that this is the last chance of rows that wait."""


@dataclass(frozen=True, slots=True)
class Whole:
    """How whole chunks are taken in: `check` raises NotPlain, `save` says whether it stored."""

    check: Callable[[Columns], Any]
    save: Callable[[Connection, Any], bool]


Export = Callable[[Connection], Iterator[Sequence[str]]]
"""Gives the rows of a kind, cells in the order of its columns."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file. `last_order` sorts rows that waited before their last chance.

    `whole` may spare what is new and faultless the way line by line.
    """

    name: str
    title: Words
    columns: tuple[Column, ...]
    parse: Parse
    save: Save
    export: Export | None = None
    last_order: Callable[[Any], Any] | None = None
    whole: Whole | None = None

    def column(self, name: str) -> Column | None:
        """Return the column of a name."""
        return next((column for column in self.columns if column.name == name), None)


_REGISTERED: Final[dict[str, Kind]] = {}


def register(kind: Kind) -> None:
    """Add a kind; the same one again is fine. Raises ValueError when the name is taken."""
    if _REGISTERED.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"an import kind of the name {kind.name} is there already")


def registered() -> Mapping[str, Kind]:
    """Return the kinds by name, in the order in which they depend on each other."""
    return dict(_REGISTERED)


def kind_of(name: str, contributed: Iterable[Kind] = ()) -> Kind:
    """Return a kind of the core or of plugins by name. Raises UnknownKind."""
    known = {**_REGISTERED, **{kind.name: kind for kind in contributed}}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, 1)
    zh, en = (f"，是否指 {near[0]}？", f", did you mean {near[0]}?") if near else ("", "")
    choice = "、".join(known)
    raise UnknownKind(
        Words(f"没有「{name}」{zh} 可用：{choice}", f"There is no “{name}”{en} There are: {choice}")
    )
