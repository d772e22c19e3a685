"""What the public pages show; plain values, so that a page can be looked at by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go to; `current` marks where we are."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a list."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """An interval drawn on a scale from 0 to 100: where it starts, how wide, where the value is."""

    start: float
    width: float
    at: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with what it takes to judge it; empty texts are left out.

    `value` is a dash when there is none; `number` is the plain number for charts.
    """

    label: str
    value: str
    n: str = ""
    interval: str = ""
    number: str = ""
    definition: str = ""
    href: str = ""
    withheld: bool = False
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """The region that is shown: its code (empty: everything), the way to it, what lies below."""

    code: str
    name: str
    crumbs: tuple[Link, ...] = ()
    below: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class GradeBar:
    """One grade's count and share; `width` is the bar's length in percent, empty when withheld."""

    grade: int
    label: str
    count: str
    share: str
    width: str


@dataclass(frozen=True, slots=True)
class State:
    """How many cases are in a state, in words."""

    name: str
    label: str
    count: str


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A month of the trend."""

    month: str
    short: str
    rated: str
    number: int
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class TrendTable:
    """The trend as a table; the chart is drawn from it."""

    columns: tuple[str, ...]
    rows: tuple[TrendRow, ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """A published comment with what became of it."""

    anchor: str
    grade: int
    grade_label: str
    bad: bool
    day: str
    iso_day: str
    text: str
    item: Link | None
    organization: Link | None
    hall: Link | None
    state: str = ""
    tone: str = ""
    reply: str = ""
    case_href: str = ""
    gone: str = ""
    photos: tuple[str, ...] = ()
    """Addresses of photos."""
    came: str = ""
    """How the rating came about, in words."""
    href: str = ""
    """Its permalink."""
    vote_href: str = ""
    useful: int = 0
    tags: tuple[Link, ...] = ()
    """Options the rater chose; each leads to the comments of the same."""


@dataclass(frozen=True, slots=True)
class VotePage:
    """A vote for a comment, as one browser may give it."""

    opinion: Opinion
    action: str
    voted: bool
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class TypicalCase:
    """A typical case; of a withdrawn one only `gone`, `gone_day` and `day` are there."""

    href: str
    title: str
    organization: Link | None
    item: str
    day: str
    iso_day: str
    english: str
    parts: tuple[tuple[str, str], ...]
    gone: str = ""
    gone_day: str = ""


@dataclass(frozen=True, slots=True)
class TimetableLine:
    """A line of the timetable: what, where, until when, the newest one and what is overdue."""

    what: Link
    outlet: str
    rule: str
    newest: str
    due: str
    overdue: str
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class TypicalPage:
    """Typical cases, the newest first."""

    where: Where
    cases: tuple[TypicalCase, ...]
    text: str
    more: str
    first: str


@dataclass(frozen=True, slots=True)
class SealLine:
    """The newest seal of the journal."""

    number: str
    at: str
    head: str


@dataclass(frozen=True, slots=True)
class Came:
    """How many ratings came one way; `note` says what does not count as active, or not at all."""

    label: str
    count: str
    note: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """The public home."""

    where: Where
    month: str
    as_of: str
    totals: tuple[tuple[str, str], ...]
    rated: str
    grades: tuple[GradeBar, ...]
    figures: tuple[Figure, ...]
    states: tuple[State, ...]
    trend: TrendTable
    reviews: tuple[Opinion, ...]
    reviews_href: str
    bad_href: str
    below: int
    boards: tuple[Link, ...]
    seal: SealLine | None
    digest: str
    empty: bool
    origins: tuple[Came, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: its label, definition, where a click leads, how it is sorted now."""

    label: str
    definition: str
    href: str
    sorted: str = ""
    """ascending | descending, empty when the board is not in this column's order."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a board."""

    rank: str
    tied: bool
    name: Link
    under: str
    rated: str
    cells: tuple[Figure, ...]
    shielded: bool
    corrected: bool
    band: str = ""
    passive: str = ""


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A board."""

    name: str
    title: str
    note: str
    subject: str
    where: Where
    period: str
    as_of: str
    closed: bool
    heads: tuple[Head, ...]
    ranked: tuple[Row, ...]
    unranked: tuple[Row, ...]
    unranked_reason: str
    single_day: bool
    """Whether a day of units was asked for, of which nothing is told."""
    periods: tuple[tuple[str, tuple[Option, ...]], ...]
    orders: tuple[Option, ...]
    total: str
    k: int
    earlier: str
    later: str
    place: str
    permalink: str
    json_href: str
    csv_href: str
    digest: str
    others: tuple[Link, ...]
    corrections: tuple[str, ...] = ()
    origins: tuple[Came, ...] = ()

    @property
    def shielded(self) -> bool:
        """Say whether any row moves in batches."""
        return any(row.shielded for row in (*self.ranked, *self.unranked))

    @property
    def corrected(self) -> bool:
        """Say whether any row was corrected after its period was closed."""
        return any(row.corrected for row in (*self.ranked, *self.unranked))


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A board on the index."""

    title: str
    href: str
    about: str


@dataclass(frozen=True, slots=True)
class Honour:
    """An honour with its reason."""

    who: str
    where: str
    award: str
    stars: int
    reason: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class HonourGroup:
    """The honours that one plugin awarded for one title."""

    title: str
    honours: tuple[Honour, ...]


@dataclass(frozen=True, slots=True)
class HonoursPage:
    """The honours of a period: `closed` when it was published, `frozen` before that."""

    month: str
    closed: bool
    groups: tuple[HonourGroup, ...]
    months: tuple[Option, ...]
    incomplete: bool = False
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class ReviewsPage:
    """Published comments."""

    where: Where
    bad_only: bool
    reviews: tuple[Opinion, ...]
    filters: tuple[Link, ...]
    hidden: tuple[tuple[str, str], ...]
    halls: tuple[Option, ...]
    more: str
    first: str
    feed: str
    k: int
    month: str = ""
    origins: tuple[Came, ...] = ()
    text: str = ""
    grades: tuple[Option, ...] = ()
    progress: tuple[Option, ...] = ()
    told: tuple[TypicalCase, ...] = ()
    """Typical cases in which the words of a search occur as well."""
    tags: tuple[Option, ...] = ()
    orders: tuple[Option, ...] = ()
    ranked: int = 0
    """So many of those found are put in order by votes; 0 for all."""


@dataclass(frozen=True, slots=True)
class CaseStep:
    """A step of a case: reached, now, or ahead."""

    label: str
    mark: str
    """done | now | next"""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CasePage:
    """What the public learns of a case."""

    number: str
    state: str
    tone: str
    lead: str
    steps: tuple[CaseStep, ...]
    due: str
    replied: str
    reply: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rule comes from: its text and, unless it is simply in force, a warning."""

    text: str
    status: str
    tone: str
    note: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in a sentence and where it comes from."""

    text: str
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure's definition."""

    name: str
    label: str
    formula: str
    rounding: str
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class MethodPage:
    """How figures are made."""

    figures: tuple[Definition, ...]
    grades: tuple[tuple[int, str, bool], ...]
    grades_origin: Origin | None
    publishing: tuple[Rule, ...]
    withheld: tuple[tuple[str, str, Origin | None], ...]
    rectification: tuple[Rule, ...]
    calendar: tuple[Rule, ...]
    calendar_version: str
    layers: tuple[str, ...]
    digest: str
    seal: SealLine | None
    timetable: tuple[TimetableLine, ...] = ()
