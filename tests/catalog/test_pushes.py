"""Reading the body of a push."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haochaping.catalog.cases import InvalidPush, parse_push


def body(**case):
    return {"cases": [{"case_no": "C-1", "occurrences": [{"no": 1}], **case}]}


def faults(given_body):
    with pytest.raises(InvalidPush) as caught:
        parse_push(given_body)
    return {error["where"]: error["zh"] for error in caught.value.fields["errors"]}


def test_a_full_body_is_read():
    case = parse_push(
        body(
            item_code="I-01",
            status="concluded",
            applicant={"type": "1", "name": "张三", "certificate_no": "990000199001010017"},
            occurrences=[{"no": 2, "served_at": "2026-11-16T10:00:00+08:00", "stage": "payment"}],
        )
    )[0]
    part = case.occurrences[0]
    assert (case.item_code, case.status, case.applicant.name) == ("I-01", "concluded", "张三")
    assert (part.no, part.stage) == (2, "payment")
    assert part.served_at == datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


def test_a_person_shows_nothing_of_itself_in_logs():
    case = parse_push(body(applicant={"name": "张三", "mobile": "13800000000"}))[0]
    assert "张三" not in repr(case)
    assert "138" not in repr(case)


def test_hall_window_and_staff_of_the_case_hold_for_its_occurrences():
    case = parse_push(
        body(
            hall_code="H1",
            window_code="A01",
            staff_no="7",
            occurrences=[{"no": 1}, {"no": 2, "window_code": "A02"}],
        )
    )[0]
    assert [(part.hall_code, part.window_code, part.staff_no) for part in case.occurrences] == [
        ("H1", "A01", "7"),
        ("H1", "A02", "7"),
    ]


def test_another_hall_does_not_take_the_cases_window():
    case = parse_push(
        body(hall_code="H1", window_code="A01", occurrences=[{"no": 1, "hall_code": "H2"}])
    )[0]
    assert case.occurrences[0].window_code == ""


def test_every_fault_is_named_at_once():
    found = faults(
        {
            "cases": [
                {
                    "case_no": "",
                    "statuss": "x",
                    "status": "done",
                    "applicant": {"id_card": "1"},
                    "occurrences": [{"no": 0, "served_at": "2026-11-16 10:00", "stage": 5}],
                }
            ]
        }
    )
    assert set(found) == {
        "cases[0].case_no",
        "cases[0].statuss",
        "cases[0].status",
        "cases[0].applicant.id_card",
        "cases[0].occurrences[0].no",
        "cases[0].occurrences[0].served_at",
        "cases[0].occurrences[0].stage",
    }
    assert "带时区" in found["cases[0].occurrences[0].served_at"]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ([], ""),
        ({}, "cases"),
        ({"cases": []}, "cases"),
        ({"cases": [None]}, "cases[0]"),
        ({"cases": [{"case_no": "C"}]}, "cases[0].occurrences"),
        ({"cases": [{"case_no": "C", "occurrences": [7]}]}, "cases[0].occurrences[0]"),
        (body(case_no="9" * 65), "cases[0].case_no"),
        (body(applicant=[]), "cases[0].applicant"),
        (body(status=["received"]), "cases[0].status"),
        (body(occurrences=[{"no": True}]), "cases[0].occurrences[0].no"),
        (body(occurrences=[{"served_at": 5}]), "cases[0].occurrences[0].served_at"),
        (
            body(occurrences=[{"served_at": "0001-01-01T00:00:00+14:00"}]),
            "cases[0].occurrences[0].served_at",
        ),
        ({"cases": [{"case_no": "C", "occurrences": [{"no": 1}]}] * 501}, "cases"),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(wrong, where):
    assert where in faults(wrong)


def test_texts_come_without_control_and_bidirectional_marks():
    assert parse_push(body(case_no="C\u202e-1\u0000"))[0].case_no == "C-1"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values | st.fixed_dictionaries({"cases": st.lists(json_values, max_size=3)}))
def test_any_json_is_either_read_or_refused_in_words(anything):
    try:
        numbers = [case.case_no for case in parse_push(anything)]
    except InvalidPush as refusal:
        numbers = [refusal.detail.zh, refusal.detail.en]
    assert numbers
    assert all(numbers)
