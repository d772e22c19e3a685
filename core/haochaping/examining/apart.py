"""Checks of plugins in processes of their own: which guards the system did not grant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection

from haochaping.deployment import Deployment
from haochaping.examining.findings import Check, Found, warning
from haochaping.hooks.values import Words


@dataclass(frozen=True, slots=True)
class Loss:
    """What a guard is called, what a plugin can do without it, and what brings it back."""

    name: Words
    can: Words
    fix: Words


_PYTHON: Final = Words("检查 Python 安装", "look at the installation of Python")
LOSSES: Final[Mapping[str, Loss]] = MappingProxyType(
    {
        "environment": Loss(
            Words("空环境变量", "an empty environment"),
            Words("插件能读到环境变量", "the plugin can read variables"),
            _PYTHON,
        ),
        "descriptors": Loss(
            Words("关闭继承的文件", "closed descriptors"),
            Words("插件能使用系统打开的文件和连接", "the plugin can use files that are open"),
            _PYTHON,
        ),
        "limits": Loss(
            Words("资源上限", "limits of resources"),
            Words("插件能用尽内存和处理器", "the plugin can use up memory and processors"),
            Words("提高服务的 LimitAS、LimitNOFILE", "raise LimitAS and LimitNOFILE"),
        ),
        "privileges": Loss(
            Words("不得提升权限", "no new privileges"),
            Words("插件能借助 setuid 程序提权", "the plugin can gain rights by setuid programs"),
            Words("使用 Linux 3.5 及以上内核", "run Linux 3.5 or later"),
        ),
        "files": Loss(
            Words("只读必需的文件（Landlock）", "no files but Python's own (Landlock)"),
            Words(
                "插件能读到系统用户可读的一切文件，包括密钥",
                "the plugin can read every file that the service may read, keys included",
            ),
            Words(
                "使用 Linux 5.13 及以上内核，启动参数 lsm= 中加入 landlock；"
                "此前不要启用不信任的插件",
                "run Linux 5.13 or later with landlock in lsm=; enable no plugin that you do not"
                " trust until then",
            ),
        ),
        "calls": Loss(
            Words("系统调用过滤（seccomp）", "the filter of calls (seccomp)"),
            Words(
                "插件能联网、启动进程、向其他进程发信号",
                "the plugin can use the network, start processes and send signals",
            ),
            Words(
                "使用支持 seccomp 的内核（x86_64 或 aarch64）；容器中不要禁止 seccomp(2)",
                "run a kernel with seccomp on x86_64 or aarch64; let containers use seccomp(2)",
            ),
        ),
    }
)
"""By guard: what is lost where it is not in force."""


def _guards(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    for plugin, host in deployment.hooks.isolated():
        for guard in host.guards:
            if guard.missing:
                loss = LOSSES[guard.name]
                yield warning(
                    f"插件 {plugin} 的进程缺少防护“{loss.name.zh}”"
                    f"（{guard.missing}）：{loss.can.zh}",
                    f"the process of plugin {plugin} lacks {loss.name.en} ({guard.missing}):"
                    f" {loss.can.en}",
                    loss.fix,
                )


CHECKS: Final = (
    Check(
        "plugin_guards",
        Words("独立进程中的插件靠这些防护与系统隔开", "guards keep a plugin in its own process in"),
        Words("见 docs/isolation.md", "see docs/isolation.md"),
        _guards,
    ),
)
