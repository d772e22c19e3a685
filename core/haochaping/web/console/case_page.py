"""What a case page shows, as much as whoever looks may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from haochaping.access import accounts
from haochaping.access.contact import Contact
from haochaping.catalog import subjects
from haochaping.evaluation import local_questions, prompting
from haochaping.hooks.rectification import CaseState
from haochaping.hooks.values import Grade
from haochaping.ids import random_code
from haochaping.indicators import scale
from haochaping.messages import N_
from haochaping.rectification import (
    appeal_rows,
    appeals,
    audits,
    case_view,
    contacts,
    deadlines,
    replies,
    thread,
    visits,
)
from haochaping.rectification.machine import AT_WORK, NEEDS, REVIEW
from haochaping.rectification.moves import OUTCOME_NAMES
from haochaping.rectification.needs import heard_from, rated_path
from haochaping.rectification.records import Case
from haochaping.rectification.timeline import Entry, timeline
from haochaping.rectification.visit_results import OUTCOMES
from haochaping.web import formats
from haochaping.web.console import case_photos, case_told, case_work, evidence_list
from haochaping.web.console.case_forms import Form, audit_form, forms_for
from haochaping.web.console.case_photos import ShownPhoto
from haochaping.web.console.case_work import Said
from haochaping.web.console.evidence_list import Evidence
from haochaping.web.console.queue import TO_DO, why_lines
from haochaping.web.console.sight import Sight
from haochaping.web.console.wording import (
    CONFIRM,
    Tag,
    band_tag,
    happened,
    last_day,
    state_name,
    way,
)
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.site import site

KEY_SIGNS: Final = 16
_LETTERS: Final = frozenset({thread.MESSAGE, thread.CONTEST})
_OBJECTIONS: Final = frozenset({appeal_rows.OBJECTION})
KINDS: Final = {visits.SAMPLE: N_("随机抽查"), visits.SECOND: N_("二次回访")}


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the history; `note` is for staff, `told` is what the rater was told."""

    when: str
    who: str
    text: str
    note: str
    told: str


@dataclass(frozen=True, slots=True)
class Appeal:
    """The unit's appeal as its reviewers see it."""

    kind: str
    reason: str
    filed: str
    endorsed: str
    decision: str
    pending: bool
    due: str = ""
    objections: tuple[Said, ...] = ()
    unheard: str = ""
    """What reviewers read while the rater has said nothing; empty for others."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A follow-up visit; `open` when this person may record it."""

    id: int
    by: str
    due: str
    reason: str
    result: str
    open: bool
    kind: str = ""
    attempts: int = 0
    script: str = ""
    link: str = ""
    meeting: str = ""
    in_person: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """Until when the unit has to answer, how much time is left, and why."""

    band: Tag
    left: str
    day: str
    provisional: bool
    why: tuple[tuple[str, bool, str], ...]


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case page. `said_first` are the rater's words, `rated` the date only."""

    public_id: str
    version: int
    key: str
    title: str
    state: str
    outcome: str
    confirm: str
    due: Due | None
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    words: str
    rated: str
    forms: tuple[Form, ...]
    can_reveal: bool
    need_contact: str
    replies: tuple[Said, ...]
    letters: tuple[Said, ...]
    contacts: tuple[Said, ...]
    history: tuple[Happened, ...]
    appeal: Appeal | None
    visits: tuple[Visit, ...]
    finding: tuple[tuple[str, str], ...] = ()
    tasks: tuple[Said, ...] = ()
    extensions: tuple[Said, ...] = ()
    evidence: Evidence | None = None
    audit: Said | None = None
    warned: tuple[Said, ...] = ()
    photos: tuple[ShownPhoto, ...] = ()
    done: str = ""
    changed: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    faults: tuple[FieldFault, ...] = ()
    typical: str = ""
    """Where a typical case can be begun from this one; empty when it cannot."""

    def forms_at(self, place: str) -> tuple[Form, ...]:
        """Return the forms that stand at one place of the page."""
        return tuple(form for form in self.forms if form.place == place)


