"""Boards (榜单): subjects of one kind with their figures, ranked where there is enough to rank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.catalog import regions, subjects
from haochaping.disclosure import origins, sight, specs, withholding
from haochaping.disclosure.bands import bands
from haochaping.disclosure.cells import (
    HIDDEN,
    Cell,
    Column,
    about_raters,
    cell_of,
    column_of,
    enough,
)
from haochaping.disclosure.corrected import Looking, Note, notes
from haochaping.disclosure.intervals import wilson
from haochaping.disclosure.ordering import covered, drawn
from haochaping.disclosure.origins import Origin, Passive
from haochaping.disclosure.ranking import Entrant, Placed, ranked
from haochaping.disclosure.sight import Audience, Seen, Wanted
from haochaping.disclosure.suppression import Cell as Count
from haochaping.grading import closing, figures, formulas, periods
from haochaping.grading.facts import NO_CASES, CaseCounts
from haochaping.grading.formulas import Formulas, Result
from haochaping.hooks.disclosure import BoardSpec
from haochaping.hooks.grading import CaseFacts, Ratio, Tally
from haochaping.hooks.values import Period, Subject, Words
from haochaping.problems import Problem
from haochaping.profile.rules import DisclosureRules

PAGE: Final = 500
"""Rows of a board at most."""


class UnknownBoard(Problem):
    """There is no board of this name, or not for this audience."""

    code = "HCP-UNKNOWN-BOARD"
    status = 404
    title = Words("没有这个榜单", "There is no such board")


class UnknownColumn(Problem):
    """A board has no column of this name to be ordered by."""

    code = "HCP-UNKNOWN-COLUMN"
    status = 400
    title = Words("榜单没有这一列", "The board has no such column")


class UnknownRegion(Problem):
    """No region has this code."""

    code = "HCP-UNKNOWN-REGION"
    status = 404
    title = Words("没有这个地区", "There is no such region")


@dataclass(frozen=True, slots=True)
class Row:
    """One subject of a board.

    `rank` is None when there are too few ratings. `rated` is exact, for our own use;
    `count` is what may be shown of it. `shielded` figures move in batches;
    `corrected` ones differ from those frozen when the period was closed.
    """

    rank: int | None
    tied: bool
    subject: Subject
    rated: int
    count: Count
    cells: Mapping[str, Cell]
    shielded: bool
    corrected: bool
    band: int | None = None
    """Places of one band cannot be told apart (see `bands`); None where there is none."""
    passive: Passive = origins.NONE
    """Back-filled ratings among `rated`, and default ones, which are in no figure."""


@dataclass(frozen=True, slots=True)
class Board:
    """A board as it is shown, with all it takes to recompute it."""

    name: str
    title: Words
    note: Words | None
    subject_kind: str
    period: Period
    region: str
    columns: tuple[Column, ...]
    order: str
    descending: bool
    rows: tuple[Row, ...]
    total: int
    """Subjects with figures; `rows` may hold fewer."""
    min_n: int
    closed: bool
    profile_digest: str
    as_of: datetime
    corrections: tuple[Note, ...] = ()
    """What moved in figures of closed months, and what findings moved, the newest first."""
    origins: tuple[Origin, ...] = ()
    """Where the ratings of the region and period came from."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Which board: its name, period and region subtree (empty: everything), and the order.

    `order` is a column, empty for the board's own; `descending` None for its own direction.
    """

    name: str
    period: Period
    region: str = ""
    audience: Audience = Audience.PUBLIC
    order: str = ""
    descending: bool | None = None
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Boards:
    """All boards of a deployment."""

    formulas: Formulas
    rules: DisclosureRules
    digest: str
    cases: CaseCounts
    specs: Mapping[str, BoardSpec]
    zone: str = "Asia/Shanghai"

    def listed(self, audience: Audience) -> tuple[BoardSpec, ...]:
        """Return the boards that an audience may see."""
        return tuple(spec for spec in self.specs.values() if _open_to(spec, audience))

    def each(self, conn: Connection, asks: Iterable[Ask], at: datetime) -> Iterator[Board]:
        """Yield boards as of now, which say the same of a subject: it is read once for them all.

        Raises as `board` does.
        """
        known: _Known = {}
        for ask in asks:
            yield self._board(conn, ask, at, known)

    def board(self, conn: Connection, ask: Ask, at: datetime) -> Board:
        """Return a board as of now. Raises UnknownBoard, UnknownColumn, UnknownRegion."""
        return self._board(conn, ask, at, {})

    def _board(self, conn: Connection, ask: Ask, at: datetime, known: _Known) -> Board:
        spec = self._spec(ask)
        order = self._order(spec, ask)
        descending = spec.descending if ask.descending is None else ask.descending
        key = (spec.subject_kind, ask.region, ask.period, ask.audience)
        if key not in known:
            inside = within(conn, spec.subject_kind, ask.region)
            known[key] = self._lines(conn, ask, Wanted(spec.subject_kind, inside, ask.period))
        lines = known[key]
        entrants = [self._entrant(spec, line, order, ask.audience) for line in lines.values()]
        results = {each: line.results[order] for each, line in lines.items()}
        places = ranked(
            drawn(entrants, results, self.rules.shrinkage),
            descending=descending,
        )
        came = self._origins(conn, spec, ask, at)
        rows = self._rows(conn, spec, places[: ask.limit], ask, came)
        return Board(
            name=spec.name,
            title=spec.title,
            note=spec.note,
            subject_kind=spec.subject_kind,
            period=ask.period,
            region=ask.region,
            columns=tuple(column_of(self.formulas[name]) for name in self.columns(spec)),
            order=order,
            descending=descending,
            rows=rows,
            total=len(lines),
            min_n=self.rules.min_n,
            closed=closing.is_closed(conn, ask.period),
            profile_digest=self.digest,
            as_of=at,
            corrections=self._corrections(conn, spec, ask, (rows, at)),
            origins=came,
        )

    def _origins(
        self, conn: Connection, spec: BoardSpec, ask: Ask, at: datetime
    ) -> tuple[Origin, ...]:
        """Return where ratings came from; beside shielded figures only of days that are over."""
        period = ask.period
        if ask.audience is not Audience.SUPERVISOR and spec.subject_kind != "region":
            over = periods.local_day(at, self.zone) - timedelta(days=1)
            period = replace(period, last=min(period.last, over))
        if period.last < period.first:
            return ()
        return origins.of_region(conn, ask.region, period, self._below(ask.audience))

    def columns(self, spec: BoardSpec) -> tuple[str, ...]:
        """Return the columns of a board: its measure first, and those the profile knows."""
        names = dict.fromkeys((spec.measure, *spec.columns))
        return tuple(name for name in names if name in self.formulas)

    def _spec(self, ask: Ask) -> BoardSpec:
        spec = self.specs.get(ask.name)
        if spec is None or not _open_to(spec, ask.audience):
            known = "、".join(each.name for each in self.listed(ask.audience))
            raise UnknownBoard(
                Words(
                    f"没有榜单“{ask.name[:40]}”。可选：{known}",
                    f"There is no board “{ask.name[:40]}”. Known boards: {known}",
                )
            )
        return spec

    def _order(self, spec: BoardSpec, ask: Ask) -> str:
        order = ask.order or spec.measure
        if order not in self.columns(spec):
            known = "、".join(self.columns(spec))
            raise UnknownColumn(
                Words(
                    f"榜单没有“{order[:40]}”这一列。可选：{known}",
                    f"The board has no column “{order[:40]}”. Known columns: {known}",
                )
            )
        return order

    def _lines(self, conn: Connection, ask: Ask, wanted: Wanted) -> dict[int, Line]:
        seen = sight.look(conn, ask.audience, self.rules, wanted)
        ids = sorted(seen.tallies)
        cases = self.cases(conn, wanted.kind, ids, wanted.period)
        hidden = withholding.of_board(conn, self.rules, wanted.kind, wanted.period, ask.audience)
        return {
            each: replace(
                self._line(each, seen, cases.get(each, NO_CASES)), withheld=each in hidden
            )
            for each in ids
        }

    def _line(self, subject: int, seen: Seen, cases: CaseFacts) -> Line:
        tally = seen.tallies[subject]
        results = formulas.compute(self.formulas, tally, cases)
        enough_offered = covered(cases, self.rules.coverage_floor)
        return Line(subject, tally, results, subject in seen.shielded, enough_offered)

    def _entrant(
        self, spec: BoardSpec, line: Line, order: str, audience: Audience
    ) -> Entrant[Line]:
        """Return a line for the ranking; the order of withheld numbers must not tell them."""
        result = line.results[order]
        cases = 1 if _few_cases(spec) else self.rules.suppress_below
        fit = line.covered and enough(self.formulas[order], result, self.rules.min_n, cases)
        fit = fit and not self._hides(line, order)
        weight = 0 if self._count(line, audience).count is None else line.tally.rated
        return Entrant(line, line.id, result.value if fit else None, weight)

    def _rows(
        self,
        conn: Connection,
        spec: BoardSpec,
        places: list[Placed[Line]],
        ask: Ask,
        came: tuple[Origin, ...],
    ) -> tuple[Row, ...]:
        shown = {place.what.id: place.what.tally for place in places}
        names = subjects.names(conn, spec.subject_kind, list(shown))
        banded = self._bands(spec, places, ask)
        corrected = closing.corrected(conn, spec.subject_kind, ask.period, shown)
        hidden = {place.what.id for place in places if place.what.withheld}
        passive = self._passive(conn, spec, shown, ask, came)
        return tuple(
            replace(
                self._row(spec, place, names[place.what.id]),
                count=self._count(place.what, ask.audience),
                corrected=place.what.id in corrected,
                band=band,
                passive=_unseen(passive[place.what.id])
                if place.what.id in hidden
                else passive[place.what.id],
            )
            for place, band in zip(places, banded, strict=True)
            if place.what.id in names
        )

    def _corrections(
        self, conn: Connection, spec: BoardSpec, ask: Ask, shown: tuple[tuple[Row, ...], datetime]
    ) -> tuple[Note, ...]:
        """Return the correction notes of the subjects that are shown."""
        rows, at = shown
        looking = Looking(
            self.formulas[spec.measure],
            ask.audience is Audience.SUPERVISOR,
            self.rules.suppress_below,
            periods.local_day(at, self.zone),
            self.zone,
        )
        shielded = frozenset(row.subject.id for row in rows if row.shielded)
        subjects = {row.subject.id: row.subject for row in rows if row.count.count is not None}
        return notes(conn, spec.subject_kind, ask.period, (subjects, shielded), looking)

    def _bands(self, spec: BoardSpec, places: list[Placed[Line]], ask: Ask) -> Iterable[int | None]:
        """Return the band of each ranked place by the column that orders the board."""
        order = self._order(spec, ask)
        results = [place.what.results[order] if place.rank else None for place in places]
        return bands(
            [wilson(each.over, each.under) if isinstance(each, Ratio) else None for each in results]
        )

    def _count(self, line: Line, audience: Audience) -> Count:
        """Return a number of ratings as an audience may see it: small ones only by supervisors."""
        count = origins.small(line.tally.rated, self._below(audience))
        return Count(None, count.below) if line.withheld else count

    def _hides(self, line: Line, column: str) -> bool:
        """Say whether a figure is withheld because it would give others away."""
        return line.withheld and about_raters(self.formulas[column])

    def _below(self, audience: Audience) -> int:
        return 0 if audience is Audience.SUPERVISOR else self.rules.suppress_below

    def _passive(
        self,
        conn: Connection,
        spec: BoardSpec,
        shown: Mapping[int, Tally],
        ask: Ask,
        came: tuple[Origin, ...],
    ) -> Mapping[int, Passive]:
        """Return what nobody gave, by subject. Defaults move at night only, for everybody."""
        kind, below = spec.subject_kind, self._below(ask.audience)
        some = origins.any_default(came)
        defaults = figures.defaults(conn, kind, list(shown), ask.period) if some else {}
        return {
            each: Passive(
                origins.small(tally.rated - tally.active, below),
                origins.small(defaults.get(each, 0), below),
            )
            for each, tally in shown.items()
        }

    def _row(self, spec: BoardSpec, place: Placed[Line], subject: Subject) -> Row:
        line, below, few = place.what, self.rules.suppress_below, _few_cases(spec)
        cells = {
            name: cell_of(self.formulas[name], line.results[name], below, few_cases=few)
            for name in self.columns(spec)
        }
        cells |= {
            name: HIDDEN
            for name, cell in cells.items()
            if self._hides(line, name) and not cell.withheld
        }
        return Row(
            rank=place.rank,
            tied=place.tied,
            subject=subject,
            rated=line.tally.rated,
            count=Count(line.tally.rated),
            cells=cells,
            shielded=line.shielded,
            corrected=False,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one subject before they are shown."""

    id: int
    tally: Tally
    results: Mapping[str, Result]
    shielded: bool
    covered: bool = True
    """Enough services were offered an evaluation to be ranked."""
    withheld: bool = False
    """Small, or withheld beside a small one: nothing of its ratings and cases is shown."""


