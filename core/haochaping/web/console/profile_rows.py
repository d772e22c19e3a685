"""What the pages of the rules show: sentences, sources, changes and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Final

from flask import request

from haochaping import renewing
from haochaping.access import accounts
from haochaping.amending import changes, recording
from haochaping.amending.changes import Change, State
from haochaping.containment import contained
from haochaping.messages import N_
from haochaping.profile import Profile
from haochaping.profile import vocabulary as v
from haochaping.profile.amending import CLOSED, editable, written
from haochaping.profile.changes import changes as read_otherwise
from haochaping.profile.explaining import Sentence, explain
from haochaping.profile.layering import LEVELS, STATUSES
from haochaping.profile.nodes import Source
from haochaping.web import formats
from haochaping.web.console import reach
from haochaping.web.console.wording import Tag
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.site import site

NEW: Final = 0
"""The id of a change that is only tried."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule in one sentence, where it comes from, and the key by which it is changed."""

    text: str
    source: str
    origin: str
    key: str


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section of the profile."""

    key: str
    title: str
    rules: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change in one line."""

    id: int
    what: str
    tag: Tag
    since: str
    who: str


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The rules in force, with the changes that were ever proposed."""

    place: str
    digest: str
    sections: tuple[SectionRow, ...]
    changes: tuple[ChangeRow, ...]
    asked: str
    found: int
    late: bool
    may_propose: bool


@dataclass(frozen=True, slots=True)
class FormPage:
    """The form of a proposal; `withdraws` is the change that would end."""

    key: str
    now: tuple[RuleRow, ...]
    values: Mapping[str, str]
    levels: tuple[tuple[str, str], ...]
    statuses: tuple[tuple[str, str], ...]
    earliest: str
    withdraws: int | None
    what: str
    faults: tuple[FieldFault, ...]


@dataclass(frozen=True, slots=True)
class ReadsOtherwise:
    """A sentence as it reads before and after a change; empty where there is none."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A change, what would read otherwise, and what the reader may do with it."""

    row: ChangeRow
    key: str
    value: str
    source: str
    reason: str
    steps: tuple[str, ...]
    reads: tuple[ReadsOtherwise, ...]
    refusal: str
    may_decide: bool
    own: bool
    may_drop: bool
    may_withdraw: bool
    withdraws: int | None
    done: str = ""
    faults: tuple[FieldFault, ...] = ()


def overview() -> RulesPage:
    """Return the rules in force, narrowed to the words that are sought."""
    deployment, asked = site(), request.args.get("q", "").strip()[:60]
    with deployment.store.read() as conn:
        known = recording.every(conn)
        names = accounts.names(conn, {one.proposed_by for one in known})
    now = deployment.clock.now()
    sections = tuple(_sections(deployment.profile, asked))
    standing = tuple(one.id for one in changes.standing(known, now))
    return RulesPage(
        place=words(deployment.profile.jurisdiction.name),
        digest=deployment.profile.digest[:16],
        sections=sections,
        changes=tuple(_row(one, known, names) for one in known),
        asked=asked,
        found=sum(len(one.rules) for one in sections),
        late=standing != deployment.changes,
        may_propose=reach.everywhere("profile.propose"),
    )


def form(
    key: str,
    withdraws: int | None,
    given: Mapping[str, str] = MappingProxyType({}),
    faults: Sequence[FieldFault] = (),
) -> FormPage:
    """Return the form of a change of one rule, or of the end of a change."""
    deployment = site()
    profile = deployment.profile
    key = editable(profile, key.strip())
    what = ""
    if withdraws is not None:
        with deployment.store.read() as conn:
            found = recording.find(conn, withdraws)
        key = found.draft.key if found is not None else ""
        what = _what(found, ()) if found is not None else ""
    tomorrow = deployment.calendar.local_day(deployment.clock.now()) + timedelta(days=1)
    at_first = {
        "value": written(profile, key),
        "effective": tomorrow.isoformat(),
        "status": "in_force",
    }
    rules = [one for part in _sections(profile, "") for one in part.rules if one.key == key]
    return FormPage(
        key=key,
        now=tuple(rules),
        values={**at_first, **given},
        levels=tuple((one, words(v.LEVELS[one])) for one in LEVELS),
        statuses=tuple((one, words(v.say(v.STATUSES, one))) for one in STATUSES),
        earliest=tomorrow.isoformat(),
        withdraws=withdraws,
        what=what,
        faults=tuple(faults),
    )


