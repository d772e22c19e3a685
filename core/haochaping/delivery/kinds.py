"""The kinds of gateways that a deployment's settings can make, under names of their own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from haochaping.hooks.deployment import MessageGateway
from haochaping.hooks.values import Words

_HERE: Final = "haochaping.delivery"


def _kind(
    name: str, title: Words, factory: str, address: str = "", receipts: str = ""
) -> MessageGateway:
    asking = f"{_HERE}.{receipts}" if receipts else ""
    return MessageGateway(name, title, f"{_HERE}.{factory}", address, asking)


_ALL: Final = (
    _kind("email", Words("电子邮件", "E-mail"), "mail:make", "email"),
    _kind(
        "webhook_signed",
        Words("签名推送（Standard Webhooks）", "Signed webhook (Standard Webhooks)"),
        "standard_webhook:make",
    ),
    _kind("dingtalk_robot", Words("钉钉群机器人", "DingTalk group robot"), "dingtalk:robot"),
    _kind(
        "dingtalk",
        Words("钉钉工作通知", "DingTalk work notification"),
        "dingtalk:notice",
        "dingtalk",
        "dingtalk:receipts",
    ),
    _kind(
        "dingtalk_private",
        Words("专有钉钉（浙政钉）工作通知", "Private DingTalk work notification"),
        "dingtalk_private:make",
        "dingtalk_private",
        "dingtalk_private:receipts",
    ),
    _kind("wecom_robot", Words("企业微信群机器人", "WeCom group robot"), "wecom:robot"),
    _kind("wecom", Words("企业微信应用消息", "WeCom application message"), "wecom:app", "wecom"),
    _kind("sms_json", Words("短信", "SMS"), "sms:make", "mobile"),
    _kind("sms_aliyun", Words("阿里云短信", "Alibaba Cloud SMS"), "sms_aliyun:make", "mobile"),
    _kind("sms_tencent", Words("腾讯云短信", "Tencent Cloud SMS"), "sms_tencent:make", "mobile"),
    _kind(
        "wechat_subscription",
        Words("微信订阅消息", "WeChat subscription message"),
        "wechat:subscribe",
        "wechat",
    ),
    _kind(
        "wechat_template",
        Words("微信模板消息", "WeChat template message"),
        "wechat:template",
        "wechat",
    ),
)

KINDS: Final[Mapping[str, MessageGateway]] = MappingProxyType({one.name: one for one in _ALL})
"""Every kind by its name in the settings."""
