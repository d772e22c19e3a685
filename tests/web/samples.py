"""Pages filled with example values, to be looked at and checked one by one."""

from __future__ import annotations

from dataclasses import replace

from haochaping.web.citizen.contexts import (
    ChangePage,
    DonePage,
    Fact,
    FindPage,
    GradeChoice,
    Letter,
    MinePage,
    RatePage,
    Reason,
    ReasonForm,
    ReasonGroup,
    ReasonsPage,
    Said,
    ServiceSlip,
    Step,
)
from haochaping.web.citizen.finding import AskPage, CodePage, ListPage, Service
from haochaping.web.citizen.privacy import NoticePage
from haochaping.web.device.contexts import DeviceNotice, KeyPage, ScreenPage
from haochaping.web.errors import ErrorPage
from haochaping.web.forms import FieldFault

LABELS = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
CHOICES = tuple(GradeChoice(grade, label) for grade, label in LABELS.items())
SLIP = ServiceSlip(
    "个体工商户设立登记",
    (
        Fact("办理时间", "2026年11月16日 09:42"),
        Fact("办理地点", "示例区政务服务中心"),
        Fact("窗口", "12 号窗口"),
        Fact("工号", "A0213"),
    ),
)
LETTERS = (
    Letter("单位", "2026年11月18日", "您方便周三下午来领执照吗？"),
    Letter("您", "2026年11月18日", "可以。"),
)
REASONS = (
    Reason("207", "没有提供材料样本"),
    Reason("208", "没有提供材料清单"),
    Reason("209", "未在承诺时间内办结", chosen=True),
    Reason("210", "同样内容的证明材料被要求多次提交"),
    Reason("211", "承诺网办但无法在线办理"),
    Reason("212", "在线预约办理后到实体大厅重复取号排队"),
    Reason("213", "窗口人员业务不熟练"),
    Reason("214", "服务态度生硬"),
)


NOTICE = NoticePage("2-ab12cd34", "示例市政务服务管理局", "12345 热线", (("您写的话", 1095),))
SHORT_NOTICE = DeviceNotice("12345", "12345", "2-ab12cd34", "<svg viewBox='0 0 1 1'></svg>")
ASK = AskPage("", "", True, "", "/find")
NUMBER = FieldFault("mobile", "手机号是 11 位数字，请核对")
FOUND = ListPage(
    (
        Service(SLIP, False, "", "/r/x?from=web", "token", True),
        Service(SLIP, True, "7QXM4T9K2B", "", "", False),
        Service(SLIP, True, "", "", "", False),
    ),
    CHOICES,
    "1/x",
    1,
)


def answered(mine: MinePage) -> MinePage:
    """One's own page once the unit has answered, with a change in its history."""
    before = Said("2026年11月16日 09:43", 1, "非常不满意", "已修改")
    return replace(mine, history=(before,), can_follow=True, can_report=True)


def reason_form(*faults: FieldFault) -> ReasonForm:
    group = ReasonGroup("options", "原因（可多选）", REASONS)
    hint = "请至少选一个原因，或写几句话，方便单位改进。"
    return ReasonForm(2, "不满意", "哪里不满意？", hint, (group,), "", 500, faults)


def pages() -> dict[str, tuple[str, dict[str, object]]]:
    hidden = {"token": "4K2M.ab12"}
    receipt = {"receipt": "7QXM-4T9K-2B"}
    fault = FieldFault("options", "请至少选一个原因，或写几句话")
    unknown = FieldFault("receipt", "没有找到这个回执码，请核对后再试")
    steps = (
        Step("2026年11月16日", "收到您的评价"),
        Step("2026年11月17日", "单位开始核实"),
        Step("2026年11月18日", "单位联系了您"),
        Step("", "答复之后请您确认", ahead=True),
    )
    find = FindPage(
        "查询我的评价", "输入评价时得到的回执码。", "/mine", "receipt", "回执码",
        "10 位字母和数字，不分大小写。", "查询",
    )  # fmt: skip
    mine = MinePage(
        SLIP, "7QXM-4T9K-2B", 2, "不满意", "单位正在办理", "warn",
        ("未在承诺时间内办结", "窗口人员业务不熟练"), "说好三天办完，跑了两趟。",
        "2026年11月26日 09:43", True, True, receipt, steps, "最晚 2026年12月1日 答复您。",
        "我们已经核实：材料清单有误，现已更正，您的执照今天可以领取。", True, True,
        LETTERS,
        True, "key", "评价已修改。",
    )  # fmt: skip
    done = DonePage("评价已收到", "谢谢您。", "7QXM-4T9K-2B", "2026年11月26日 09:43", True, receipt)
    error = ErrorPage(
        "系统暂时繁忙，请稍后再试", "这次评价还没有保存。您可以稍等片刻再试。",
        "HCP-STORE-UNAVAILABLE", "7QXM4T9K2BQA", True,
        ("过一会儿再扫同一个二维码", "拨打 12345 政务服务便民热线", "到大厅服务台填写纸质评价表"),
    )  # fmt: skip
    reasons = ReasonsPage(reason_form(), "/r/x", "/r/x", hidden, "提交评价")
    return {
        "rate": ("citizen/rate.html", {"page": RatePage(SLIP, CHOICES, "/r/x", hidden)}),
        "reasons": ("citizen/reasons.html", {"page": reasons}),
        "reasons-fault": (
            "citizen/reasons.html",
            {"page": ReasonsPage(reason_form(fault), "/r/x", "/r/x", hidden, "提交评价")},
        ),
        "done": ("citizen/done.html", {"page": done}),
        "rated": ("citizen/rated.html", {}),
        "find": ("citizen/find.html", {"page": find}),
        "find-fault": (
            "citizen/find.html",
            {"page": FindPage(**{**_fields(find), "faults": (unknown,), "value": "123"})},
        ),
        "mine": ("citizen/mine.html", {"page": mine}),
        "change": ("citizen/change.html", {"page": ChangePage(SLIP, CHOICES, receipt)}),
        "privacy": ("citizen/privacy.html", {"page": NOTICE}),
        "done-sitting": (
            "citizen/done.html",
            {"page": replace(done, sitting={"sitting": "1/x"})},
        ),
        "mine-follow": ("citizen/mine.html", {"page": answered(mine)}),
        "find-ask": ("citizen/find_ask.html", {"page": replace(ASK, faults=(NUMBER,))}),
        "find-code": ("citizen/find_code.html", {"page": CodePage("1", "/find")}),
        "find-list": ("citizen/find_list.html", {"page": FOUND}),
        "device": ("device/screen.html", {"page": screen()}),
        "device-key": ("device/key.html", {"page": KeyPage("/device/1/key")}),
        "error": ("error.html", {"error": error}),
    }


def _fields(value: object) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}  # type: ignore[attr-defined]


def screen() -> ScreenPage:
    form = reason_form()
    plain = tuple(replace(group, reasons=_unticked(group.reasons)) for group in form.groups)
    very = replace(form, grade=1, grade_label="非常不满意", groups=plain)
    return ScreenPage(
        "1", "示例区政务服务中心", "12 号窗口", "token", "", "", 30, 20, CHOICES,
        (replace(form, groups=plain), very), privacy=SHORT_NOTICE,
    )  # fmt: skip


def _unticked(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(replace(reason, chosen=False) for reason in reasons)
