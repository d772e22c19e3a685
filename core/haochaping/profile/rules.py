"""The rules of a jurisdiction as typed values, one class a section of the profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Final

from haochaping.hooks.rectification import Plan, PlanStep, Rung, Visit
from haochaping.hooks.values import Duration, Words
from haochaping.profile.exchanging import UplinkRules
from haochaping.profile.following_up import AppealRules, HandlingRules, VisitRules
from haochaping.profile.indicators import IndicatorNode, IndicatorTree, in_force

COMPLEXITIES: Final = ("simple", "complex")
DEADLINES: Final = ("contact", "reply")
"""Steps of a case that something meets: a call or visit, an answer."""
OPTION_LISTS: Final = ("national",)
"""Option lists that come along."""
LANGUAGES: Final = ("zh_Hans_CN", "en", "mn_Mong_CN")
"""Languages that pages can be shown in."""
COUNTS: Final = (
    "grade1",
    "grade2",
    "grade3",
    "grade4",
    "grade5",
    "rated",
    "active",
    "served",
    "bad",
    "bad_at_first",
    "cases_opened",
    "cases_due",
    "cases_on_time",
    "cases_real_name",
    "cases_contacted",
    "cases_open_overdue",
    "cases_reopened",
    "cases_ended",
    "cases_void",
    "cases_upheld",
    "offered",
    "to_offer",
)
"""Names that a formula may add up."""


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Whose rules these are: GB/T 2260 code (6, 9 or 12 digits) and name."""

    code: str
    name: Words


@dataclass(frozen=True, slots=True)
class Review:
    """Who answers for the texts of a language, since which day, for which texts (SHA-256)."""

    by: str
    on: date
    digest: str


@dataclass(frozen=True, slots=True)
class LanguageRules:
    """Languages of the pages by code, and who signed those that need it."""

    default: str
    offered: tuple[str, ...]
    reviewed: Mapping[str, Review] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CalendarRules:
    """Local time: zone and daily opening intervals.

    `horizon_warning_days`: how long before the last published year ends people are warned.
    """

    time_zone: str
    working_hours: tuple[tuple[time, time], ...]
    horizon_warning_days: int


@dataclass(frozen=True, slots=True)
class KeypadRules:
    """An external keypad: the keys of grades 1 to 5, the key for later, shown on screen or not."""

    grades: tuple[str, ...]
    later: str
    shown: bool


@dataclass(frozen=True, slots=True)
class DeviceRules:
    """The window device; `fields` are what it shows: item, serial, staff.

    `voice` turns a spoken prompt on, the same words whatever is chosen.
    """

    idle_seconds: int
    warning_seconds: int
    wake_within_minutes: int
    fields: tuple[str, ...]
    voice: bool
    keypad: KeypadRules


@dataclass(frozen=True, slots=True)
class SmsRules:
    """Asking for a rating by SMS.

    `after`: service channels after which an SMS asks, empty for none. `hours`: the local
    hours in which one may be sent. `per_day`: most invitations to one number a day.
    """

    after: tuple[str, ...]
    delay_minutes: int
    hours: tuple[time, time]
    answer_within_days: int
    reason_within_hours: int
    per_day: int
    signature: str
    link: bool


@dataclass(frozen=True, slots=True)
class HotlineRules:
    """Ratings that operators enter: whether each needs the number of its recording."""

    recording_required: bool


@dataclass(frozen=True, slots=True)
class ComprehensiveRules:
    """Opinions that belong to no case (综合点评): whether a bad one opens a case."""

    open_cases: bool


@dataclass(frozen=True, slots=True)
class WireRules:
    """Codes of the business systems: the dialect they speak, and their codes by ours.

    `channels`, `applicants` and `certificates` map a code of theirs to one of ours.
    """

    dialect: str
    channels: Mapping[str, str]
    applicants: Mapping[str, str]
    certificates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReinviteRules:
    """When those who have not rated are asked once more, and between which local times."""

    after: Duration
    hours: tuple[time, time]


@dataclass(frozen=True, slots=True)
class DefaultRatingRules:
    """A grade recorded, apart from all figures, for services unrated after so long."""

    after: Duration
    grade: int


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """Which channels are open and what they accept.

    `enabled` holds channel names (values of `hooks.values.Channel` or a plugin's own);
    the accepted identities and roles are values of `Identity` and `RaterRole`.
    `case_number_pattern` is a regular expression, empty when any number is accepted.
    """

    enabled: tuple[str, ...]
    link_valid_days: int
    change_within: Duration
    accepted_identity: tuple[str, ...]
    accepted_rater_roles: tuple[str, ...]
    device: DeviceRules
    case_number_pattern: str
    follow_up_days: int
    reinvite: ReinviteRules | None
    default_rating: DefaultRatingRules | None
    sms: SmsRules
    hotline: HotlineRules
    comprehensive: ComprehensiveRules
    wire: WireRules


