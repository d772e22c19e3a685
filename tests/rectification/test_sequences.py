"""Whatever people do to a case, in whatever order: the promises hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Table, delete

from haochaping.hooks.rectification import CaseState
from haochaping.jobs.tables import job
from haochaping.problems import Problem
from haochaping.rectification import (
    appeals,
    cases,
    contacts,
    extensions,
    joint,
    opening,
    recomputing,
    reopening,
    replies,
    tables,
    thread,
)
from haochaping.rectification.amendments import review_case
from haochaping.rectification.machine import moves_from
from haochaping.rectification.rounds import due_of, plan_of, timers_of
from haochaping.rectification.thread import Posting

from .conftest import OTHER, World, reviewer, supervisor
from .test_case_work import PARTNER_ACTOR

ROOM = [each for each in vars(tables).values() if isinstance(each, Table)]


BY_SUPERVISOR: dict[str, Any] = {"who": supervisor(), "note": "理由"}
ACTIONS: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {
    "take_up": (cases.take_up, (), {}),
    "rectify": (cases.rectify, (), {}),
    "explain": (cases.explain, (), {"note": "于法无据"}),
    "contact": (contacts.contact, (), {"by": "phone", "reached": False}),
    "reply": (replies.reply, (), {"text": "已整改。"}),
    "confirm": (cases.confirm, (), BY_SUPERVISOR),
    "send_back": (replies.send_back, (), BY_SUPERVISOR),
    "reopen": (reopening.reopen, (), BY_SUPERVISOR),
    "visit_unsatisfied": (reopening.after_visit, (), BY_SUPERVISOR),
    "transfer": (cases.transfer, (OTHER,), {"note": "转办"}),
    "appeal": (appeals.file, ("mistaken",), {"text": "误评"}),
    "reject": (appeals.reject, (), {"who": reviewer(), "note": "证据不足"}),
}


class Life(RuleBasedStateMachine):
    """One case and everybody who may act on it."""

    world: World
    start: datetime

    def __init__(self) -> None:
        super().__init__()
        self.world.clock.set(self.start)
        self.world.context = replace(self.world.context, contact_attempts=1)
        self.world.emit.events.clear()
        with self.world.store.write() as conn:
            for table in (*ROOM, job):
                conn.execute(delete(table))
        self.rating = self.world.rate(1)
        self.first = self.world.follow(opening.open_for_evaluation, self.rating)
        self.case = self.world.released(self.first)
        self.limit = self.case.first_due_at
        self.versions = self.case.version

    def attempt(self, action: Any, *args: Any, **more: Any) -> None:
        try:
            self.world.do(action, self.world.now(self.case), *args, **more)
        except Problem:
            return

    def call(self, function: Any, *args: Any, **more: Any) -> None:
        try:
            self.world.call(function, *args, **more)
        except Problem:
            return

    @rule(which=st.integers(0, 40))
    def go_on(self, which: int) -> None:
        """Try one of the moves that the case's state offers to people."""
        offered = [move.action for move in moves_from(self.now.state) if move.action in ACTIONS]
        self.carry_out(offered[which % len(offered)])

    @rule(action=st.sampled_from(sorted(ACTIONS)))
    def try_anything(self, action: str) -> None:
        """Try a move whether or not the state offers it."""
        self.carry_out(action)

    @rule(who=st.sampled_from([701, 702]), upheld=st.booleans())
    def review(self, who: int, upheld: bool) -> None:
        action = appeals.uphold if upheld else appeals.endorse
        self.attempt(action, who=reviewer(who), note="意见")

    @rule(complexity=st.sampled_from(["simple", "complex"]))
    def triage(self, complexity: str) -> None:
        before = self.now
        self.attempt(cases.triage, complexity, note="理由")
        if before.round == 0:
            self.limit = self.due_by_rule()

    @rule(count=st.integers(1, 10), granted=st.booleans())
    def extend(self, count: int, granted: bool) -> None:
        """Ask for more time; only what is granted may move the limit."""
        self.attempt(extensions.ask, count, note="等待外单位数据")
        before = self.now
        decide = extensions.grant if granted else extensions.refuse
        self.attempt(decide, **BY_SUPERVISOR)
        if before.round == 0 and self.now.extension != before.extension:
            self.limit = self.due_by_rule()

    @rule(finished=st.booleans())
    def join(self, finished: bool) -> None:
        """Ask a partner, who ends the task or has it taken back."""
        self.attempt(joint.ask, OTHER, 1, text="核对审批时间")
        if finished:
            self.attempt(joint.done, who=PARTNER_ACTOR, text="已核对")
        else:
            self.attempt(joint.drop, OTHER, note="无需会办")

    @rule()
    def contest(self) -> None:
        self.call(reopening.contest, self.case.id, text="没有整改", at=self.world.clock.now())

    def carry_out(self, action: str) -> None:
        function, args, more = ACTIONS[action]
        self.attempt(function, *args, **more)

    @rule(number=st.integers(0, 5))
    def write(self, number: int) -> None:
        posting = Posting(thread.RATER_SIDE, "请回复", f"k{number}", self.world.clock.now())
        self.call(thread.from_rater, self.case.id, posting)

    @rule(grade=st.sampled_from([1, 2, 4, 5]))
    def change_the_rating(self, grade: int) -> None:
        if self.world.now(self.case).round or self.now.outcome in ("void", "withdrawn"):
            return
        self.rating = self.world.amend(self.rating, grade)
        self.world.follow(review_case, self.rating)

    @rule(hours=st.integers(1, 200))
    def wait(self, hours: int) -> None:
        self.world.clock.advance(timedelta(hours=hours))

    @rule()
    def work(self) -> None:
        self.world.work()

    @rule()
    def recompute(self) -> None:
        self.call(recomputing.recompute, self.case.id, self.world.clock.now())

    @property
    def now(self) -> Any:
        return self.world.now(self.case)

    def due_by_rule(self) -> Any:
        """What the case's own plan gives, counted from its opening."""
        case = self.now
        with self.world.store.read() as conn:
            found = timers_of(self.world.context, conn, case, plan_of(case), case.opened_at)
        return due_of(self.world.context, found, case.opened_at).moment

    @invariant()
    def the_due_moment_never_exceeds_the_first(self) -> None:
        case = self.now
        assert case.first_due_at == self.limit
        assert case.due_at <= case.first_due_at or case.round > 0

    @invariant()
    def a_case_is_closed_with_an_outcome_and_open_without(self) -> None:
        case = self.now
        ended = case.state is CaseState.CLOSED
        assert (case.closed_at is not None) is (case.outcome is not None) is ended

    @invariant()
    def no_state_is_a_dead_end(self) -> None:
        assert moves_from(self.now.state)

    @invariant()
    def no_deadline_is_reached_twice(self) -> None:
        found = Counter(
            (each["round"], each["deadline"], each["level"])
            for each in self.world.emit.payloads("deadline.reached")
        )
        assert not found or max(found.values()) == 1

    @invariant()
    def versions_only_grow(self) -> None:
        case = self.now
        assert case.version >= self.versions
        self.versions = case.version

    @invariant()
    def rounds_count_every_new_start(self) -> None:
        case = self.now
        assert case.reopened <= case.round
        assert self.world.emit.kinds.count("case.opened") == 1


def test_no_sequence_of_actions_breaks_a_case(world: World):
    run(world, 10)


@pytest.mark.long
def test_none_of_many_sequences_of_actions_breaks_a_case(world: World):
    run(world, 150)


def run(world: World, sequences: int) -> None:
    """Try sequences of 40 actions each, the same ones every time."""
    Life.world, Life.start = world, world.clock.now()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=sequences,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
