"""What can be wrong with a typical case, in words."""

from __future__ import annotations

from haochaping.hooks.values import Words
from haochaping.problems import Problem


class TypicalGone(Problem):
    """There is no such typical case where this person may see it."""

    code = "HCP-TYPICAL-GONE"
    status = 404
    title = Words("没有这个典型案例", "There is no such typical case")


class TypicalChanged(Problem):
    """Somebody changed or decided it meanwhile."""

    code = "HCP-TYPICAL-CHANGED"
    status = 409
    title = Words(
        "案例已被修改或状态已变，请按最新内容再操作",
        "The case was changed meanwhile: look at it again",
    )


class TypicalRefused(Problem):
    """A typical case cannot be made of this case."""

    code = "HCP-TYPICAL-REFUSED"
    status = 422
    title = Words("这个工单不能编写典型案例", "No typical case can be made of this case")


class TypicalText(Problem):
    """A text of a typical case is missing or too long; `field` names it."""

    code = "HCP-TYPICAL-TEXT"
    status = 422
    title = Words("文字内容不符合要求", "The text cannot be used")


class TypicalOwn(Problem):
    """Who wrote it, replied in the case or is rated in it does not sign it."""

    code = "HCP-TYPICAL-OWN"
    status = 403
    title = Words(
        "编写人、答复人和被评价人不能签发，请由另外两人签发",
        "Who wrote it, replied or was rated does not sign: two others do",
    )
