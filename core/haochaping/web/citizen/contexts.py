"""What the citizen's pages show; plain values, so that a page can be looked at by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as given

from haochaping.web.forms import FieldFault, fault_of


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about the service: a label and its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ServiceSlip:
    """The service that is rated: its item and the facts of that day."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class GradeChoice:
    """One of the five equal choices."""

    grade: int
    label: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason that can be ticked."""

    code: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """A question answered by ticking; `input` is checkbox or radio."""

    name: str
    title: str
    reasons: tuple[Reason, ...]
    input: str = "checkbox"


@dataclass(frozen=True, slots=True)
class ReasonForm:
    """The page after the grade was chosen: reasons of that grade and the rater's words."""

    grade: int
    grade_label: str
    question: str
    hint: str
    groups: tuple[ReasonGroup, ...]
    text: str
    text_max: int
    faults: tuple[FieldFault, ...] = ()

    def fault(self, field: str) -> str:
        """Return the message of a field's fault, empty when it has none."""
        return fault_of(self.faults, field)


@dataclass(frozen=True, slots=True)
class RatePage:
    """The first page: the service and the five choices; `agents` offers "I am the agent".

    `again` marks the second rating, after the unit has answered.
    """

    service: ServiceSlip
    choices: tuple[GradeChoice, ...]
    action: str
    hidden: Mapping[str, str]
    agents: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class OwnPhoto:
    """A photo of one's own rating; `open` once the public may see it."""

    id: int
    name: str
    open: bool


@dataclass(frozen=True, slots=True)
class ReasonsPage:
    """The reasons page; `back` leads to the five choices again."""

    form: ReasonForm
    action: str
    back: str
    hidden: Mapping[str, str]
    send_label: str
    photos: str = ""
    """What is said beside the field for photos; empty where none are taken."""
    draft: bool = False
    """Whether the telephone may keep the words until they are sent."""


@dataclass(frozen=True, slots=True)
class DonePage:
    """The page after a rating was stored: the receipt and what can be done with it."""

    title: str
    lead: str
    receipt: str
    until: str
    can_change: bool
    hidden: Mapping[str, str]
    notice: str = ""
    questions: int = 0
    """Further questions that may still be answered."""
    sitting: Mapping[str, str] = given(default_factory=dict)
    """What leads back to the list of one's services, empty when one did not come from there."""


@dataclass(frozen=True, slots=True)
class FindPage:
    """A page that asks for one code."""

    title: str
    lead: str
    action: str
    field: str
    label: str
    hint: str
    send_label: str
    value: str = ""
    faults: tuple[FieldFault, ...] = ()
    hidden: Mapping[str, str] = given(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way of a case, in plain words; `ahead` marks what is still to come."""

    when: str
    words: str
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One message between unit and rater."""

    sender: str
    when: str
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A rating as it was given: when, the grade, and what became of it."""

    when: str
    grade: int
    label: str
    status: str


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """What was handed in so far, and the words beside the field; `hint` is empty without one."""

    files: tuple[str, ...] = ()
    hint: str = ""
    accept: str = ""


@dataclass(frozen=True, slots=True)
class WechatOffer:
    """What the rating's page says of WeChat: it is offered, or agreed to on the day `since`."""

    offered: bool = False
    since: str = ""


@dataclass(frozen=True, slots=True)
class MinePage:
    """One's own rating: what was said, what became of it, what can be done now."""

    service: ServiceSlip
    receipt: str
    grade: int
    grade_label: str
    status: str
    tone: str
    reasons: tuple[str, ...]
    text: str
    until: str
    can_change: bool
    can_withdraw: bool
    hidden: Mapping[str, str]
    steps: tuple[Step, ...] = ()
    expected: str = ""
    reply: str = ""
    can_accept: bool = False
    can_contest: bool = False
    letters: tuple[Letter, ...] = ()
    can_write: bool = False
    can_object: bool = False
    objection: str = ""
    write_key: str = ""
    done: str = ""
    history: tuple[Said, ...] = ()
    second: Said | None = None
    can_follow: bool = False
    is_second: bool = False
    can_report: bool = False
    photos: tuple[OwnPhoto, ...] = ()
    photo_hint: str = ""
    files: OwnFiles = OwnFiles()
    wechat: WechatOffer = WechatOffer()
    faults: tuple[FieldFault, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangePage:
    """The five choices again, for one's own rating."""

    service: ServiceSlip
    choices: tuple[GradeChoice, ...]
    hidden: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ContestPage:
    """Why the reply is not accepted, in the rater's words."""

    reply: str
    text: str
    hidden: Mapping[str, str]
    faults: tuple[FieldFault, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """A question before something that is hard to take back."""

    title: str
    lead: str
    hidden: Mapping[str, str]
    send_label: str