_Known = dict[tuple[str, str, Period, Audience], dict[int, Line]]
"""Lines by kind of subject, region, period and audience: all that they depend on."""


def known_boards(contributed: Iterable[BoardSpec], known: Formulas) -> Mapping[str, BoardSpec]:
    """Return the core's boards, as far as the profile has their measures, and the plugins'.

    Raises ValueError naming the board when a name is taken or its measure is unknown.
    """
    found = {spec.name: spec for spec in specs.BASE if spec.measure in known}
    for spec in contributed:
        if spec.name in found:
            raise ValueError(f"the board {spec.name} exists already")
        if spec.measure not in known:
            raise ValueError(f"the board {spec.name} uses the unknown measure {spec.measure}")
        found[spec.name] = spec
    return found


def within(conn: Connection, kind: str, region: str) -> figures.Ids:
    """Return which subjects of a kind lie in a region's subtree. Raises UnknownRegion."""
    if not region:
        return None
    path = regions.path_of(conn, region)
    if path is None:
        raise UnknownRegion(
            Words(f"没有代码为“{region[:20]}”的地区", f"No region has the code “{region[:20]}”")
        )
    return figures.within_region(region) if kind == "region" else subjects.in_region(kind, path)


def as_json(board: Board, language: str) -> dict[str, Any]:
    """Return a board for machines, in one language."""
    return {
        "name": board.name,
        "title": board.title.into(language),
        "period": board.period.name,
        "region": board.region,
        "order": board.order,
        "descending": board.descending,
        "min_n": board.min_n,
        "total": board.total,
        "closed": board.closed,
        "profile_digest": board.profile_digest,
        "as_of": board.as_of.isoformat(),
        "columns": [column.as_json(language) for column in board.columns],
        "provenance": [one.as_json(language) for one in board.origins],
        "rows": [_row_json(row, language) for row in board.rows],
        "corrections": [note.as_json(language) for note in board.corrections],
    }


def default_period(today: date) -> Period:
    """Return the period a board shows when none is asked for: the running month."""
    return periods.of_month(today)


def _row_json(row: Row, language: str) -> dict[str, Any]:
    return {
        "rank": row.rank,
        "tied": row.tied,
        "band": row.band,
        "code": row.subject.code,
        "name": row.subject.name.into(language),
        "region": row.subject.region,
        "rated": row.count.count,
        "rated_withheld": row.count.count is None,
        "not_active": row.passive.as_json(),
        "shielded": row.shielded,
        "corrected": row.corrected,
        "figures": {name: cell.as_json() for name, cell in row.cells.items()},
    }


def _unseen(passive: Passive) -> Passive:
    """Return what nobody gave of a withheld subject: back-filled ratings are in its figures."""
    return passive if passive.backfilled.count == 0 else replace(passive, backfilled=Count(None))


def _few_cases(spec: BoardSpec) -> bool:
    """Say whether figures over few cases may be shown: not where they lead to one customer."""
    return spec.subject_kind not in sight.ALWAYS_SHIELDED


def _open_to(spec: BoardSpec, audience: Audience) -> bool:
    return spec.audience == "public" or audience is not Audience.PUBLIC