def build(conn: Connection, seen: Sight, at: datetime) -> CasePage:
    """Return the page of a case as whoever is signed in may see it."""
    case, context = seen.case, site().rectification
    names, visited = _Names(conn, case), _visits(conn, seen)
    work = case_work.build(conn, seen, names, at)
    appeal, audit = appeal_rows.newest(conn, case), audits.of_case(conn, case)
    return CasePage(
        public_id=case.public_id,
        version=case.version,
        key=random_code(KEY_SIGNS),
        title=names.of("item", case.item_id) or _("未指明事项"),
        state=state_name(case.state),
        outcome="" if case.outcome is None else words(OUTCOME_NAMES[case.outcome]),
        confirm=_(CONFIRM[case.confirm]) if case.confirm else "",
        due=_due(conn, case, at) if case.state in TO_DO else None,
        facts=tuple(_facts(seen, names)),
        reasons=tuple(
            words(local_questions.label(site().desk.rules, code)) for code in case.options
        ),
        words=case_view.rater_words(context, conn, case),
        rated=_rated(conn, case),
        photos=case_photos.of_case(conn, case),
        forms=forms_for(seen, appeal, next((one for one in visited if one.open), None))
        + work.forms
        + audit_form(seen, appeal, audit),
        finding=work.finding,
        tasks=work.tasks,
        extensions=work.extensions,
        evidence=evidence_list.build(conn, seen, names),
        audit=_audit(audit, names),
        warned=case_told.warnings(conn, seen, names.account),
        can_reveal=seen.contact is Contact.REVEAL and not case.closed,
        need_contact=_need_contact(case),
        replies=_replies(conn, case, names),
        letters=_letters(conn, seen, _LETTERS),
        contacts=_contacts(conn, case, names),
        history=_history(conn, seen, names),
        appeal=None if appeal is None else _appeal(conn, seen, appeal, names),
        visits=visited,
        typical=_typical(case),
    )


def _typical(case: Case) -> str:
    may = case.state is CaseState.CLOSED and principal().may("typical.write")
    return f"/console/typical?case={case.public_id}" if may else ""


class _Names:
    """Names of accounts and units, looked up once each."""

    def __init__(self, conn: Connection, case: Case) -> None:
        self._conn = conn
        self._case = case
        self._accounts: dict[int, str] = {}

    def of(self, kind: str, subject_id: int | None) -> str:
        """Return the name of a unit or item, empty when there is none."""
        if subject_id is None:
            return ""
        found = subjects.names(self._conn, kind, {subject_id}).get(subject_id)
        return "" if found is None else words(found.name)

    def account(self, account_id: int | None) -> str:
        """Return the name of an account, empty for the rater and the system."""
        if account_id is None:
            return ""
        if account_id not in self._accounts:
            self._accounts[account_id] = accounts.name(self._conn, account_id)
        return self._accounts[account_id]


def _rated(conn: Connection, case: Case) -> str:
    """Return the day of the rating, and how it came about."""
    day = formats.day(case.opened_at)
    if case.evaluation_id is None:
        return day
    key = (case.region, case.served_month, case.evaluation_id)
    came = prompting.how(conn, [key]).get(key)
    return f"{day} · {words(prompting.WORDS[came])}" if came else day


def _facts(seen: Sight, names: _Names) -> Iterable[tuple[str, str]]:
    case = seen.case
    yield _("承办单位"), names.of("organization", case.organization_id)
    if seen.whole:
        if case.rated_organization_id != case.organization_id:
            yield _("被评单位"), names.of("organization", case.rated_organization_id)
        for label, kind, number in (
            (_("大厅"), "hall", case.hall_id),
            (_("窗口"), "window", case.window_id),
            (_("工号"), "staff", case.staff_id),
        ):
            if number is not None:
                yield label, names.of(kind, number)
        yield _("评价等级"), words(scale.label(Grade(case.grade)))
    if case.assignee_id is not None:
        yield _("承办人"), names.account(case.assignee_id)
    yield _("难易"), _("复杂") if case.complexity == "complex" else _("简单")
    if case.reopened:
        yield _("重新办理"), _("第 %(n)s 次", n=case.reopened)


def _due(conn: Connection, case: Case, at: datetime) -> Due:
    context = site().rectification
    view = context.calendar.remaining(at, case.due_at)
    return Due(
        band=band_tag(view.band),
        left=words(view.words),
        day=formats.day(case.due_day),
        provisional=case.provisional,
        why=why_lines(_lines(conn, case)),
    )


def _lines(conn: Connection, case: Case) -> Any:
    for row in deadlines.rows_of(conn, case):
        if row["level"] == 0 and row["due_at"] == case.due_at:
            return row["lines"]
    return ()


def _audit(audit: audits.Audit | None, names: _Names) -> Said | None:
    if audit is None:
        return None
    if audit.outcome is None or audit.done_at is None:
        return Said("", formats.moment(audit.drawn_at), _("随机抽中，等待复查。"))
    tone = "good" if audit.outcome == audits.RIGHT else "bad"
    tag = Tag(words(audits.OUTCOMES[audit.outcome]), tone)
    who = names.account(audit.account_id)
    return Said(who, formats.moment(audit.done_at), audit.note or "", tag)


def _need_contact(case: Case) -> str:
    if case.state in AT_WORK and case.real_name and case.contacted_at is None:
        return words(NEEDS["contact"])
    return ""


