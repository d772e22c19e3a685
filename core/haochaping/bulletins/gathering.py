"""Collecting a bulletin: from the code of the public pages, so that its figures are theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from haochaping.appraisal import outcomes, stages
from haochaping.appraisal.stages import Stage
from haochaping.bulletins import tags, wording
from haochaping.bulletins.content import Content, Part
from haochaping.bulletins.rules import BulletinRules, Edition
from haochaping.bulletins.wording import Compared, Honour, Labelled, Overdue
from haochaping.catalog import subjects
from haochaping.disclosure import origins, reviews
from haochaping.disclosure.boards import Ask, Board, Boards
from haochaping.disclosure.home import Homes
from haochaping.disclosure.narrowing import Filter
from haochaping.disclosure.reviews import CaseNotes, PublicReview
from haochaping.disclosure.sight import Audience
from haochaping.disclosure.suppression import suppress
from haochaping.evaluation import local_questions
from haochaping.evaluation.rules import IntakeRules
from haochaping.grading import figures, given_facts, periods
from haochaping.grading.appraisal import JUDGED
from haochaping.grading.facts import Questions
from haochaping.hooks.disclosure import BoardSpec, BulletinView, HonourCount, Section
from haochaping.hooks.values import Period, Subject, Words
from haochaping.indicators.labels import CHANNELS
from haochaping.problems import Problem
from haochaping.store import Store

ROWS: Final = 2000
"""Rows of an annex at most."""
TAGS: Final = 10
"""Reasons listed, the most frequent ones."""
EXAMPLES: Final = 5
"""Cases named that were put right."""
_LOOKED_AT: Final = 200
AUDIENCES: Final[Mapping[Edition, Audience]] = MappingProxyType(
    {Edition.PUBLIC: Audience.PUBLIC, Edition.INTERNAL: Audience.UNIT}
)
"""The rated read the internal edition: it has the same shielded figures, and more of them."""
STAFF: Final = BoardSpec(
    "staff",
    Words("工作人员", "Staff members"),
    "staff",
    "bad_rate",
    columns=("satisfaction", "strict_satisfaction", "active_rate"),
    audience="console",
)
"""The table of staff members by number, in internal editions only."""


class PeriodRuns(Problem):
    """The period is not over, so a bulletin of it would be out of date at once."""

    code = "HCP-PERIOD-RUNS"
    status = 409
    title = Words("这个时期还没有结束，不能编通报", "The period is not over: no bulletin of it yet")


NAMED: Final = frozenset({"organization", "hall", "window", "item"})
"""Kinds of subjects that a plugin's section may refer to by id."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A bulletin asked for."""

    period: Period
    edition: Edition


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Collects bulletins of a jurisdiction."""

    homes: Homes
    boards: Boards
    notes: CaseNotes
    intake: IntakeRules
    hooks: Questions
    rules: BulletinRules
    place: Words

    def gather(self, store: Store, wanted: Wanted, at: datetime) -> Content:
        """Return a bulletin: figures in one transaction, the plugins' sections outside of any.

        What a plugin fails to add is listed as missing. Raises PeriodRuns.
        """
        if periods.local_day(at, self.boards.zone) <= wanted.period.last:
            raise PeriodRuns(Words(f"时期 {wanted.period.name}", f"period {wanted.period.name}"))
        with store.read() as conn:
            content = self._own(conn, wanted, at)
            view = self._view(conn, wanted, content)
        decision = self.hooks.decide("disclosure_sections", bulletin=view)
        sections = [(one.plugin, each) for one in decision.answers for each in one.value]
        sections.sort(key=lambda one: one[1].order)
        with store.read() as conn:
            sections = [(plugin, _named(conn, each)) for plugin, each in sections]
        added = [_section(name, no, each) for no, (name, each) in enumerate(sections, start=1)]
        failures = tuple(f"{one.plugin}: {one.message}" for one in decision.failures)
        last = content.parts[-1]
        return replace(content, parts=(*content.parts[:-1], *added, last), missing=failures)

    def _view(self, conn: Connection, wanted: Wanted, content: Content) -> BulletinView:
        """Return what plugins are told of a bulletin."""
        period, zone = wanted.period, ZoneInfo(self.boards.zone)
        bounds = (period.first, period.last + timedelta(days=1))
        since, until = (datetime.combine(day, time(), zone).astimezone(UTC) for day in bounds)
        return BulletinView(
            period,
            str(wanted.edition),
            MappingProxyType(dict(content.figures)),
            since,
            until,
            MappingProxyType(given_facts.sums(conn, "organization", period)),
            tuple(_honour_counts(conn, period)),
        )

    def _own(self, conn: Connection, wanted: Wanted, at: datetime) -> Content:
        period = wanted.period
        now = self.homes.over(conn, "", period)
        then = self.homes.over(conn, "", before(period))
        annexes = tuple(self._boards(conn, wanted, at))
        below = self.boards.rules.suppress_below
        parts: list[Part | None] = [
            wording.overview(self.place, now, then),
            wording.grades(now),
            wording.rates(Compared(now, then)),
            wording.origins(now.origins),
            wording.channels(self._channels(conn, period, below)),
            *(wording.leading(one, self.rules.lines) for one in annexes if one.key in wording.TEXT),
            wording.reasons(self._tags(conn, period, below), below),
            wording.cases(now, below),
            wording.overdue(self._overdue(conn, wanted)),
            wording.put_right(self._answered(conn, period)),
            wording.honours(self._honours(conn, period)),
            wording.method(now.columns, self.homes.digest, below),
        ]
        return Content(
            period=period,
            edition=wanted.edition,
            place=self.place,
            issuer=self.rules.issuer,
            profile_digest=self.homes.digest,
            figures=wording.figures(now, then, below),
            parts=tuple(one for one in parts if one is not None),
            annexes=annexes,
        )

    def _boards(self, conn: Connection, wanted: Wanted, at: datetime) -> Iterator[Part]:
        for board in self.found(conn, wanted, at):
            if board.rows:
                yield wording.annex(board)

    def found(self, conn: Connection, wanted: Wanted, at: datetime) -> Iterator[Board]:
        """Yield the boards of an edition, as its readers see them on the pages."""
        audience, boards = AUDIENCES[wanted.edition], self.boards
        if wanted.edition is Edition.INTERNAL and self.rules.staff:
            boards = replace(boards, specs={**boards.specs, STAFF.name: STAFF})
        asks = (
            Ask(spec.name, wanted.period, audience=audience, limit=ROWS)
            for spec in boards.listed(audience)
        )
        yield from boards.each(conn, asks, at)

    def _channels(self, conn: Connection, period: Period, below: int) -> tuple[Labelled, ...]:
        counted: dict[str, int] = {}
        for parts in figures.split(conn, "region", None, period, "channel").values():
            for name, tally in parts.items():
                if tally.rated:
                    counted[name] = counted.get(name, 0) + tally.rated
        cells = suppress(counted, below)
        ordered = sorted(counted, key=lambda name: (-counted[name], name))
        return tuple(Labelled(CHANNELS.get(name, Words(name)), cells[name]) for name in ordered)

    def _tags(self, conn: Connection, period: Period, below: int) -> tuple[Labelled, ...]:
        found = {code: n for code, n in tags.counts(conn, period).items() if n >= max(below, 1)}
        ordered = sorted(found, key=lambda code: (-found[code], code))[:TAGS]
        return tuple(
            Labelled(local_questions.label(self.intake, code), origins.small(found[code], below))
            for code in ordered
        )

    def _overdue(self, conn: Connection, wanted: Wanted) -> tuple[Overdue, ...]:
        """Return the units with late cases, by their number; of internal editions only."""
        if wanted.edition is not Edition.INTERNAL:
            return ()
        ids = sorted(figures.of(conn, "organization", None, wanted.period))
        facts = self.boards.cases(conn, "organization", ids, wanted.period)
        late = {each: found.open_overdue for each, found in facts.items() if found.open_overdue}
        named = subjects.names(conn, "organization", list(late))
        lines = [Overdue(named[each].name, late[each]) for each in late if each in named]
        return tuple(sorted(lines, key=lambda one: (-one.cases, one.unit.zh)))

    def _answered(self, conn: Connection, period: Period) -> tuple[PublicReview, ...]:
        """Return published bad reviews of the period whose case was answered in public."""
        wanted = Filter(bad_only=True, days=(period.first, period.last))
        found = reviews.recent(conn, self.notes, wanted, limit=_LOOKED_AT).reviews
        answered = (
            one for one in found if one.gone is None and one.note is not None and one.note.reply
        )
        return tuple(answered)[:EXAMPLES]

    def _honours(self, conn: Connection, period: Period) -> tuple[Honour, ...]:
        """Return the honours of a period whose results are published."""
        if not _is_published(conn, period):
            return ()
        return tuple(one for kind in JUDGED for one in _honoured(conn, period, kind))


def before(period: Period) -> Period:
    """Return the month, quarter or year before a period of that kind."""
    day = period.first - timedelta(days=1)
    makers: Mapping[str, Any] = {
        "month": periods.of_month,
        "quarter": periods.of_quarter,
        "year": periods.of_year,
    }
    found: Period = makers.get(periods.kind(period), periods.of_day)(day)
    return found


def _is_published(conn: Connection, period: Period) -> bool:
    return stages.state(conn, period).stage is Stage.PUBLISHED


def _honour_counts(conn: Connection, period: Period) -> Iterator[HonourCount]:
    """Yield how often each honour was given, of a period whose results are published."""
    if not _is_published(conn, period):
        return
    for kind in JUDGED:
        given = [one.award for one in outcomes.standing_honours(conn, period, kind)]
        counted = Counter((one.name, one.level) for one in given)
        for (name, level), count in sorted(
            counted.items(), key=lambda one: (one[0][0].zh, one[0][1])
        ):
            yield HonourCount(kind, name, level, count)


def _honoured(conn: Connection, period: Period, kind: str) -> Iterable[Honour]:
    found = outcomes.standing_honours(conn, period, kind)
    named: Mapping[int, Subject] = subjects.names(conn, kind, [one.subject_id for one in found])
    for one in found:
        if one.subject_id in named:
            yield Honour(named[one.subject_id].name, one.award.name, one.award.reason)


def _named(conn: Connection, section: Section) -> Section:
    """Return a section with names where a plugin gave ids; unknown subjects are left out."""
    if section.subjects not in NAMED:
        return section
    ids = [int(row[0]) if row and row[0].isdecimal() else 0 for row in section.rows]
    names = subjects.names(conn, section.subjects, set(ids))
    rows = zip(ids, section.rows, strict=True)
    return replace(
        section, rows=tuple((names[one].name.zh, *row[1:]) for one, row in rows if one in names)
    )


def _section(plugin: str, number: int, section: Section) -> Part:
    """Return a plugin's section; a row of another width than the head is cut or filled up."""
    width = len(section.columns)
    rows = tuple((*row, *("",) * width)[:width] for row in section.rows)
    return Part(
        f"{plugin}.{number}",
        section.heading,
        tuple(section.paragraphs),
        tuple(section.columns),
        rows if width else (),
    )
