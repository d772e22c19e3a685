"""What the registry refuses, in words."""

from __future__ import annotations

from haochaping.hooks.values import Words
from haochaping.problems import Problem


class RegistryOff(Problem):
    """The profile does not enable the registry."""

    code = "HCP-REGISTRY-OFF"
    status = 409
    title = Words(
        "信息库未启用：配置档须写明法律依据",
        "The registry is off: the profile must name its legal basis",
    )


class NotListable(Problem):
    """The rating cannot lead to an entry."""

    code = "HCP-REGISTRY-NOT-LISTABLE"
    status = 422
    title = Words("该评价不能作为列入依据", "This rating cannot lead to an entry")


class TwoPersons(Problem):
    """The same person, or somebody of the rated unit, may not decide."""

    code = "HCP-REGISTRY-TWO-PERSONS"
    status = 403
    title = Words(
        "须由被评单位以外的两名人员先后认定，且均不是提出人",
        "Two people outside the rated unit must decide, neither of them the proposer",
    )


class NotInThatState(Problem):
    """The entry has moved on meanwhile, or the step does not come next."""

    code = "HCP-REGISTRY-STATE"
    status = 409
    title = Words(
        "该记录当前状态不能进行此操作，请刷新", "The entry is not in a state for this; reload"
    )


class NoSuchEntry(Problem):
    """There is no entry with that number."""

    code = "HCP-REGISTRY-UNKNOWN"
    status = 404
    title = Words("没有这条记录", "There is no such entry")


class Incomplete(Problem):
    """Evidence, reason or term is missing or too long."""

    code = "HCP-REGISTRY-INCOMPLETE"
    status = 422
    title = Words("请补全内容", "Please complete the form")
