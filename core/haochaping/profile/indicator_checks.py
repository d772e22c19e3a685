"""Checks of the indicators: weights, judgements in pairs, wording, where values come from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from haochaping.hooks.values import Words
from haochaping.profile.faults import Fault, shown
from haochaping.profile.indicators import COMPUTED
from haochaping.profile.meaning import at, fault, text, unknown
from haochaping.profile.nodes import Branch, Leaf, Node, Row, children, plain
from haochaping.weighing.judgements import Matrix, Unfit, matrix_of
from haochaping.weighing.mending import Mend, mends, written
from haochaping.weighing.weights import LIMIT, weigh

LONGEST_NAME: Final = 12
LONGEST_QUESTION: Final = 20
"""Chinese characters of an indicator's name and of its question."""
_WEIGHT: Final = re.compile(r"[01](?:\.[0-9]{1,6})?", re.ASCII)
_NOTHING: Final = Branch("", 0, {})


def weights(root: Branch) -> Iterator[Fault]:
    """Check that the weights of each level sum to exactly 1, stated or judged in pairs."""
    for key, level, judgements in _levels(root):
        if judgements is not None:
            yield from _judged(f"{key.rpartition('.')[0]}.judgements", level, judgements)
        else:
            yield from _stated(key, level)


def indicator_words(root: Branch) -> Iterator[Fault]:
    """Check length and plainness of names and questions; official labels are not judged here."""
    jargon = [text(node) for _, node in children(at(root, "indicators.jargon") or _NOTHING)]
    for key, node in _named(root):
        for part, most in (("name", LONGEST_NAME), ("question", LONGEST_QUESTION)):
            chinese = _chinese(at(node, part))
            if chinese is not None:
                yield from _worded(chinese, f"{key}.{part}", most, jargon)


def indicator_sources(root: Branch) -> Iterator[Fault]:
    """Check that what feeds an indicator is there: a formula, or the name of a fact."""
    formulas = [name for name, _ in children(at(root, "formulas") or root)]
    for key, node in _named(root):
        measure, fed_by = at(node, "measure"), text(at(node, "fed_by")) or "answers"
        if text(measure) and (
            fed_by in COMPUTED or (".bonus." in key and at(node, "fed_by") is None)
        ):
            yield from unknown(measure, f"{key}.measure", formulas, _NO_FORMULA)
        elif measure is None and fed_by != "answers" and at(node, "children") is None:
            yield fault(node, f"{key}.measure", _NO_MEASURE, _A_MEASURE, "measure: on_time_rate")
        yield from _marks(node, key)


def differential_groups(root: Branch) -> Iterator[Fault]:
    """Check that a differential group is for some halls or items, and weighs something."""
    groups = at(root, "indicators.differential")
    share = at(root, "indicators.differential_share")
    for code, group in children(groups or _NOTHING):
        if not _codes(group, "halls") and not _codes(group, "items"):
            key = f"indicators.differential.{code}"
            yield fault(group, key, _FOR_NOBODY, _HALLS_OR_ITEMS, "halls: [H001]")
    if isinstance(groups, Branch) and groups.entries and not _number(share):
        key = "indicators.differential_share"
        yield fault(groups, key, _NO_SHARE, _A_SHARE, '"0.2"')


CHECKS: Final = (weights, indicator_words, indicator_sources, differential_groups)


def _levels(root: Branch) -> Iterator[tuple[str, Branch, Node | None]]:
    """Yield every level of indicators with its key and its judgements."""
    yield from _level(at(root, "indicators"), "indicators", "tree")
    for part, inner in (("editions", "tree"), ("differential", "children")):
        for code, each in children(at(root, f"indicators.{part}") or _NOTHING):
            yield from _level(each, f"indicators.{part}.{code}", inner)


def _level(node: Node | None, key: str, part: str) -> Iterator[tuple[str, Branch, Node | None]]:
    level = at(node, part)
    if isinstance(level, Branch):
        yield f"{key}.{part}", level, at(node, "judgements")
        for code, each in level.entries.items():
            yield from _level(each, f"{key}.{part}.{code}", "children")


def _named(root: Branch) -> Iterator[tuple[str, Node]]:
    """Yield every node with a name: indicators, groups, bonus indicators."""
    for key, level, _ in _levels(root):
        yield from ((f"{key}.{code}", node) for code, node in level.entries.items())
    for part in ("differential", "bonus"):
        for code, node in children(at(root, f"indicators.{part}") or _NOTHING):
            yield f"indicators.{part}.{code}", node


def _stated(key: str, level: Branch) -> Iterator[Fault]:
    """Check stated weights: each is there, and together they are 1."""
    found = []
    for code, entry in level.entries.items():
        node = at(entry, "weight")
        if node is None and isinstance(entry, Branch):
            words = Words("缺少“weight”", "“weight” is missing")
            yield fault(entry, f"{key}.{code}.weight", words, _WEIGHT_OR_JUDGEMENTS, '"0.25"')
        found.append(_weight(node))
    known = [weight for weight in found if weight is not None]
    if known and len(known) == len(found) and sum(known) != 1:
        total = format(sum(known, Decimal(0)), "f")
        summed = " + ".join(
            f"{shown(name)} {weight}" for name, weight in zip(level.entries, known, strict=True)
        )
        words = Words(
            f"本层权重之和为 {total}（{summed}）",
            f"the weights of this level sum to {total} ({summed})",
        )
        yield fault(level, key, words, Words("恰好为 1", "exactly 1"), '"0.5" + "0.5"')


def _weight(node: Node | None) -> Decimal | None:
    """Return a weight, None when it has not the right form."""
    value = node.value if isinstance(node, Leaf) else None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    return Decimal(value) if _WEIGHT.fullmatch(str(value)) else None


