"""What a call platform plays to a caller: short sentences, the meaning before the key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from haochaping.hooks.values import Occurrence, Words
from haochaping.indicators import scale
from haochaping.indicators.options import Option


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to play, and what is waited for: most digits, seconds, whether speech is recorded."""

    text: Words
    digits: int = 0
    seconds: int = 0
    record: bool = False


def prompt(state: str, service: Occurrence, reasons: Sequence[Option], misses: int) -> Prompt:
    """Return what to play in a state."""
    if state == "grade":
        return Prompt(_again(_grades(service), misses), digits=1, seconds=8)
    if state == "reason":
        return Prompt(_again(_reasons(reasons), misses), digits=len(reasons), seconds=10)
    if state == "words":
        return Prompt(_WORDS, digits=1, seconds=60, record=True)
    return Prompt(_LAST[state])


def unsaid(recording: str) -> str:
    """Return the words of a bad grade whose reason was not keyed."""
    return f"见录音 {recording}" if recording else "未说明"


def _grades(service: Occurrence) -> Words:
    item = service.item.name if service.item else Words("政务服务", "the service")
    best_first = sorted(scale.GRADES, reverse=True)
    zh = "，".join(f"{scale.label(one).zh}请按{int(one)}" for one in best_first)
    en = ", ".join(f"for {scale.label(one).en.lower()} press {int(one)}" for one in best_first)
    return Words(
        f"请您评价刚才的服务：{item.zh}。{zh}。",
        f"Please rate the service: {item.en or item.zh}; {en}.",
    )


def _reasons(reasons: Sequence[Option]) -> Words:
    zh = "，".join(f"{one.label.zh}请按{n}" for n, one in enumerate(reasons, 1))
    en = ", ".join(f"{one.label.en or one.label.zh}: {n}" for n, one in enumerate(reasons, 1))
    return Words(
        f"请问原因是什么？{zh}，其他原因请按0后留言。可以按多个键，按井号键结束。",
        f"What was the reason? {en}; to say something else press 0. End with the hash key.",
    )


def _again(text: Words, misses: int) -> Words:
    if not misses:
        return text
    return Words(f"没有听清您的按键。{text.zh}", f"Sorry, that was not one of the keys. {text.en}")


_WORDS: Final = Words(
    "请在提示音后留言，说完按井号键。", "Please speak after the tone and end with the hash key."
)
_LAST: Final[Mapping[str, Words]] = {
    "done": Words("您的评价已收到，感谢来电，再见。", "Your rating has been received. Goodbye."),
    "rated_before": Words(
        "这次服务已经评价过，感谢来电，再见。", "This service has been rated already. Goodbye."
    ),
    "operator": Words("正在为您转接话务员。", "You are being put through to an operator."),
    "ended": Words("再见。", "Goodbye."),
}
