"""What can be refused about a case, in words that say what to do."""

from __future__ import annotations

from haochaping.hooks.values import Words
from haochaping.problems import Problem


class UnknownCase(Problem):
    """No case of that number, or not yet to be seen by whoever asks."""

    code = "HCP-UNKNOWN-CASE"
    status = 404
    title = Words("没有这个工单", "There is no such case")


class CaseChanged(Problem):
    """Somebody else was faster; nothing was written."""

    code = "HCP-CASE-CHANGED"
    status = 409
    title = Words(
        "工单刚刚被他人更新，请刷新页面后再操作",
        "Somebody else has just changed this case: reload the page and try again",
    )


class MoveRefused(Problem):
    """The case's state does not allow the action."""

    code = "HCP-CASE-STATE"
    status = 409
    title = Words("工单当前状态不能进行此操作", "The state of the case does not allow this")


class NeedMissing(Problem):
    """A condition of the action is not met; the field `need` names it."""

    code = "HCP-CASE-NEEDS"
    status = 422
    title = Words("还缺少必要条件", "Something is missing for this action")


class NotPermitted(Problem):
    """The account lacks the permission for the action."""

    code = "HCP-CASE-FORBIDDEN"
    status = 403
    title = Words("您没有进行此操作的权限", "You are not permitted to do this")


class OwnMatter(Problem):
    """Nobody handles, reviews or voids in their own matter."""

    code = "HCP-OWN-MATTER"
    status = 403
    title = Words(
        "本人被评价的事项不得由本人经办，请交由其他人员办理",
        "Nobody acts in their own matter: hand the case to somebody else",
    )


class UnknownOrganization(Problem):
    """A case cannot go to an organization that is not in the catalogue or not active."""

    code = "HCP-CASE-ORGANIZATION"
    status = 422
    title = Words("没有可接收工单的该单位", "There is no such organization to take the case")


class UnknownOrigin(Problem):
    """A case needs a rating or an opinion that exists."""

    code = "HCP-CASE-ORIGIN"
    status = 404
    title = Words("没有这条评价或意见", "There is no such rating or opinion")


class UnknownVisit(Problem):
    """No follow-up visit of that number."""

    code = "HCP-UNKNOWN-VISIT"
    status = 404
    title = Words("没有这条回访任务", "There is no such follow-up visit")


class UnusableCursor(Problem):
    """The link to the next page of a list is not one that was given out."""

    code = "HCP-CASE-CURSOR"
    status = 400
    title = Words(
        "翻页链接无效，请从第一页重新查看", "This page link is not valid: start from the first page"
    )
