"""Who may do what: roles, permissions, and which role has which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from haochaping.hooks.values import Words


class Role(StrEnum):
    """A part that a person or a machine plays."""

    ADMINISTRATOR = "administrator"
    SECURITY_OFFICER = "security_officer"
    AUDITOR = "auditor"
    SUPERVISOR = "supervisor"
    LEADER = "leader"
    PUBLISHER = "publisher"
    APPEAL_REVIEWER = "appeal_reviewer"
    HALL_MANAGER = "hall_manager"
    UNIT_LIAISON = "unit_liaison"
    HANDLER = "handler"
    STAFF_MEMBER = "staff_member"
    HOTLINE_OPERATOR = "hotline_operator"
    PAPER_CLERK = "paper_clerk"
    INSPECTOR = "inspector"
    DEVICE = "device"
    BUSINESS_SYSTEM = "business_system"


SEPARATED: Final = frozenset({Role.ADMINISTRATOR, Role.SECURITY_OFFICER, Role.AUDITOR})
"""Three people: who runs the system, who grants rights in it, who checks both."""

MACHINES: Final = frozenset({Role.DEVICE, Role.BUSINESS_SYSTEM})
"""Roles of keys; never granted to an account."""

ROLE_NAMES: Final[Mapping[Role, Words]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: Words("系统管理员", "Administrator"),
        Role.SECURITY_OFFICER: Words("安全管理员", "Security officer"),
        Role.AUDITOR: Words("审计员", "Auditor"),
        Role.SUPERVISOR: Words("监督人员", "Supervisor"),
        Role.LEADER: Words("单位负责人", "Leader"),
        Role.PUBLISHER: Words("发布审核员", "Publisher"),
        Role.APPEAL_REVIEWER: Words("申诉复核员", "Appeal reviewer"),
        Role.HALL_MANAGER: Words("大厅管理员", "Hall manager"),
        Role.UNIT_LIAISON: Words("单位联络员", "Unit liaison"),
        Role.HANDLER: Words("工单承办人", "Case handler"),
        Role.STAFF_MEMBER: Words("窗口工作人员", "Staff member"),
        Role.HOTLINE_OPERATOR: Words("热线话务员", "Hotline operator"),
        Role.PAPER_CLERK: Words("纸质录入员", "Paper clerk"),
        Role.INSPECTOR: Words("查评员", "Inspector"),
        Role.DEVICE: Words("评价设备", "Rating device"),
        Role.BUSINESS_SYSTEM: Words("业务系统", "Business system"),
    }
)

PERMISSIONS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "account.import": Words("批量导入账号", "Import accounts"),
        "account.read": Words("查看账号", "See accounts"),
        "account.manage": Words("建立和停用账号", "Create and disable accounts"),
        "appeal.file": Words("提出申诉", "File appeals"),
        "appeal.review": Words("复核申诉", "Review appeals"),
        "appraisal.decide": Words("裁定考核异议", "Decide objections to appraisals"),
        "appraisal.manage": Words("组织考核", "Run appraisals"),
        "appraisal.object": Words("对考核结果提出异议", "Object to appraisals"),
        "appraisal.read": Words("查看考核结果", "See appraisal results"),
        "audit.read": Words("查看审计记录", "Read the audit trail"),
        "bulletin.approve": Words("批准和发布通报", "Approve and issue bulletins"),
        "bulletin.read": Words("查看通报", "Read bulletins"),
        "bulletin.write": Words("起草通报", "Write bulletins"),
        "calendar.manage": Words("维护工作日历", "Maintain the calendar"),
        "case.direct": Words("对差评工单作出批示", "Comment on cases as leadership"),
        "case.contact": Words("通过平台联系评价人", "Contact raters through the platform"),
        "case.contact_third_party": Words("代为联系评价人", "Contact raters for the unit"),
        "case.handle": Words("办理差评工单", "Handle cases"),
        "case.read": Words("查看差评工单", "Read cases"),
        "case.reveal": Words("查看评价人身份", "Reveal a rater"),
        "case.supervise": Words("督办差评工单", "Supervise cases"),
        "case.visit": Words("回访评价人", "Make follow-up visits"),
        "catalog.import": Words("导入基础数据", "Import catalogue data"),
        "catalog.manage": Words("维护基础数据", "Maintain the catalogue"),
        "catalog.read": Words("查看基础数据", "Read the catalogue"),
        "device.manage": Words("管理评价设备", "Manage rating devices"),
        "evaluation.decide": Words("裁定待定评价", "Decide held ratings"),
        "evaluation.void": Words("认定评价无效", "Declare ratings void"),
        "event.manage": Words("组织座谈会和开放日", "Run symposia and open days"),
        "exchange.manage": Words("管理上下级平台对接", "Manage the exchange with other platforms"),
        "figures.exact": Words("查看实时数据", "See exact figures"),
        "figures.unit": Words("查看本单位数据", "See the unit's published figures"),
        "grant.manage": Words("授予和收回角色", "Grant and revoke roles"),
        "inbox.read": Words("查看站内消息", "Read one's inbox"),
        "inspection.enter": Words("填写监督查评结果", "Enter results of inspections"),
        "inspection.manage": Words("组织监督查评", "Run inspections"),
        "key.manage": Words("管理接口密钥", "Manage API keys"),
        "message.manage": Words("管理消息投递", "Manage message delivery"),
        "occurrence.record": Words("登记现场服务", "Record a service at the window"),
        "person.manage": Words("办理个人信息请求", "Handle requests about personal data"),
        "opinion.enter": Words("代录综合点评", "Enter opinions"),
        "opinion.read": Words("查看综合点评", "Read opinions"),
        "rating.hotline": Words("电话代录评价", "Enter ratings by phone"),
        "rating.paper": Words("录入纸质评价", "Enter paper ratings"),
        "profile.approve": Words("批准规则变更", "Approve changes of the rules"),
        "profile.propose": Words("提出规则变更", "Propose changes of the rules"),
        "profile.read": Words("查看运行规则", "See the rules in force"),
        "registry.decide": Words("裁定恶意评价人", "Decide on malicious raters"),
        "registry.propose": Words("提请认定恶意评价人", "Propose malicious raters"),
        "typical.sign": Words("签发典型案例", "Sign typical cases"),
        "typical.write": Words("编写典型案例", "Write typical cases"),
        "review.publish": Words("审核发布评价", "Publish reviews"),
        "session.revoke": Words("强制下线", "End other people's sessions"),
        "system.read": Words("查看运行状态", "See the system's state"),
    }
)


def _held(*permissions: str) -> frozenset[str]:
    unknown = set(permissions) - set(PERMISSIONS)
    if unknown:
        raise ValueError(f"unknown permissions: {', '.join(sorted(unknown))}")
    return frozenset(permissions) | {"inbox.read"}


ROLE_PERMISSIONS: Final[Mapping[Role, frozenset[str]]] = MappingProxyType(
    {
        Role.ADMINISTRATOR: _held(
            "account.read",
            "account.manage",
            "catalog.read",
            "catalog.manage",
            "catalog.import",
            "calendar.manage",
            "device.manage",
            "exchange.manage",
            "message.manage",
            "profile.propose",
            "profile.read",
            "system.read",
        ),
        Role.SECURITY_OFFICER: _held(
            "account.import",
            "account.read",
            "grant.manage",
            "key.manage",
            "person.manage",
            "profile.approve",
            "profile.read",
            "session.revoke",
            "system.read",
        ),
        Role.AUDITOR: _held("account.read", "audit.read", "profile.read", "system.read"),
        Role.SUPERVISOR: _held(
            "bulletin.read",
            "bulletin.write",
            "appraisal.decide",
            "appraisal.manage",
            "appraisal.read",
            "case.read",
            "case.supervise",
            "case.visit",
            "catalog.read",
            "evaluation.decide",
            "evaluation.void",
            "event.manage",
            "exchange.manage",
            "figures.exact",
            "figures.unit",
            "inspection.enter",
            "inspection.manage",
            "opinion.read",
            "profile.read",
            "registry.propose",
            "registry.decide",
            "typical.sign",
            "typical.write",
        ),
        Role.LEADER: _held(
            "bulletin.approve",
            "bulletin.read",
            "appraisal.object",
            "appraisal.read",
            "case.direct",
            "case.read",
            "catalog.read",
            "figures.unit",
            "opinion.read",
            "typical.sign",
        ),
        Role.PUBLISHER: _held(
            "bulletin.approve",
            "bulletin.read",
            "bulletin.write",
            "review.publish",
            "typical.sign",
            "typical.write",
        ),
        Role.APPEAL_REVIEWER: _held(
            "appeal.review",
            "appraisal.decide",
            "appraisal.read",
            "case.read",
            "evaluation.void",
            "registry.decide",
        ),
        Role.HALL_MANAGER: _held(
            "bulletin.read",
            "appraisal.object",
            "appraisal.read",
            "catalog.read",
            "device.manage",
            "figures.unit",
            "occurrence.record",
        ),
        Role.UNIT_LIAISON: _held(
            "bulletin.read",
            "appeal.file",
            "appraisal.object",
            "appraisal.read",
            "case.contact",
            "case.handle",
            "case.read",
            "case.reveal",
            "event.manage",
            "figures.unit",
            "opinion.read",
            "registry.propose",
        ),
        Role.HANDLER: _held("appeal.file", "case.contact", "case.handle", "case.read"),
        Role.STAFF_MEMBER: _held("appraisal.object", "appraisal.read", "occurrence.record"),
        Role.HOTLINE_OPERATOR: _held(
            "case.contact_third_party",
            "case.visit",
            "opinion.enter",
            "rating.hotline",
        ),
        Role.PAPER_CLERK: _held("opinion.enter", "rating.paper"),
        Role.INSPECTOR: _held("inspection.enter"),
        Role.DEVICE: frozenset(),
        Role.BUSINESS_SYSTEM: frozenset(),
    }
)
"""Permissions of each role. Machines have none: their keys carry window or scopes instead."""

API_SCOPES: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "cases.push": Words("推送办件", "Push service cases"),
        "evaluations.write": Words("提交评价", "Submit evaluations"),
        "evaluations.verified": Words(
            "提交身份已核验的评价", "Submit evaluations of verified persons"
        ),
        "evaluations.read": Words("查询评价状态", "Read the state of evaluations"),
        "tickets.write": Words("推送叫号记录", "Push queue tickets"),
        "ivr.write": Words("提交电话按键评价", "Submit ratings by telephone keys"),
        "figures.read": Words("查询统计数据", "Read figures"),
        "exchange.write": Words("下级平台上报、热线转派", "Send as a lower platform or hotline"),
    }
)
"""What a business system's key may be used for."""
