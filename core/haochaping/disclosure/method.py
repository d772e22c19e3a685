"""The public method page: how figures are made, from which rules, and what is withheld why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from haochaping.grading.formulas import Formulas
from haochaping.hooks.values import Words
from haochaping.profile.rules import DisclosureRules, Rules

ROUNDING: Final[Mapping[str, Words]] = {
    "half_up": Words("四舍五入", "rounded half up"),
    "truncate": Words("截断，不进位", "cut, not rounded"),
    "half_even": Words("四舍六入五成双", "rounded half to even"),
}

LEVELS: Final[Mapping[str, Words]] = {
    "national": Words("国家", "national"),
    "province": Words("省级", "province"),
    "city": Words("市级", "city"),
    "county": Words("县级", "county"),
}

STATUSES: Final[Mapping[str, Words]] = {
    "in_force": Words("现行", "in force"),
    "superseded": Words("已废止", "superseded"),
    "example": Words("示例", "example"),
    "assumption": Words("假定，待确认", "assumption, to be confirmed"),
}


class Sources(Protocol):
    """A profile, as far as the method page reads it."""

    @property
    def digest(self) -> str:
        """The version of the rules."""
        ...

    @property
    def rules(self) -> Rules:
        """The typed rules."""
        ...

    def source(self, path: str) -> Any:
        """Return the source of a rule (document, number, date, level, status, note), or None."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rule comes from, in words."""

    document: str
    number: str
    date: str
    level: Words
    status: Words
    note: Words


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure: its name, its definition, how it is rounded, where the rule is from."""

    name: str
    label: Words
    definition: Words
    rounding: Words
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class Statement:
    """One rule of publication in a sentence, and where it is from."""

    text: Words
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something that is not published, and why."""

    field: str
    reason: Words
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class Method:
    """The content of the method page."""

    figures: tuple[Definition, ...]
    statements: tuple[Statement, ...]
    withheld: tuple[Withheld, ...]
    digest: str


def method(profile: Sources, known: Formulas) -> Method:
    """Return the content of the method page, all of it from the profile."""
    rules = profile.rules.disclosure
    return Method(
        figures=tuple(
            Definition(
                name,
                formula.label,
                formula.definition,
                _rounding(formula.rule.rounding, formula.rule.places, formula.is_ratio),
                origin(profile, f"formulas.{name}"),
            )
            for name, formula in known.items()
        ),
        statements=tuple(_statements(profile, rules)),
        withheld=tuple(
            Withheld(each.field, each.reason, origin(profile, f"disclosure.withheld.{place}"))
            for place, each in enumerate(rules.withheld)
        ),
        digest=profile.digest,
    )


def origin(profile: Sources, path: str) -> Origin | None:
    """Return where the rule at a path comes from; None when the profile does not say."""
    source = _found(profile, path)
    if source is None:
        return None
    return Origin(
        document=source.document,
        number=source.number,
        date=source.date,
        level=LEVELS.get(source.level, Words(source.level)),
        status=STATUSES.get(source.status, Words(source.status)),
        note=Words(source.note, source.note_en),
    )


def _found(profile: Sources, path: str) -> Any:
    try:
        return profile.source(path)
    except KeyError:
        return None  # a plugin's measure is no rule of the profile


def _rounding(mode: str, places: int, percent: bool) -> Words:
    words = ROUNDING.get(mode, Words(mode, mode))
    if percent:
        return Words(
            f"百分数最多 {places} 位小数，评价少的少保留几位，{words.zh}",
            f"percentage with {places} decimals at most, fewer over few ratings, {words.en}",
        )
    return Words(
        f"得分保留 {places} 位小数，{words.zh}", f"score with {places} decimals, {words.en}"
    )