def _judged(key: str, level: Branch, judgements: Node) -> Iterator[Fault]:
    """Check that judgements are about this level, complete and consistent, expert by expert."""
    order = _codes(judgements, "order")
    if sorted(order) != sorted(level.entries):
        listed = ", ".join(level.entries)
        node = at(judgements, "order") or judgements
        yield fault(node, f"{key}.order", _OTHER_CODES, Words(listed, listed), f"[{listed}]")
        return
    for place, expert in children(at(judgements, "experts") or _NOTHING):
        yield from _expert(f"{key}.experts.{place}", expert, order)


def _expert(key: str, expert: Node, order: list[str]) -> Iterator[Fault]:
    rows = at(expert, "matrix")
    if not isinstance(rows, Row):
        return
    try:
        matrix = matrix_of(plain(rows), len(order))
    except Unfit as error:
        yield fault(rows, f"{key}.matrix", error.words, _RECIPROCAL, '[[1, 3], ["1/3", 1]]')
        return
    ratio = weigh(matrix).ratio
    if ratio >= LIMIT:
        yield _inconsistent(key, rows, (matrix, ratio), (order, text(at(expert, "name"))))


def _inconsistent(
    key: str, rows: Row, found: tuple[Matrix, Decimal], said: tuple[list[str], str]
) -> Fault:
    matrix, ratio = found
    order, name = said
    advice = mends(matrix)
    mended = _advice(advice, order)
    words = Words(
        f"“{shown(name)}”的判断前后不一致，CR = {ratio:.4f}{mended.zh}",
        f"the judgements of “{shown(name)}” are inconsistent, CR = {ratio:.4f}{mended.en}",
    )
    return fault(
        rows,
        f"{key}.matrix",
        words,
        Words("CR 小于 0.1", "CR below 0.1"),
        _example(advice, order),
    )


def _advice(advice: tuple[Mend, ...], order: list[str]) -> Words:
    """Return the most inconsistent pair and what would mend it, with what must follow."""
    steps = [(order[each.row], order[each.column], each) for each in advice]
    zh = "；再将".join(
        f" {row} 对 {column} 由 {written(each.now)} 改为 {written(each.value)}"
        f"（CR 降为 {each.ratio:.4f}）"
        for row, column, each in steps
    )
    en = ", then ".join(
        f"{row} against {column} from {written(each.now)} to {written(each.value)}"
        f" (CR {each.ratio:.4f})"
        for row, column, each in steps
    )
    if not steps:
        return Words("")
    return Words(f"；最不一致的一对：将{zh}", f"; the most inconsistent pair: change {en}")


def _example(advice: tuple[Mend, ...], order: list[str]) -> str:
    if not advice:
        return ""
    first = advice[0]
    return f"{order[first.row]} / {order[first.column]} = {written(first.value)}"


def _worded(node: Leaf, key: str, most: int, jargon: list[str]) -> Iterator[Fault]:
    said = text(node)
    if len(said) > most:
        words = Words(f"有 {len(said)} 个字", f"has {len(said)} characters")
        yield fault(node, key, words, Words(f"最多 {most} 个字", f"at most {most} characters"))
    used = [each for each in jargon if each and each in said]
    if used:
        listed = "、".join(used)
        words = Words(f"用了群众不熟悉的说法“{listed}”", f"uses the jargon “{listed}”")
        yield fault(node, key, words, _PLAIN, "办得快不快？")


def _chinese(node: Node | None) -> Leaf | None:
    found = at(node, "zh") if isinstance(node, Branch) else node
    return found if isinstance(found, Leaf) else None


def _marks(node: Node, key: str) -> Iterator[Fault]:
    """Check that nothing and the full mark are at different values."""
    zero, full = at(node, "zero_at"), at(node, "full_at")
    if (zero or full) is not None and _number(zero, "0") == _number(full, "1"):
        yield fault(zero or full or node, f"{key}.zero_at", _SAME, _APART, 'zero_at: "0.9"')


def _number(node: Node | None, default: str = "0") -> Decimal:
    """Return a number of the right form, the default for none, as good as it can be read."""
    value = str(node.value) if isinstance(node, Leaf) else default
    return Decimal(value) if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", value) else Decimal(-1)


def _codes(node: Node | None, part: str) -> list[str]:
    return [text(each) for _, each in children(at(node, part) or _NOTHING)]


_NO_FORMULA: Final = Words("没有名为“{}”的公式", "there is no formula “{}”")
_NO_MEASURE: Final = Words("没有写明取哪个数", "which figure feeds it is not stated")
_A_MEASURE: Final = Words("公式或事实的名称", "the name of a formula or fact")
_WEIGHT_OR_JUDGEMENTS: Final = Words(
    "本层权重，或以 judgements 给出", "a weight, or judgements for the level"
)
_OTHER_CODES: Final = Words("与本层指标不一致", "these are not the indicators of this level")
_RECIPROCAL: Final = Words("互为倒数的正数", "positive, reciprocal values")
_PLAIN: Final = Words("群众听得懂的话", "words that raters use themselves")
_SAME: Final = Words("零分与满分的取值相同", "nothing and the full mark are at the same value")
_APART: Final = Words("与 full_at 不同", "another value than full_at")
_FOR_NOBODY: Final = Words("没有写明适用的大厅或事项", "it is for no hall and no item")
_HALLS_OR_ITEMS: Final = Words("halls 或 items", "halls or items")
_NO_SHARE: Final = Words(
    "有差异指标而没有比重", "there are differential indicators without a share"
)
_A_SHARE: Final = Words("大于 0 的比重", "a share above 0")
