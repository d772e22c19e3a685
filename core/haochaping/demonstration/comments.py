"""What raters, handlers and the unit's side write in the demonstration."""

from __future__ import annotations

from typing import Final

GOOD: Final = (
    "工作人员很耐心，一次就办好了。",
    "流程清楚，不用跑第二趟，点赞。",
    "手机上提交材料，到窗口十分钟办完。",
    "导办员主动帮忙复印，服务周到。",
    "比想象中快，取号后很快就叫到了。",
    "窗口人员把要补的材料一次说清了。",
)
"""Words with good ratings."""

BAD: Final = (
    "等了一个多小时才叫到号，中午还停办。",
    "材料清单和窗口说的不一样，跑了两趟。",
    "没有填表样本，问了几次才说清楚。",
    "承诺三个工作日，过了一周还没有消息。",
    "窗口人员态度生硬，请改进。联系我 13800001234。",
    "网上预约了，到现场还要重新排队取号。",
    "同样的证明交了三次，能不能共享？",
    "电话一直打不通，只好再跑一趟。",
)
"""Words with bad ratings; one holds a telephone number, which must not be published."""

REPLIES: Final = (
    "您反映的问题属实。我们已增设两个叫号窗口，中午安排轮班，感谢您的意见。",
    "经核实，材料清单未及时更新。现已改正并在大厅和网上同步公布，给您添麻烦了。",
    "已在窗口和网上补充填表样本，并安排导办员协助填写。",
    "您的办件已于今日办结。我们对该事项的办理时限逐件提醒，避免再次超期。",
    "已对窗口人员进行提醒和培训，并向您致歉。欢迎继续监督。",
    "已打通预约与现场叫号系统，预约后到现场扫码即可，无需重新取号。",
)
"""Official replies after something was put right."""

EXPLANATIONS: Final = (
    "按《不动产登记暂行条例实施细则》，该项材料须提交原件，窗口已向您说明依据和替代办法。",
    "该事项法定办结时限为十五个工作日，目前仍在时限内，办理进度可在手机上查询。",
)
"""Official replies where the demand had no legal basis."""

CONTACTS: Final = (
    "已电话联系，办事人说明了经过。",
    "电话联系，办事人希望补齐样本。",
    "已通话，约定三日内答复。",
)
"""Notes on contacts with raters."""

APPEAL: Final = "办事人误点了评价等级，当场说明并留有现场记录，申请复核。"
ENDORSED: Final = "经核看现场记录，与申诉所述一致。"
UPHELD: Final = "复核属实，评价等级确系误点。"
REJECTED: Final = "证据不足以认定误评，请按程序整改答复。"
CONTEST: Final = "问题还在，今天去还是没有样本。"
TRANSFERRED: Final = "该事项由区级部门负责，转办。"

DIRECTED: Final = "临近期限，请承办单位当天联系评价人，查清环节后再答复。"
TASK: Final = "请核对后台受理和审批的时间记录，一个工作日内反馈。"
TASK_DONE: Final = "已核对：受理当天转出，审批用时一个工作日，记录齐全。"
VISITED: Final = "办理结果满意，窗口态度好。"
