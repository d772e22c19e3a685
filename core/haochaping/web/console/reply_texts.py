"""Texts to start a reply from; the handler completes what stands in brackets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from haochaping.hooks.rectification import Outcome
from haochaping.messages import N_
from haochaping.web.i18n import _

_RECTIFIED, _EXPLAINED = str(Outcome.RECTIFIED), str(Outcome.EXPLAINED)


@dataclass(frozen=True, slots=True)
class ReplyText:
    """A text to start from, its short name and the outcome it fits."""

    name: str
    title: str
    outcome: str
    text: str


_TEXTS: Final = (
    (
        "slow",
        N_("办理超时，已办结"),
        _RECTIFIED,
        N_(
            "您好。您反映的办理超时情况，我们已经核实：【原因】。现在您的事项已经办结，"
            "可以【领取方式】。我们已【改进措施】，避免再次发生。给您带来不便，非常抱歉。"
        ),
    ),
    (
        "materials",
        N_("材料要求不清，已更正"),
        _RECTIFIED,
        N_(
            "您好。您反映的材料要求问题，我们已经核实：【情况】。材料清单已经更正并公布，"
            "您只需提交【材料】。我们已【改进措施】。感谢您的意见。"
        ),
    ),
    (
        "attitude",
        N_("服务态度，已整改"),
        _RECTIFIED,
        N_(
            "您好。您反映的服务态度问题，我们已经核实，并对当事人员【处理情况】。"
            "我们向您道歉，并已【改进措施】。"
        ),
    ),
    (
        "rule",
        N_("依规不能办理，解释"),
        _EXPLAINED,
        N_(
            "您好。您反映的情况我们已经核实。依据【文件名称和条款】，【不能办理的原因】。"
            "您可以【其他途径】。如需当面说明，请【联系方式】。"
        ),
    ),
)


def reply_texts() -> tuple[ReplyText, ...]:
    """Return the texts in the reader's language."""
    return tuple(
        ReplyText(name, _(title), outcome, _(text)) for name, title, outcome, text in _TEXTS
    )