def _statements(profile: Sources, rules: DisclosureRules) -> list[Statement]:
    sentences = {
        "k": Words(
            f"窗口、工作人员、事项和少于 {rules.small_hall_windows} 个窗口的单位，其数据攒满"
            f" {rules.k} 条新评价或当日结束才更新；评价文字至少 {rules.k} 条一批、"
            "打乱顺序公布，只标日期",
            f"Figures of windows, staff, items and places with fewer than"
            f" {rules.small_hall_windows} windows move only with {rules.k} new ratings or at the"
            f" day's end; comments are published in shuffled batches of at least {rules.k}, with"
            " the date only",
        ),
        "min_n": Words(
            f"评价少于 {rules.min_n} 条的只列出、不排名",
            f"With fewer than {rules.min_n} ratings, a place is listed but not ranked",
        ),
        **_order(rules),
        "suppress_below": Words(
            f"少于 {rules.suppress_below} 的数不显示；能用减法推出它的单位也不显示（记“…”），"
            f"使不显示的合计不少于 {max(rules.k, rules.suppress_below)} 条评价",
            f"Counts below {rules.suppress_below} are not shown, nor are units (“…”) from which"
            " they could be found by subtraction, so that what is not shown holds at least"
            f" {max(rules.k, rules.suppress_below)} ratings together",
        ),
        "text_review": _review(rules.text_review),
        "useful": Words(
            f"“有用”每位访客对一条评价投一票，同一网络最多 {rules.useful.per_network} 票，只影响"
            "“最有用”的排列",
            f"Of “useful” votes a visitor has one for a comment, a network at most"
            f" {rules.useful.per_network}; they only bear on the order “most useful”",
        ),
    }
    found = [
        Statement(words, origin(profile, f"disclosure.{key}")) for key, words in sentences.items()
    ]
    return [*found, *_fairness(profile)]


def _order(rules: DisclosureRules) -> dict[str, Words]:
    """Return what else decides on places, where the profile wants it."""
    found = {}
    if rules.coverage_floor:
        share = f"{(rules.coverage_floor * 100).normalize():f}%"
        found["coverage_floor"] = Words(
            f"邀评覆盖率低于 {share} 的只列出、不排名",
            f"Where fewer than {share} of services were offered an evaluation, a place is listed"
            " but not ranked",
        )
    if rules.shrinkage:
        found["shrinkage"] = Words(
            f"排序时各比率按加上 {rules.shrinkage} 条平均水平的评价计算，显示的仍是精确值",
            f"For order, every rate is reckoned with {rules.shrinkage} further ratings at the mean"
            " of all; what is shown stays exact",
        )
    return found


def _fairness(profile: Sources) -> list[Statement]:
    """Return how places are to be read, and how scores are made."""
    tree = profile.rules.editions[-1]
    listed = [(node.name, node.weight) for node in tree.core]
    return [
        Statement(
            Words(
                "名次按精确值排列，相同的并列；95% 置信区间（Wilson）相互重叠的属同一档，"
                "同档之间分不出高下",
                "Places follow exact values, equal ones share a place; places whose 95 % intervals"
                " (Wilson) meet are one band, within which nobody is shown to be better",
            ),
            None,
        ),
        Statement(
            Words(
                "默认评价、补录评价、无效和不予计入的评价不混入群众主动评价的数据",
                "Default, back-filled, void and excluded ratings are never mixed with those that"
                " raters gave",
            ),
            None,
        ),
        Statement(
            Words(
                f"得分为各指标按权重的平均（第 {tree.version} 版："
                + "、".join(f"{name.zh} {weight}" for name, weight in listed)
                + "）；跨地区只比较核心指标",
                f"Scores are weighted means of the indicators (edition {tree.version}: "
                + ", ".join(f"{name.into('en')} {weight}" for name, weight in listed)
                + "); jurisdictions are compared by the core indicators alone",
            ),
            origin(profile, "indicators"),
        ),
    ]


def _review(mode: str) -> Words:
    if mode == "before_publication":
        return Words(
            "评价文字经审核、遮盖个人信息后公布",
            "Comments are reviewed and personal details masked before publication",
        )
    return Words(
        "评价文字自动遮盖个人信息后公布，公布后审核",
        "Comments are published with personal details masked, and reviewed afterwards",
    )