@dataclass(frozen=True, slots=True)
class ScaleRules:
    """The five-grade scale: version of the option list, its name, and which grades are bad."""

    version: int
    option_list: str
    bad_grades: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FormRules:
    """The rating form: characters of free text, reasons shown, what a bad grade needs."""

    text_max: int
    reasons_shown: int
    require_reason_for_bad: bool
    photos: int = 0
    """Photos that a rating takes; 0: none."""


@dataclass(frozen=True, slots=True)
class RatioFormula:
    """A figure `over / under`, each a sum of counts; `rounding`: half_up | truncate."""

    name: str
    over: tuple[str, ...]
    under: tuple[str, ...]
    rounding: str
    places: int


@dataclass(frozen=True, slots=True)
class ScoreFormula:
    """A mean score Σ n·w ÷ Σ n over the grades, weights by grade."""

    name: str
    weights: Mapping[int, Decimal]
    rounding: str
    places: int


@dataclass(frozen=True, slots=True)
class FormulaRules:
    """Named formulas: quotients of counts, and mean scores."""

    ratios: Mapping[str, RatioFormula]
    scores: Mapping[str, ScoreFormula]


@dataclass(frozen=True, slots=True)
class ReleaseDelay:
    """A case reaches the unit after a random number of minutes between the two."""

    min_minutes: int
    max_minutes: int


@dataclass(frozen=True, slots=True)
class RectificationRules:
    """How a bad review is put right.

    `deadlines[name][complexity]` is the step of that name for simple or complex cases;
    a rule that does not tell them apart stands under both.
    """

    deadlines: Mapping[str, Mapping[str, PlanStep]]
    warnings: tuple[Rung, ...]
    release_delay: ReleaseDelay
    reopen_within: Duration
    reopen_limit: int
    visits: tuple[Visit, ...]
    visiting: VisitRules = field(default_factory=VisitRules)
    handling: HandlingRules = field(default_factory=HandlingRules)
    appeals: AppealRules = field(default_factory=AppealRules)

    def deadline(self, name: str, complexity: str) -> PlanStep | None:
        """Return the deadline `name` of a case of that complexity, None if there is none."""
        return self.deadlines.get(name, {}).get(complexity)

    def plan(self, complexity: str) -> Plan:
        """Return the profile's own plan of a case: `complexity` is simple or complex."""
        steps = (by.get(complexity) for by in self.deadlines.values())
        return Plan(tuple(step for step in steps if step is not None))


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something that is not published, and why."""

    field: str
    reason: Words


@dataclass(frozen=True, slots=True)
class OpenDataRules:
    """The licence of open data; an answer of more than `rows_at_once` rows becomes a file."""

    licence: Words
    licence_url: str
    rows_at_once: int


@dataclass(frozen=True, slots=True)
class Timed:
    """A regular publication: what, where, for each month, quarter or year, until when.

    `day` lies in the `month`-th month after the period; in a shorter month its last day counts.
    """

    what: str
    outlet: Words
    every: str
    day: int
    month: int = 1


@dataclass(frozen=True, slots=True)
class UsefulRules:
    """Useful votes: the most of one network for one comment, and how long hashes are kept."""

    per_network: int = 20
    keep_days: int = 180


@dataclass(frozen=True, slots=True)
class DisclosureRules:
    """What is published. `k` is the batch size of shielded figures, `min_n` the least to be ranked.

    `text_review`: before_publication | after_publication. `footer` is the site's foot line.
    Below `coverage_floor` (share of services offered an evaluation) nothing is ranked;
    `shrinkage` draws rates towards the mean of all by so many ratings, for order only.
    """

    k: int
    min_n: int
    small_hall_windows: int
    text_review: str
    trend_months: int
    suppress_below: int
    withheld: tuple[Withheld, ...]
    open_data: OpenDataRules
    footer: Words
    coverage_floor: Decimal = Decimal(0)
    shrinkage: int = 0
    timetable: tuple[Timed, ...] = ()
    useful: UsefulRules = UsefulRules()


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Roles that sign in with a second factor."""

    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lockout:
    """After `attempts` failed sign-ins an account is closed for `minutes`."""

    attempts: int
    minutes: int


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Who gets in. `contact`: relay | third_party | liaison, how a unit reaches a rater."""

    second_factor: SecondFactor
    idle_minutes: int
    lockout: Lockout
    contact: str


@dataclass(frozen=True, slots=True)
class PrivacyRules:
    """Who answers for raters' data, where to ask, and for how many days each kind is kept.

    `keep_days` is by kind: `person`, `words`, `message`, `photo`.
    """

    controller: Words
    contact: Words
    keep_days: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a jurisdiction."""

    languages: LanguageRules
    calendar: CalendarRules
    channels: ChannelRules
    scale: ScaleRules
    forms: FormRules
    indicators: tuple[IndicatorNode, ...]
    """The core indicators of the first edition; `tree_on` gives all of the one in force."""
    editions: tuple[IndicatorTree, ...]
    formulas: FormulaRules
    rectification: RectificationRules
    disclosure: DisclosureRules
    access: AccessRules
    privacy: PrivacyRules
    uplink: UplinkRules

    def tree_on(self, day: date) -> IndicatorTree:
        """Return the indicators in force on a local day."""
        return in_force(self.editions, day)
