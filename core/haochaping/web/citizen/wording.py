"""What happens to a rating and its case, in words for the rater."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from haochaping.hooks.rectification import CaseState
from haochaping.hooks.values import EvaluationStatus
from haochaping.messages import N_

STATUSES: Final[Mapping[EvaluationStatus, tuple[str, str]]] = MappingProxyType(
    {
        EvaluationStatus.EFFECTIVE: (N_("已计入"), "good"),
        EvaluationStatus.HELD: (N_("正在核对"), "warn"),
        EvaluationStatus.EXCLUDED: (N_("不计入统计"), ""),
        EvaluationStatus.VOID: (N_("已作废"), ""),
        EvaluationStatus.WITHDRAWN: (N_("已撤回"), ""),
        EvaluationStatus.SUPERSEDED: (N_("已修改"), ""),
    }
)
"""State of a rating: words and tone."""

STEPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        CaseState.OPENED: N_("收到您的评价，开始办理"),
        CaseState.VERIFYING: N_("单位核实情况"),
        CaseState.RECTIFYING: N_("单位开始整改"),
        CaseState.EXPLAINING: N_("单位准备解释说明"),
        CaseState.APPEALING: N_("单位提出不同意见，由其他部门复核"),
        CaseState.REPLIED: N_("单位作出答复"),
        CaseState.CLOSED: N_("办结"),
    }
)
"""A case reaching a state, as a step of its way."""
