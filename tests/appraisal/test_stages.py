"""A period is frozen once, objected to within days, decided outside, published once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from haochaping.access import accounts, grants
from haochaping.access.roles import Role
from haochaping.appraisal import measures, outcomes, stages
from haochaping.appraisal.measures import Draft, Target
from haochaping.appraisal.objections import Court, Raised, Verdict
from haochaping.appraisal.problems import AppraisalIncomplete, AppraisalRefused
from haochaping.appraisal.rules import AppraisalRules
from haochaping.appraisal.stages import Day, Freezer, Stage
from haochaping.catalog import tables as catalog
from haochaping.delivery.tables import message
from haochaping.grading import consequences, entries, periods
from haochaping.grading.appraisal import Appraiser
from haochaping.grading.basis import Basis
from haochaping.grading.closing import Closer, PeriodNotOver
from haochaping.grading.facts import no_cases
from haochaping.grading.scoring import Scorer
from haochaping.hooks.values import Duration, Subject, Unit, Words
from haochaping.profile import load
from tests.appraisal.conftest import month
from tests.grading.ledger import rating

OCTOBER, TODAY = periods.parse("2026-10"), date(2026, 11, 16)
UNIT = Target(OCTOBER, "organization", 1)
RULE = {
    "name": "差评扣分", "kind": "points", "points": "-1.5", "subjects": ["organization"],
    "when": [{"value": "bad", "at_least": 2}],
}  # fmt: skip
FIVE = Duration(5, Unit.CALENDAR_DAY)


def due(start, within):
    return start + timedelta(days=within.count)


class NoPlugins:
    """A deployment without plugins."""

    answers: tuple[()] = ()
    failures: tuple[()] = ()

    def decide(self, name, /, **question):
        return self


def names(conn, kind, ids):
    return {each: Subject(kind, each, Words(f"{kind} {each}")) for each in ids}


@pytest.fixture(scope="module")
def data():
    leaf = {"name": "满意", "measure": "satisfaction", "weight": "1", "zero_at": "0.5"}
    return {**load("base").data, "indicators": {"tree": {"good": leaf}}}


@pytest.fixture
def room(store, clock, emit, data):
    """A frozen and appraised October: the freezer, the court, and who acts."""
    rules = AppraisalRules(FIVE, FIVE, consequences.parse([RULE]))
    basis = Basis.of(data)
    freezer = Freezer(Closer(no_cases, "abc", emit), Scorer(basis, "abc"), rules, due)
    with store.write() as conn:
        county = {"code": "330106", "name": "西湖区", "level": "county", "path": "/330106/"}
        conn.execute(insert(catalog.region).values(**county, county="330106"))
        for each in (1, 2):
            unit = {"id": each, "code": f"U{each}", "uscc": "", "name": f"单位{each}"}
            place = {"path": f"/{each}/", "region": "330106", "place": "330106"}
            conn.execute(insert(catalog.organization).values(**unit, **place))
        month(conn, clock)
        freezer.freeze(conn, OCTOBER, Day(clock.now(), TODAY))
    Appraiser(NoPlugins(), basis.formulas, names, rules.rules).appraise(store, OCTOBER)
    return freezer, Court(rules, due, emit)


def someone(conn, clock, emit, name, unit=None):
    number = accounts.create(conn, emit, accounts.NewAccount(name, name, "x"), clock.now())
    place = {"organization_id": unit} if unit else {}
    grants.give(conn, emit, grants.NewGrant(number, Role.LEADER, **place), clock.now())
    return number


def test_a_period_that_runs_cannot_be_frozen(store, clock, room):
    with store.write() as conn, pytest.raises(PeriodNotOver):
        room[0].freeze(conn, periods.parse("2026-11"), Day(clock.now(), TODAY))


def test_freezing_twice_does_nothing_and_units_are_told_once(store, clock, room, emit):
    with store.write() as conn:
        assert not room[0].freeze(conn, OCTOBER, Day(clock.now(), TODAY))
        sent = conn.execute(select(message.c.business_id)).scalars().all()
    assert sent == ["appraisal:2026-10:1"]
    assert emit.payloads("appraisal.frozen") == [{"period": "2026-10", "account": 0}]


def test_the_outcome_explains_itself(store, room):
    with store.read() as conn:
        found = outcomes.one(conn, OCTOBER, "organization", 1)
    assert found.exact_score is not None
    assert found.score.inputs.tally.bad == 2
    (award,) = found.awards
    assert (award.plugin, award.award.points) == ("profile", -150)
    assert award.award.reason.zh == "差评 2（不低于 2）"
    assert found.points == -150


def test_what_comes_in_late_moves_no_frozen_figure_and_is_told(store, clock, room):
    with store.write() as conn:
        entries.record(conn, [{**rating(1, sign=-1), "day": date(2026, 10, 15), "window_id": 3}])
        found = outcomes.one(conn, OCTOBER, "organization", 1)
    assert (found.then.bad, found.now.bad) == (2, 1)
    assert found.points == -150


def test_an_upheld_objection_strikes_the_award_and_may_add_points(store, clock, emit, room):
    court = room[1]
    with store.write() as conn:
        inside = someone(conn, clock, emit, "inside", 1)
        outside = someone(conn, clock, emit, "outside")
        raised = Raised(1, "award:0", "两条差评均为恶意", "/console/cases/ABC")
        number = court.raise_one(conn, UNIT, raised, (inside, clock.now()))
        with pytest.raises(AppraisalRefused):
            court.raise_one(conn, UNIT, raised, (inside, clock.now()))
        with pytest.raises(AppraisalRefused):
            court.decide(conn, number, Verdict("upheld", "申诉查证属实"), (inside, clock.now()))
        verdict = Verdict("upheld", "申诉查证属实", "0.5")
        court.decide(conn, number, verdict, (outside, clock.now()))
        with pytest.raises(AppraisalRefused):
            court.decide(conn, number, verdict, (outside, clock.now()))
        found = outcomes.one(conn, OCTOBER, "organization", 1)
    assert found.standing_awards == ()
    assert found.points == 50
    assert [kind for kind in emit.kinds if kind.startswith("appraisal.")][-2:] == [
        "appraisal.objected",
        "appraisal.decided",
    ]


def test_a_rejected_objection_changes_nothing(store, clock, emit, room):
    court = room[1]
    with store.write() as conn:
        inside, outside = someone(conn, clock, emit, "unit", 1), someone(conn, clock, emit, "court")
        number = court.raise_one(
            conn, UNIT, Raised(1, "score", "得分算错了吧"), (inside, clock.now())
        )
        court.decide(conn, number, Verdict("rejected", "逐项核对无误", "9"), (outside, clock.now()))
        assert outcomes.one(conn, OCTOBER, "organization", 1).points == -150


@pytest.mark.parametrize(
    "raised",
    [
        Raised(1, "award:7", "没有这一项啊"),
        Raised(1, "", "没有这一项啊"),
        Raised(1, "score", "短"),
        Raised(1, "score", "理由足够长了", "javascript:alert(1)"),
        Raised(1, "measure:99999999999999999999", "没有这一项啊"),
    ],
)
def test_an_objection_that_misses_something_is_refused_in_words(store, clock, room, raised):
    with store.write() as conn, pytest.raises(AppraisalIncomplete) as refusal:
        room[1].raise_one(conn, UNIT, raised, (1, clock.now()))
    assert refusal.value.fields["field"] in ("matter", "reason", "evidence")


def test_publication_waits_for_the_time_and_for_decisions(store, clock, emit, room):
    freezer, court = room
    with store.write() as conn:
        inside, outside = someone(conn, clock, emit, "unit", 1), someone(conn, clock, emit, "court")
        raised = Raised(1, "score", "得分计算有误")
        number = court.raise_one(conn, UNIT, raised, (inside, clock.now()))
        with pytest.raises(AppraisalRefused, match="异议期还没有结束"):
            freezer.publish(conn, OCTOBER, outside, clock.now())
        late = clock.now() + timedelta(days=5)
        with pytest.raises(AppraisalRefused, match="没有裁定"):
            freezer.publish(conn, OCTOBER, outside, late)
        with pytest.raises(AppraisalRefused):
            court.raise_one(conn, UNIT, Raised(1, "award:0", "过期的异议"), (inside, late))
        court.decide(conn, number, Verdict("rejected", "核对无误，维持"), (outside, late))
        freezer.publish(conn, OCTOBER, outside, late)
        with pytest.raises(AppraisalRefused, match="已经公布"):
            freezer.publish(conn, OCTOBER, outside, late)
        assert stages.state(conn, OCTOBER).stage is Stage.PUBLISHED
        assert stages.published_periods(conn) == (OCTOBER,)
    assert emit.payloads("appraisal.published") == [{"period": "2026-10", "account": outside}]


def test_a_period_is_not_published_before_it_is_appraised(store, clock, room):
    with store.write() as conn:
        room[0].freeze(conn, periods.parse("2026-09"), Day(clock.now(), TODAY))
        with pytest.raises(AppraisalRefused, match="正在评定"):
            room[0].publish(conn, periods.parse("2026-09"), 1, clock.now() + timedelta(days=9))


def test_a_measure_stands_until_it_is_withdrawn_and_is_taken_once(store, clock, emit, room):
    at = clock.now()
    draft = Draft("training", "多次答复不清，参加业务培训", "/console/cases/ABC", "-0.5")
    with store.write() as conn:
        number = measures.take(conn, emit, UNIT, draft, (9, at))
        assert measures.take(conn, emit, UNIT, draft, (9, at)) == number
        assert outcomes.one(conn, OCTOBER, "organization", 1).points == -200
        measures.withdraw(conn, emit, number, (9, at))
        with pytest.raises(AppraisalRefused):
            measures.withdraw(conn, emit, number, (9, at))
        found = outcomes.one(conn, OCTOBER, "organization", 1)
    assert (found.points, found.measures[0].withdrawn) == (-150, True)


@pytest.mark.parametrize(
    "draft",
    [
        Draft("dismissal", "没有这种措施"),
        Draft("points", "没有写明分数"),
        Draft("points", "分数写错了的", points="1.234"),
        Draft("training", "无"),
        Draft("training", "证据写错了的", "http://x"),
    ],
)
def test_a_measure_that_misses_something_is_refused(store, clock, emit, room, draft):
    with store.write() as conn, pytest.raises(AppraisalIncomplete):
        measures.take(conn, emit, UNIT, draft, (9, clock.now()))


def test_no_measure_is_taken_before_freezing_or_after_publication(store, clock, emit, room):
    draft = Draft("training", "参加业务培训")
    with store.write() as conn:
        with pytest.raises(AppraisalRefused):
            measures.take(
                conn, emit, Target(periods.parse("2026-09"), "hall", 2), draft, (9, clock.now())
            )
        room[0].publish(conn, OCTOBER, 9, clock.now() + timedelta(days=6))
        with pytest.raises(AppraisalRefused):
            measures.take(conn, emit, UNIT, draft, (9, clock.now()))


def test_the_quarter_sums_the_facts_of_its_months_and_has_a_score_of_its_own(store, clock, room):
    quarter = periods.parse("2026-Q3")
    with store.write() as conn:
        month(conn, clock, day=date(2026, 8, 3), good=10, bad=0)
        month(conn, clock, day=date(2026, 9, 3), good=10, bad=2)
        room[0].freeze(conn, quarter, Day(clock.now(), TODAY))
        found = outcomes.one(conn, quarter, "organization", 1)
    assert (found.then.rated, found.then.bad) == (22, 2)
    assert found.score.total is not None