def one(found: Change, *, done: str = "") -> ChangePage:
    """Return a change with the sentences that it changes."""
    deployment, who = site(), principal()
    with deployment.store.read() as conn:
        known = recording.every(conn)
        people = (found.proposed_by, found.decided_by)
        names = accounts.names(conn, [each for each in people if each is not None])
    now, draft = deployment.clock.now(), found.draft
    standing = found.id in {each.id for each in changes.standing(known, now)}
    waits = found.state is State.PROPOSED
    begun = found.state is State.APPROVED and draft.effective_at <= now
    reads, refusal = _reads(found, known)
    own = found.proposed_by == who.account_id
    proposes = reach.everywhere("profile.propose")
    return ChangePage(
        row=_row(found, known, names),
        key=draft.key,
        value=draft.value,
        source=words(v.say_source(_source(draft.source))),
        reason=draft.reason,
        steps=tuple(_steps(found, names)),
        reads=reads,
        refusal=refusal,
        may_decide=waits and reach.everywhere("profile.approve") and not own,
        own=own,
        may_drop=proposes and not begun and found.state in (State.PROPOSED, State.APPROVED),
        may_withdraw=proposes and standing,
        withdraws=draft.withdraws,
        done=_(DONE[done]) if done in DONE else "",
    )


def _sections(profile: Profile, asked: str) -> Iterable[SectionRow]:
    for section in explain(profile):
        title = words(section.title)
        rules = tuple(_rule(profile, sentence) for sentence in section.sentences)
        wanted = tuple(
            row
            for row in rules
            if asked.casefold() in f"{row.text}{row.source}{row.key}".casefold()
        )
        if wanted:
            yield SectionRow(section.key, title, wanted)


def _speaks_of(row: RuleRow, asked: str) -> bool:
    return asked.casefold() in f"{row.text}{row.source}{row.key}".casefold()


def _rule(profile: Profile, sentence: Sentence) -> RuleRow:
    key = editable(profile, sentence.key)
    return RuleRow(
        text=words(sentence.words),
        source=words(v.say_source(sentence.source)),
        origin=sentence.origin,
        key="" if key.partition(".")[0] in CLOSED else key,
    )


def _row(found: Change, known: Sequence[Change], names: Mapping[int, str]) -> ChangeRow:
    return ChangeRow(
        id=found.id,
        what=_what(found, known),
        tag=_tag(found, known),
        since=formats.day(found.draft.effective_at),
        who=names.get(found.proposed_by, ""),
    )


def _what(found: Change, known: Iterable[Change]) -> str:
    draft = found.draft
    if draft.withdraws is not None:
        ended = next((each for each in known if each.id == draft.withdraws), None)
        return _("撤回变更：%(key)s", key=ended.draft.key if ended else draft.withdraws)
    return f"{draft.key}: {' '.join(draft.value.split())[:60]}"


def _tag(found: Change, known: Iterable[Change]) -> Tag:
    now = site().clock.now()
    if found.state is not State.APPROVED:
        return Tag(_(STATES[found.state]), "warn" if found.state is State.PROPOSED else "")
    if found.draft.effective_at > now:
        return Tag(_("已批准，待生效"), "good")
    if found.draft.withdraws is None and found.id not in {
        each.id for each in changes.standing(known, now)
    }:
        return Tag(_("已撤回"))
    return Tag(_("已生效"), "good")


def _steps(found: Change, names: Mapping[int, str]) -> Iterable[str]:
    yield _(
        "%(at)s %(who)s 提出",
        at=formats.moment(found.proposed_at),
        who=names.get(found.proposed_by, ""),
    )
    if found.decided_at is not None:
        by = names.get(found.decided_by or 0, "")
        note = f"：{found.decision}" if found.decision else ""
        at, state = formats.moment(found.decided_at), _(STEPS[found.state])
        yield f"{at} {by} {state}{note}"
    if found.applied_at is not None:
        yield _(
            "%(at)s 起系统按它运行，规则版本 %(digest)s",
            at=formats.moment(found.applied_at),
            digest=found.profile_digest[:16],
        )


def _reads(found: Change, known: Sequence[Change]) -> tuple[tuple[ReadsOtherwise, ...], str]:
    """Return what reads otherwise with a change than without it, or why that cannot be said."""
    deployment, at = site(), found.draft.effective_at
    others = [one for one in known if one.id != found.id]
    before = contained("before", partial(renewing.profile_at, deployment, others, at))
    with_it = renewing.approved_with(others, found)
    after = contained("after", partial(renewing.profile_at, deployment, with_it, at))
    if before.value is None or after.value is None:
        return (), _("按现在的规则，这项变更不能启用。")
    otherwise = read_otherwise(before.value, after.value)
    return tuple(ReadsOtherwise(_said(each.before), _said(each.after)) for each in otherwise), ""


def _said(sentence: Sentence | None) -> str:
    return words(sentence.words) if sentence is not None else ""


def _source(given: Mapping[str, str]) -> Source | None:
    return Source(**{"document": "", "status": "assumption", **given}) if given else None


STATES: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.PROPOSED: N_("待批准"),
        State.REFUSED: N_("未批准"),
        State.DROPPED: N_("已取消"),
    }
)
STEPS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.APPROVED: N_("批准了这项变更"),
        State.REFUSED: N_("没有批准"),
        State.DROPPED: N_("取消了这项变更"),
    }
)
DONE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "proposed": N_("已提出。另一人批准后，到生效日期自动启用。"),
        "approve": N_("已批准，到生效日期自动启用。"),
        "refuse": N_("已退回，规则不变。"),
        "drop": N_("已取消，规则不变。"),
    }
)
