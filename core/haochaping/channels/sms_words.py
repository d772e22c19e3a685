"""The texts of SMS: short; no person, grade or receipt stands in them.

The gateway puts the jurisdiction's signature before them and the way out behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from haochaping.evaluation.rules import IntakeRules
from haochaping.hooks.values import Occurrence, Words
from haochaping.indicators import scale
from haochaping.indicators.options import Option

REASONS: Final = 3
"""How many reasons an SMS offers; the next number means another one, in words."""
_LONGEST_NAME: Final = 20


def question(rules: IntakeRules, service: Occurrence, link: str) -> Words:
    """Return the question, with the meaning of each digit."""
    day = _day(rules, service)
    where = service.hall or service.organization
    name, grades = _item(service), _grades()
    more = Words(f"也可打开 {link} 。", f"Or open {link} . ") if link else Words("")
    return Words(
        f"您{day.zh}在{_short(where.name.zh)}办理“{name.zh}”，请直接回复一个数字评价："
        f"{grades.zh}。可在数字后加空格写意见。评价自愿。{more.zh}",
        f"Please rate “{name.en or name.zh}”{day.en} by replying with one digit: {grades.en}. "
        f"You may add a comment after it. {more.en}",
    )


def thanks(service: Occurrence, days: int) -> Words:
    """Return the answer to a rating: that it came, and how to change it.

    It names no grade and no receipt: texts of messages lie in the outbox.
    """
    name = _item(service)
    return Words(
        f"已收到您对“{name.zh}”的评价，谢谢。{days}天内再回复一个数字即可修改。",
        f"Your rating of “{name.en or name.zh}” has been received, thank you. Reply with another "
        f"digit within {days} days to change it.",
    )


def why(service: Occurrence, options: Sequence[Option]) -> Words:
    """Return the question for the reason of a bad grade."""
    other = len(options) + 1
    zh = " ".join(f"{n}{one.label.zh}" for n, one in enumerate(options, 1))
    en = ", ".join(f"{n} {one.label.en or one.label.zh}" for n, one in enumerate(options, 1))
    name = _item(service)
    return Words(
        f"已收到您对“{name.zh}”的评价。请回复原因（可多个）：{zh} {other}其他，"
        "或直接回复一句话。不回复也会计入。",
        f"Your rating of “{name.en or name.zh}” has been received. Please reply with the "
        f"reasons: {en}, {other} something else; or in your own words. "
        "It counts without a reply too.",
    )


def help_with_grade() -> Words:
    """Return the one helpful answer to a reply that was not understood."""
    grades = _grades()
    return Words(
        f"没有看懂您的回复。请只回复一个数字：{grades.zh}；要写意见请在数字后加空格。",
        f"Sorry, this was not understood. Please reply with one digit: {grades.en}. ",
    )


def help_with_reason(offered: int) -> Words:
    """Return the one helpful answer to a reason that was not understood."""
    return Words(
        f"请回复原因的数字（1 至 {offered}），或用一句话写下原因。",
        f"Please reply with the number of a reason (1 to {offered}), or in your own words. ",
    )


def rated_before() -> Words:
    """Return what somebody is told whose service has been rated already."""
    return Words(
        "这次服务已经评价过，凭回执编号可在网上查询、修改或撤回。",
        "This service has been rated already; use the receipt code to see or change the rating.",
    )


def stopped() -> Words:
    """Return the confirmation of an opt-out."""
    return Words(
        "已退订，不再向您发送评价短信。恢复请回复“订阅”",
        "You have opted out and will get no more of these messages. Reply START to return",
    )


def resumed() -> Words:
    """Return the confirmation that messages come again."""
    return Words("已恢复接收评价短信。", "Messages are on again.")


def _grades() -> Words:
    best_first = sorted(scale.GRADES, reverse=True)
    zh = " ".join(f"{int(one)}{scale.label(one).zh}" for one in best_first)
    return Words(zh, ", ".join(f"{int(one)} {scale.label(one).en}" for one in best_first))


def _item(service: Occurrence) -> Words:
    if service.item is None:
        return Words("政务服务", "a government service")
    return Words(_short(service.item.name.zh), _short(service.item.name.en))


def _day(rules: IntakeRules, service: Occurrence) -> Words:
    if service.served_at is None:
        return Words("近日")
    day = rules.local_day(service.served_at)
    return Words(f"{day.month}月{day.day}日", f" of {day.isoformat()}")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
