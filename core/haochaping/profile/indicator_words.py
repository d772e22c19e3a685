"""Indicators in plain sentences: weights, where they came from, what is asked and measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from haochaping.hooks.values import Words
from haochaping.profile.judged import judged

Data = Mapping[str, Any]

FEEDS: Final = {
    "answers": Words("评价人的回答", "raters' answers"),
    "catalogue": Words("事项目录", "facts of the catalogue"),
    "cases": Words("整改办理情况", "facts of cases"),
    "efficiency": Words("审批效能数据", "efficiency facts"),
    "inspection": Words("监督查评", "inspection campaigns"),
    "engagement": Words("座谈和开放日", "engagement events"),
}
"""What can feed an indicator, as people say it."""


def tell_indicator(path: tuple[str, ...], data: Data, label: Words) -> Words:
    """Return an indicator, a differential group or a bonus indicator with all it holds."""
    parts = list(_parts(path, data))
    return Words("；".join(each.zh for each in parts), "; ".join(each.en for each in parts))


def tell_judgements(path: tuple[str, ...], data: Data, label: Words) -> Words:
    """Return the weights that judgements in pairs give, and where they came from."""
    found = judged(data)
    if found is None:
        return Words("")
    weights = list(found.weights.items())
    zh = "、".join(f"{code} {weight}" for code, weight in weights)
    en = ", ".join(f"{code} {weight}" for code, weight in weights)
    return Words(f"本层权重 {zh}；{found.words.zh}", f"Weights {en}; {found.words.en}")


def _parts(path: tuple[str, ...], data: Data) -> Iterator[Words]:
    yield _heading(data)
    for key, zh, en in (("question", "问法", "asked as"), ("hint", "说明", "hint")):
        if data.get(key):
            said = _said(data[key])
            yield Words(f"{zh}：{said.zh}", f"{en}: {said.en}")
    yield from _applies(data)
    yield from _measured(data)
    if data.get("judgements"):
        yield tell_judgements(path, data["judgements"], Words(""))
    for code, child in (data.get("children") or {}).items():
        yield tell_indicator((*path, code), child, Words(""))


def _heading(data: Data) -> Words:
    name = _said(data["name"])
    if "points" in data:
        return Words(
            f"加分指标“{name.zh}”最多 {data['points']} 分",
            f"Bonus indicator “{name.en}”, at most {data['points']} points",
        )
    weight = data.get("weight")
    if weight is None and "halls" not in data and "items" not in data:
        return Words(f"指标“{name.zh}”权重由判断得出", f"Indicator “{name.en}”, weight as judged")
    if weight is None:
        return Words(f"差异指标“{name.zh}”", f"Differential indicators “{name.en}”")
    return Words(f"指标“{name.zh}”权重 {weight}", f"Indicator “{name.en}”, weight {weight}")


def _applies(data: Data) -> Iterator[Words]:
    for key, zh, en in (("halls", "适用大厅", "for halls"), ("items", "适用事项", "for items")):
        if data.get(key):
            yield Words(f"{zh}：{'、'.join(data[key])}", f"{en}: {', '.join(data[key])}")


def _measured(data: Data) -> Iterator[Words]:
    fed_by = FEEDS.get(str(data.get("fed_by", "")))
    if fed_by is not None:
        yield Words(f"取自{fed_by.zh}", f"fed by {fed_by.en}")
    if data.get("measure"):
        zero, full = data.get("zero_at", 0), data.get("full_at", 1)
        yield Words(
            f"取值 {data['measure']}，{zero} 为零分，{full} 为满分",
            f"value of {data['measure']}, nothing at {zero}, full mark at {full}",
        )


def _said(value: Any) -> Words:
    if isinstance(value, Mapping):
        return Words(value["zh"], value.get("en") or value["zh"])
    return Words(str(value), str(value))
