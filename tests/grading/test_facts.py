"""Facts that feed indicators: imported line by line, and found by inspections."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert, select
from tests.grading.ledger import AT, rating, served

from haochaping.catalog import tables as catalog
from haochaping.catalog.fields import FieldFault
from haochaping.catalog.importing.kinds import ImportContext
from haochaping.catalog.outcomes import Status
from haochaping.channels.inspection_tables import inspection_campaign, inspection_sample
from haochaping.grading import (
    basis,
    closing,
    entries,
    fact_rows,
    given_facts,
    inspected,
    periods,
    scoring,
)
from haochaping.grading.facts import no_cases
from haochaping.grading.given_facts import Fact
from haochaping.grading.tables import grading_fact, local_answer
from haochaping.profile import load

MONTH, QUARTER = periods.parse("2026-10"), periods.parse("2026-Q4")
DAY = date(2026, 10, 14)
LINE = {
    "period": "2026-10", "subject_kind": "organization", "subject_code": "U1",
    "name": "on_time_supply", "over": "96", "under": "100", "source": "第三方评估",
}  # fmt: skip
TREE = {
    "good": {"name": "满意", "measure": "satisfaction", "weight": "0.5"},
    "visits": {
        "name": "暗访", "fed_by": "inspection", "measure": "inspection", "weight": "0.3",
    },
    "supply": {
        "name": "按时供给", "fed_by": "catalogue", "measure": "on_time_supply", "weight": "0.2",
    },
}  # fmt: skip


@pytest.fixture
def town(store):
    unit = {"id": 1, "code": "U1", "uscc": "", "name": "区人社局", "path": "/1/"}
    place = {"region": "330106", "place": "330106"}
    county = {"code": "330106", "name": "西湖区", "level": "county", "path": "/330106/"}
    with store.write() as conn:
        conn.execute(insert(catalog.region).values(**county, county="330106"))
        conn.execute(insert(catalog.organization).values(**unit, **place))
        hall = {"id": 11, "code": "H1", "name": "大厅", "organization_id": 1}
        conn.execute(insert(catalog.hall).values(**hall, **place))
        conn.execute(insert(catalog.staff).values(id=7, number="A7", organization_id=1))
        conn.execute(insert(catalog.item).values(id=5, code="I5", name="登记", organization_id=1))
    return store


def taken(store, clock, emit, *lines):
    drafts = [fact_rows.draft({**LINE, **line}) for line in lines]
    with store.write() as conn:
        return fact_rows.save(conn, ImportContext(clock, emit), drafts, True)


def inspect(conn, *grades: int | None, day: date = DAY) -> None:
    """Store a closed campaign with a finding a service; None for one that was not reached."""
    campaign = {
        "id": 1, "name": "十月暗访", "kind": "visit", "region": "330106",
        "region_path": "/330106/", "first_day": day, "last_day": day, "wanted": len(grades),
        "frame": 100, "frame_digest": "x", "seed": "s", "created_by": 3, "created_at": AT,
    }  # fmt: skip
    conn.execute(insert(inspection_campaign).values(**campaign))
    for no, grade in enumerate(grades, 1):
        sample = {"campaign_id": 1, "no": no, "region": "330106", "served_month": 202610}
        sample |= {"occurrence_id": no, "organization_id": 1, "hall_id": 11, "day": day, "at": AT}
        sample |= {"grade": grade, "outcome": "graded" if grade else "unreachable"}
        conn.execute(insert(inspection_sample).values(**sample))


def test_facts_come_in_by_the_codes_of_their_subjects_and_replace_what_was_said(town, clock, emit):
    lines = [
        {},
        {"subject_kind": "hall", "subject_code": "H1", "period": "2026-Q4"},
        {"subject_kind": "staff", "subject_code": "A7", "name": "gd.attendance"},
        {"subject_kind": "item", "subject_code": "I5"},
        {"over": "97"},
        {"subject_code": "U9"},
    ]
    outcomes = taken(town, clock, emit, *lines)
    assert [each.status for each in outcomes[:5]] == [Status.CREATED] * 5
    assert outcomes[5].status is Status.REFUSED
    with town.read() as conn:
        row = grading_fact.c
        found = conn.execute(
            select(row.subject_kind, row.subject_id, row.over).order_by(row.subject_kind)
        ).all()
        sources = set(conn.execute(select(row.source)).scalars())
    assert found == [("hall", 11, 96), ("item", 5, 96), ("organization", 1, 97), ("staff", 7, 96)]
    assert sources == {"第三方评估"}


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"period": "2026-10-01"}, "period"),
        ({"period": "十月"}, "period"),
        ({"subject_kind": "county"}, "subject_kind"),
        ({"name": "On time"}, "name"),
        ({"over": "9.5"}, "over"),
        ({"over": "-1"}, "over"),
        ({"under": "0"}, "under"),
        ({"source": ""}, "source"),
    ],
)
def test_a_wrong_line_is_refused_at_its_field(line, field):
    with pytest.raises(FieldFault) as wrong:
        fact_rows.draft({**LINE, **line})
    assert wrong.value.field == field


def test_a_closed_month_takes_no_more_facts(town, clock, emit):
    with town.write() as conn:
        closing.Closer(no_cases, "abc", emit).close(conn, MONTH, AT.date(), AT)
    (outcome,) = taken(town, clock, emit, {})
    assert outcome.status is Status.REFUSED
    assert "封账" in outcome.reason.zh


def test_inspections_and_imported_facts_feed_the_indicators_that_name_them(town, clock, emit):
    rules = basis.Basis.of({**load("base").data, "indicators": {"tree": TREE}})
    taken(town, clock, emit, {})
    with town.write() as conn:
        inspect(conn, 5, 4, 3, 2, None)
        entries.record(conn, [rating(5, day=DAY)] * 3 + [rating(1, day=DAY), served(9, day=DAY)])
        closing.Closer(no_cases, "abc", emit).close(conn, MONTH, AT.date(), AT)
        scoring.Scorer(rules, "abc").score(conn, MONTH)
        unit = scoring.one(conn, MONTH, "organization", 1)
        window = scoring.one(conn, MONTH, "window", 111)
    assert unit.inputs.facts == {
        "inspection": (3, 4),
        "inspection_mean": (14, 20),
        "on_time_supply": (96, 100),
    }
    assert unit.total == 7920  # half of 75, three tenths of 75, a fifth of 96
    assert window.inputs.facts == {}


def test_answers_to_local_questions_count_whole_half_and_nothing(town):
    answers = ["good"] * 3 + ["fair", "poor", "gone"]
    row = {"region": "330106", "served_month": 202610, "day": DAY, "organization_id": 1}
    with town.write() as conn:
        for number, answer in enumerate(answers, 1):
            told = {"evaluation_id": number, "code": f"local.land.queue.{answer}"}
            conn.execute(insert(local_answer).values(**row, **told, hall_id=11, item_id=5))
        few = {"evaluation_id": 1, "code": "local.land.papers.good"}
        conn.execute(insert(local_answer).values(**row, **few, hall_id=11))
        for kind, number in (("organization", 1), ("hall", 11), ("item", 5)):
            found = scoring.facts_of(conn, MONTH, kind, [number])
            assert found == {number: {"local.land.queue": (7, 10)}}
        assert scoring.facts_of(conn, MONTH, "staff", [7]) == {}


def test_a_quarter_counts_its_findings_and_a_given_fact_stands_instead(town):
    with town.write() as conn:
        inspect(conn, 5, 1)
        assert inspected.facts(conn, "hall", [11], QUARTER)[11]["inspection"] == (1, 2)
        assert inspected.facts(conn, "staff", [7], QUARTER) == {}
        given_facts.record(conn, [Fact("2026-10", "hall", 11, "inspection", 9, 10)], "人工", AT)
        assert scoring.facts_of(conn, MONTH, "hall", [11])[11]["inspection"] == (9, 10)
        assert scoring.facts_of(conn, periods.parse("2026-09"), "hall", [11]) == {}
