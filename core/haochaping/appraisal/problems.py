"""What the appraisal refuses, in words."""

from __future__ import annotations

from haochaping.hooks.values import Words
from haochaping.problems import Problem


class AppraisalRefused(Problem):
    """The period, measure or objection is not in a state for this, or a field is wrong."""

    code = "HCP-APPRAISAL-REFUSED"
    status = 409
    title = Words("考核当前不能这样办理", "The appraisal does not allow this now")


class AppraisalIncomplete(Problem):
    """A form of the appraisal misses something or holds something that cannot be used."""

    code = "HCP-APPRAISAL-FORM"
    status = 422
    title = Words("请补全或改正内容", "Please complete or correct the form")