def _replies(conn: Connection, case: Case, names: _Names) -> tuple[Said, ...]:
    return tuple(
        Said(
            names.account(one.account_id),
            formats.moment(one.at),
            one.text,
            Tag(words(OUTCOME_NAMES[one.outcome])),
        )
        for one in replies.replies_of(conn, case.id)
    )


def _letters(conn: Connection, seen: Sight, kinds: frozenset[str]) -> tuple[Said, ...]:
    senders = {thread.UNIT_SIDE: _("单位"), thread.RATER_SIDE: _("评价人")}
    found = thread.messages(site().rectification, conn, seen.case, exact=seen.whole)
    return tuple(
        Said(
            senders[one.side],
            formats.moment(one.at) if one.at else formats.day(one.day),
            one.text,
            Tag(_("不认可答复"), "warn") if one.kind == thread.CONTEST else None,
        )
        for one in found
        if one.text and one.kind in kinds
    )


def _contacts(conn: Connection, case: Case, names: _Names) -> tuple[Said, ...]:
    return tuple(
        Said(
            names.account(one.account_id),
            formats.moment(one.at),
            one.note,
            Tag(way(one.by) + " · " + (_("联系上了") if one.reached else _("没有联系上"))),
        )
        for one in contacts.contacts_of(site().rectification, conn, case)
    )


def _history(conn: Connection, seen: Sight, names: _Names) -> tuple[Happened, ...]:
    return tuple(
        Happened(
            when=_when(entry, seen),
            who=names.account(entry.account_id),
            text=happened(entry.kind, entry.details),
            note=entry.note,
            told=entry.public_note,
        )
        for entry in reversed(timeline(conn, seen.case))
    )


def _when(entry: Entry, seen: Sight) -> str:
    """Return the moment of what staff did; of everything else the unit learns the day only."""
    exact = seen.whole or entry.account_id is not None
    return formats.moment(entry.at) if exact else formats.day(entry.at)


def _appeal(conn: Connection, seen: Sight, found: appeal_rows.Appeal, names: _Names) -> Appeal:
    """Return the appeal; what the rater says against it is for its reviewers alone."""
    case = seen.case
    reviews = seen.actor.may(REVIEW) and not seen.actor.within(rated_path(conn, case))
    return Appeal(
        kind=words(appeals.KINDS[found.kind]),
        reason=appeals.reason(site().rectification, conn, case),
        filed=f"{names.account(found.filed_by)} · {formats.moment(found.filed_at)}",
        endorsed=_signed(names, found.endorsed_by, found.endorsed_at),
        decision=found.decision or "",
        pending=found.state in appeal_rows.PENDING,
        due=last_day(found.due_at) if found.due_at else "",
        objections=_letters(conn, seen, _OBJECTIONS) if reviews else (),
        unheard=_unheard(found) if reviews and found.state in appeal_rows.PENDING else "",
    )


def _unheard(found: appeal_rows.Appeal) -> str:
    """Return that the rater has said nothing yet, and from when a decision needs no wait."""
    until = heard_from(site().rectification, found)
    if until is None:
        return _("评价人已被告知，还没有说明情况。")
    day = last_day(until)
    return _("评价人已被告知，还没有说明情况；%(day)s 之后才能认定评价作废。", day=day)


def _signed(names: _Names, account_id: int | None, at: datetime | None) -> str:
    return f"{names.account(account_id)} · {formats.moment(at)}" if account_id and at else ""


def _visits(conn: Connection, seen: Sight) -> tuple[Visit, ...]:
    may = seen.actor.may("case.visit")
    return tuple(
        Visit(
            id=one.id,
            by=way(one.by),
            due=last_day(one.due_at),
            reason=one.reason,
            result=_result(one),
            open=may and one.state == visits.DUE,
            kind=_(KINDS[one.kind]) if one.kind in KINDS else "",
            attempts=one.attempts,
            script=_script(one) if may and one.state == visits.DUE else "",
            link=f"{site().settings.base_url}/visit/{one.code}" if may and one.code else "",
            meeting=_meeting(one),
            in_person=may and one.by == visits.IN_PERSON and one.state == visits.DUE,
        )
        for one in visits.visits_of(conn, seen.case)
    )


def _result(one: visits.VisitRow) -> str:
    return words(OUTCOMES[one.outcome]) if one.outcome in OUTCOMES else ""


def _script(one: visits.VisitRow) -> str:
    scripts = site().rectification.rules.visiting.scripts
    return words(scripts[one.by]) if one.by in scripts else ""


def _meeting(one: visits.VisitRow) -> str:
    when = formats.moment(one.meet_at) if one.meet_at else ""
    return " · ".join(part for part in (one.place or "", when) if part)
