"""The codes of single fields that a submission is refused for, beside that of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from haochaping.hooks.values import Words

FIELD_CODES: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "HCP-GRADE-MISSING": Words("没有选择评价等级", "no grade was chosen"),
        "HCP-GRADE-INVALID": Words("评价等级应为 1 至 5", "a grade is a whole number from 1 to 5"),
        "HCP-OPTIONS-INVALID": Words("选项应为代码列表", "options are a list of codes"),
        "HCP-OPTION-INVALID": Words(
            "选项不在表中、已停用或不属于所选等级",
            "an option is unknown, retired, or belongs to another grade",
        ),
        "HCP-REASON-REQUIRED": Words(
            "差评需要至少一个原因，或写下意见",
            "a bad rating needs a reason from the list or a few words",
        ),
        "HCP-TEXT-INVALID": Words("意见应为文字", "the comment is text"),
        "HCP-TEXT-TOO-LONG": Words("意见太长", "the comment is too long"),
        "HCP-MOMENT-INVALID": Words("提交时间需要带时区", "a moment needs its time zone"),
        "HCP-CHANNEL-NOT-ACCEPTED": Words("这里不接受这个渠道", "this channel is not taken here"),
        "HCP-PROVENANCE-NOT-ACCEPTED": Words("不接受这个来源", "this provenance is not taken here"),
        "HCP-IDENTITY-NOT-ACCEPTED": Words("不接受这种实名程度", "this identity is not taken here"),
        "HCP-RATER-ROLE-NOT-ACCEPTED": Words("不接受这种评价人", "this role is not taken here"),
    }
)
"""What each means; the answer itself says what was found and what is accepted."""
