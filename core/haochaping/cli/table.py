"""The command table: where each command lives, so that nothing is imported before it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final

from haochaping.hooks.values import Words


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command is: module and attribute, with the line `--help` prints about it."""

    module: str
    attribute: str
    summary: Words

    @property
    def exists(self) -> bool:
        """True when the module is there; nothing is imported for the answer."""
        return find_spec(self.module) is not None


def _place(where: str, zh: str, en: str) -> Place:
    module, _, attribute = where.partition(":")
    return Place(f"haochaping.cli.{module}", attribute, Words(zh, en))


COMMANDS: Final[Mapping[str, Place]] = MappingProxyType(
    {
        "init": _place("operate:init", "新建一个部署目录", "Create a deployment folder"),
        "demo": _place("demo:demo", "带演示数据运行", "Run with demonstration data"),
        "check": _place("profiles:check", "检查配置档，列出全部问题", "Check a profile"),
        "languages": _place(
            "languages:languages",
            "页面语言、译文和署名；导出待译文本",
            "Languages, their texts and who signed them",
        ),
        "explain": _place(
            "profiles:explain", "用句子说明各项规则及出处", "Explain a profile's rules"
        ),
        "profile": _place("profiles:profile", "比较配置档", "Compare profiles"),
        "doctor": _place("doctor:doctor", "检查部署是否正常", "Examine the deployment"),
        "migrate": _place("operate:migrate", "升级数据库表", "Bring the tables up to date"),
        "run": _place("operate:run", "运行网站、设备连接和后台", "Run web, line and worker"),
        "web": _place("operate:web", "只运行网站", "Run the web server"),
        "worker": _place("operate:worker", "只运行后台", "Run the worker"),
        "import": _place("importing:import_", "导入 CSV 或 XLSX 文件", "Import a CSV or XLSX file"),
        "export": _place("importing:export", "导出数据", "Export data"),
        "verify": _place("evidence:verify", "核对日志是否被改动", "Verify the sealed journal"),
        "backup": _place("copies:backup", "备份，加密并读回核对", "Make an encrypted backup"),
        "restore": _place("copies:restore", "从备份恢复，列出缺失", "Restore a backup"),
        "partitions": _place(
            "partitions:partitions", "按月存放和归档日志", "Keep and archive logs month by month"
        ),
        "hub": _place("hub:hub", "省级汇总：发布与订阅", "Publish to or take in a province's hub"),
        "reconcile": _place("evidence:reconcile", "补建丢失的任务", "Make missing jobs anew"),
        "key": _place("keys:key", "查看与轮换主密钥", "Look at and rotate master keys"),
        "incident": _place("incidents:incident", "生成安全事件报告", "Write an incident report"),
        "tally": _place("figures:tally", "重算统计数", "Recompute tallies"),
        "coverage": _place("coverage:coverage", "重算邀评覆盖", "Recount the coverage ledger"),
        "replay": _place("replay:replay", "重现一个已封账的时期", "Reckon a closed period again"),
        "board": _place("figures:board", "打印榜单", "Print a board"),
        "bulletin": _place("bulletins:bulletin", "编写通报", "Write a bulletin"),
        "open-data": _place("opendata:open_data", "生成或核对开放数据", "Make or check open data"),
        "uplink": _place("uplink:uplink", "上下级平台对接", "Exchange with others"),
        "ahp": _place("ahp:ahp", "由两两比较得出权重", "Weights from judgements in pairs"),
        "calendar": _place("calendar:calendar", "工作日历与到期日", "Working days and due dates"),
        "user": _place("access:user", "管理账号", "Manage accounts"),
        "person": _place("person:person", "办理个人信息请求", "Export or erase a person"),
        "device": _place("access:device", "管理窗口设备与接口密钥", "Manage devices and API keys"),
        "plugin": _place("plugins:plugin", "查看插件", "Look at plugins"),
    }
)
"""Every command of the core. One whose module is not installed is neither listed nor run."""
