"""Why a demonstration is refused."""

from __future__ import annotations

from typing import ClassVar

from haochaping.hooks.values import Words
from haochaping.problems import Problem


class NotADemonstration(Problem):
    """The folder or its database is used for something else; nothing in it was touched."""

    code = "HCP-NOT-A-DEMONSTRATION"
    status = 409
    exit_code: ClassVar[int] = 2
    title = Words(
        "这里不是演示部署，未作任何改动", "This is not a demonstration; nothing was changed"
    )


class NeverInProduction(Problem):
    """Demonstration accounts have passwords that everybody knows."""

    code = "HCP-DEMONSTRATION-IN-PRODUCTION"
    status = 409
    exit_code: ClassVar[int] = 3
    title = Words(
        "正式环境不得装入演示数据和演示账号",
        "Demonstration data and accounts never go into production",
    )


class OtherDemonstration(Problem):
    """The folder holds another demonstration than the one asked for."""

    code = "HCP-OTHER-DEMONSTRATION"
    status = 409
    exit_code: ClassVar[int] = 2
    title = Words("该目录里是另一个演示", "The folder holds another demonstration")


class NoExampleCatalogue(Problem):
    """There is no example jurisdiction for a profile."""

    code = "HCP-NO-EXAMPLE-CATALOGUE"
    status = 404
    exit_code: ClassVar[int] = 2
    title = Words("没有与该配置档相配的示例目录", "No example catalogue fits this profile")


class PortTaken(Problem):
    """Something else listens on a port that the demonstration wants."""

    code = "HCP-PORT-TAKEN"
    status = 409
    exit_code: ClassVar[int] = 4
    title = Words("端口已被占用", "The port is taken")
