"""What the changes of a profile refuse, in words."""

from __future__ import annotations

from haochaping.hooks.values import Words
from haochaping.problems import Problem


class ChangeRefused(Problem):
    """The change of the profile is not in a state for this, or not for this person."""

    code = "HCP-PROFILE-CHANGE"
    status = 409
    title = Words("规则变更当前不能这样办理", "The change of rules does not allow this now")


class ChangeIncomplete(Problem):
    """A proposed change of the profile misses something, or the profile would have faults."""

    code = "HCP-PROFILE-CHANGE-FORM"
    status = 422
    title = Words("请补全或改正内容", "Please complete or correct the form")
