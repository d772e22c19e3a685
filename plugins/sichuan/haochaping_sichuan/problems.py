"""What the plugin refuses, in words."""

from __future__ import annotations

from haochaping.hooks.values import Words
from haochaping.problems import Problem


class NotComplete(Problem):
    """A form of the appraisal pages misses something."""

    code = "HCP-APPRAISAL-INCOMPLETE"
    status = 422
    title = Words("请补全内容", "Please complete the form")


class NotPermitted(Problem):
    """Who acts has no right to do this for the unit."""

    code = "HCP-APPRAISAL-FORBIDDEN"
    status = 403
    title = Words("您没有办理该单位考核事项的权限", "You may not do this for that unit")


class NotInThatState(Problem):
    """The talk has moved on meanwhile, or there is none of that number."""

    code = "HCP-TALK-STATE"
    status = 409
    title = Words(
        "该约谈当前状态不能进行此操作，请刷新", "The talk is not in a state for this; reload"
    )
