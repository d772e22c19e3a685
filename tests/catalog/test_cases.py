"""Taking in service cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, insert, select
from tests.catalog.conftest import BUREAU, COURT, HALL, save_halls

from haochaping.catalog import cases, occurrences
from haochaping.catalog.cases import PushStatus
from haochaping.catalog.pushes import InvalidPush
from haochaping.catalog.tables import occurrence, service_case
from haochaping.hooks.values import OccurrenceKey
from haochaping.store.types import micros

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


def pushed(*parts, **case):
    whole = {"case_no": "C-1", "occurrences": list(parts) or [{"no": 1}], **case}
    return cases.parse_push({"cases": [whole]})


@pytest.fixture
def conn(store, jurisdiction):
    with store.write() as conn:
        yield conn


@pytest.fixture
def push(conn, emit):
    def take_in(*parts, at=NOW, settings=None, **case):
        return cases.push(conn, emit, at, pushed(*parts, **case), **(settings or {}))

    return take_in


def row_of(conn, key):
    query = select(occurrence).where(occurrence.c.id == key.id)
    return conn.execute(query).mappings().one()


def test_a_new_occurrence_gets_a_key_of_county_and_month(push):
    result = push(hall_code=HALL, window_code="A01")[0]
    assert result.status is PushStatus.CREATED
    assert result.key == OccurrenceKey("990106", 202611, result.key.id)


def test_the_same_push_again_changes_nothing_and_answers_the_same_key(push, emit):
    body = {"hall_code": HALL, "window_code": "A01", "staff_no": "1001", "item_code": "I-01"}
    first, again = push(**body)[0], push(**body)[0]
    assert again.status is PushStatus.UNCHANGED
    assert again.key == first.key
    assert emit.kinds == ["occurrence.served"]


def test_the_month_is_the_local_one(push):
    late = {"no": 1, "served_at": "2026-10-31T23:59:59+08:00"}
    early = {"no": 2, "served_at": "2026-10-31T16:00:00Z"}
    results = push(late, early, hall_code=HALL)
    assert [result.key.served_month for result in results] == [202610, 202611]


def test_the_key_never_moves_when_the_time_is_stated_later(push, conn):
    key = push(hall_code=HALL)[0].key
    result = push({"no": 1, "served_at": "2026-10-01T10:00:00+08:00"})[0]
    assert (result.status, result.key) == (PushStatus.UPDATED, key)
    assert row_of(conn, key)["served_at"] == datetime(2026, 10, 1, 2, 0, tzinfo=UTC)


def test_without_a_hall_the_county_is_the_organizations(push):
    assert push(organization_code=COURT)[0].key.region == "990108"


def test_the_hall_decides_about_the_county(push):
    assert push(organization_code=COURT, hall_code=HALL)[0].key.region == "990106"


def test_without_an_organization_the_windows_own_serves(push, conn, jurisdiction):
    key = push(hall_code=HALL, window_code="B01")[0].key
    assert row_of(conn, key)["organization_id"] == jurisdiction.court


def test_neither_organization_nor_hall_is_refused(push):
    result = push(item_code="I-01")[0]
    assert result.status is PushStatus.REFUSED
    assert "organization_code" in result.reason.zh


@pytest.mark.parametrize(
    ("case", "word"),
    [
        ({"organization_code": "KS99"}, "机构「KS99」"),
        ({"hall_code": HALL, "item_code": "I-99"}, "事项「I-99」"),
        ({"hall_code": "H99"}, "大厅「H99」"),
        ({"hall_code": HALL, "window_code": "Z9"}, f"窗口「{HALL} Z9」"),
        ({"organization_code": BUREAU, "window_code": "A01"}, "hall_code"),
        ({"hall_code": HALL, "staff_no": "9999"}, "工号「9999」"),
    ],
)
def test_an_unknown_code_is_refused_in_words_and_nothing_is_stored(push, conn, case, word):
    result = push(**case)[0]
    assert result.status is PushStatus.REFUSED
    assert word in result.reason.zh
    assert result.key is None
    assert conn.execute(select(func.count()).select_from(service_case)).scalar() == 0


def test_one_refused_occurrence_does_not_stop_the_others(push):
    results = push({"no": 1}, {"no": 2, "staff_no": "9999"}, {"no": 3}, hall_code=HALL)
    assert [result.status.value for result in results] == ["created", "refused", "created"]


def test_a_service_in_the_future_is_refused_and_never_rewritten(push):
    result = push({"no": 1, "served_at": "2026-11-16T10:01:01+08:00"}, hall_code=HALL)[0]
    assert result.status is PushStatus.REFUSED
    assert "晚于现在" in result.reason.zh


def test_a_clock_that_is_a_little_ahead_is_no_future(push, conn):
    key = push({"no": 1, "served_at": "2026-11-16T10:01:00+08:00"}, hall_code=HALL)[0].key
    assert row_of(conn, key)["served_at"] == NOW + timedelta(minutes=1)


def test_a_case_number_follows_the_profiles_pattern(push):
    settings = {"profile_pattern": "[0-9]{4}"}
    assert push(case_no="12345", hall_code=HALL, settings=settings)[0].status == "refused"
    assert push(case_no="1234", hall_code=HALL, settings=settings)[0].status == "created"


def test_a_case_number_beyond_any_length_is_not_matched_at_all(push):
    settings = {"profile_pattern": "[0-9]+"}
    with pytest.raises(InvalidPush, match="64"):
        push(case_no="1" * 65, hall_code=HALL, settings=settings)


def test_the_same_occurrence_twice_in_a_push_is_refused_the_second_time(push):
    results = push({"no": 1}, {"no": 1}, hall_code=HALL)
    assert [result.status.value for result in results] == ["created", "refused"]
    assert "重复" in results[1].reason.zh


def test_what_a_push_does_not_state_stays_as_it_is(push, conn, jurisdiction):
    key = push(
        {"no": 1, "stage": "payment", "served_at": "2026-11-16T09:00:00+08:00"},
        hall_code=HALL,
        window_code="A01",
        staff_no="1001",
        item_code="I-01",
        organization_code=COURT,
        status="concluded",
    )[0].key
    assert push()[0].status is PushStatus.UNCHANGED
    assert push(hall_code=HALL)[0].status is PushStatus.UNCHANGED
    row = row_of(conn, key)
    assert (row["stage"], row["staff_id"]) == ("payment", jurisdiction.staff)
    assert row["organization_id"] == jurisdiction.court


def test_leaving_a_hall_leaves_its_window(push, conn):
    save_halls(conn, "code|name|region|organization", f"H02|二厅|990106|{BUREAU}")
    push(hall_code=HALL, window_code="A01")
    key = push(hall_code="H02")[0].key
    assert row_of(conn, key)["window_id"] is None


def test_a_new_occurrence_takes_item_and_organization_of_its_case(push, conn, jurisdiction):
    push(organization_code=COURT, item_code="I-01")
    key = push({"no": 2})[0].key
    row = row_of(conn, key)
    assert (row["item_id"], row["organization_id"]) == (jurisdiction.item, jurisdiction.court)
    assert key.region == "990108"


def test_a_new_status_updates_the_case_only(push, conn, emit):
    push(hall_code=HALL)
    result = push(status="concluded", at=NOW + timedelta(hours=1))[0]
    row = conn.execute(select(service_case)).mappings().one()
    assert result.status is PushStatus.UPDATED
    assert (row["status"], row["updated_at"]) == ("concluded", NOW + timedelta(hours=1))
    assert len(emit.events) == 1


def test_a_queue_ticket_is_pushed_as_a_case_of_its_own(push):
    result = push({"no": 1, "stage": "consultation"}, case_no="A0017-20261116", hall_code=HALL)[0]
    assert result.status is PushStatus.CREATED


def test_the_event_of_a_new_occurrence_carries_ids_only(push, emit, jurisdiction):
    key = push(
        {"no": 1, "served_at": "2026-11-16T10:00:00+08:00"},
        hall_code=HALL,
        window_code="A01",
        staff_no="1001",
        item_code="I-01",
        applicant={"name": "张三", "certificate_no": "990000199001010017"},
    )[0].key
    event_ = emit.events[0]
    assert event_.subject == f"occurrence:990106:202611:{key.id}"
    assert event_.payload == {
        "region": "990106",
        "served_month": 202611,
        "id": key.id,
        "first": True,
        "before": None,
        "after": {
            "organization_id": jurisdiction.bureau,
            "hall_id": jurisdiction.hall,
            "window_id": jurisdiction.window,
            "staff_id": jurisdiction.staff,
            "item_id": jurisdiction.item,
        },
        "window_id": jurisdiction.window,
        "served_at": micros(NOW),
        "served_at_before": None,
        "service_channel": "hall",
        "created_at": micros(NOW),
    }


def test_a_change_of_units_tells_what_was_and_what_is(push, emit, jurisdiction):
    push(hall_code=HALL, window_code="A01")
    push(hall_code=HALL, window_code="B01")
    change = emit.payloads("occurrence.served")[1]
    assert change["first"] is False
    assert change["before"]["window_id"] == jurisdiction.window
    assert change["after"]["window_id"] == jurisdiction.other_window


def test_a_corrected_time_is_told_with_the_one_before(push, emit):
    push({"no": 1, "served_at": "2026-11-16T09:00:00+08:00"}, hall_code=HALL)
    push({"no": 1, "served_at": "2026-11-16T09:30:00+08:00"})
    change = emit.payloads("occurrence.served")[1]
    assert change["served_at"] - change["served_at_before"] == 30 * 60 * 1_000_000


def test_persons_go_to_the_vault_and_only_their_id_stays(push, conn):
    seen = []

    def vault(conn, person):
        seen.append(person)
        return 41 if person.role == "applicant" else 42

    person = {"type": "1", "name": "张三", "certificate_no": "990000199001010017"}
    settings = {"person_sink": vault}
    push(hall_code=HALL, applicant=person, agent={"name": "李四"}, settings=settings)
    row = conn.execute(select(service_case)).mappings().one()
    assert (row["person_id"], row["agent_person_id"]) == (41, 42)
    assert "张三" not in str(dict(row))
    assert [one.region for one in seen] == ["990106", "990106"]


def test_a_correction_of_a_person_names_the_one_known_so_far(push):
    seen = []

    def vault(conn, person):
        seen.append(person.person_id)
        return 41

    settings = {"person_sink": vault}
    push(hall_code=HALL, applicant={"name": "张三"}, settings=settings)
    result = push(applicant={"name": "张三丰"}, settings=settings)[0]
    assert seen == [None, 41]
    assert result.status is PushStatus.UNCHANGED


def test_a_push_without_persons_leaves_the_known_one(push, conn):
    push(hall_code=HALL, applicant={"name": "甲"}, settings={"person_sink": lambda conn, one: 41})
    push(status="concluded")
    assert conn.execute(select(service_case.c.person_id)).scalar() == 41


def test_a_large_push_takes_as_many_statements_as_a_small_one(conn, emit):
    def statements(first, count):
        part = {"no": 1, "staff_no": "1001", "window_code": "A01"}
        body = {
            "cases": [
                {"case_no": f"N-{number}", "hall_code": HALL, "occurrences": [part]}
                for number in range(first, first + count)
            ]
        }
        seen = []
        listener = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(conn.engine, "before_cursor_execute", listener)
        results = cases.push(conn, emit, NOW, cases.parse_push(body))
        event.remove(conn.engine, "before_cursor_execute", listener)
        assert {result.status.value for result in results} == {"created"}
        return len(seen)

    assert statements(0, 500) == statements(500, 1)


def test_many_events_may_be_handed_on_at_once(conn, emit):
    batches = []
    parts = [{"no": 1}, {"no": 2}]
    cases.push(
        conn,
        emit,
        NOW,
        pushed(*parts, hall_code=HALL),
        emit_many=lambda conn, events, at: batches.append(len(events)),
    )
    assert batches == [2]
    assert emit.events == []


def counties_of(conn):
    query = select(service_case).order_by(service_case.c.region)
    return conn.execute(query).mappings().all()


def test_business_served_in_two_counties_has_a_row_in_each(push, conn):
    """So that a service and its business always lie in the same one."""
    results = push({"no": 1, "hall_code": HALL}, {"no": 2}, organization_code=COURT)
    assert [result.key.region for result in results] == ["990106", "990108"]
    first, second = counties_of(conn)
    assert (first["region"], second["region"]) == ("990106", "990108")
    assert second["created_at"] == first["created_at"] + timedelta(microseconds=1)
    alike = {"region": "", "created_at": NOW}
    assert {**first, **alike} == {**second, **alike}
    for number, result in enumerate(results, 1):
        assert occurrences.load(conn, result.key).case_no == "C-1"
        assert occurrences.find(conn, "C-1", number) == result.key
    push({"no": 2}, status="concluded")
    assert {row["status"] for row in counties_of(conn)} == {"concluded"}
    later = push({"no": 3}, at=NOW + timedelta(days=1))[0]
    assert later.key.region == "990106", "where its first service was"
    assert len(counties_of(conn)) == 2


def test_what_comes_later_without_units_goes_where_the_business_was_pushed_first(push, conn):
    """Whatever the codes of the counties are, and though both rows are made at one moment."""
    results = push({"no": 1}, {"no": 2, "hall_code": HALL}, organization_code=COURT)
    assert [result.key.region for result in results] == ["990108", "990106"]
    assert push({"no": 3})[0].key.region == "990108"


def test_a_clock_that_is_set_back_does_not_move_the_first_county(push):
    push(organization_code=COURT)
    push({"no": 2, "hall_code": HALL}, at=NOW - timedelta(days=1))
    assert push({"no": 3})[0].key.region == "990108"


def test_a_number_that_two_cases_bear_is_refused_in_words(push, conn):
    push(organization_code=COURT)
    (row,) = counties_of(conn)
    conn.execute(insert(service_case), {**row, "id": row["id"] + 1, "region": "990106"})
    (result,) = push({"no": 2})
    assert result.status is PushStatus.REFUSED
    assert "case_numbers" in result.reason.en
    (other,) = push({"no": 1}, case_no="C-2", organization_code=COURT)
    assert other.status is PushStatus.CREATED


def test_a_service_elsewhere_takes_its_business_with_it(push, conn):
    push(hall_code=HALL, status="concluded")
    result = push({"no": 2}, organization_code=COURT, at=NOW + timedelta(days=1))[0]
    assert result.key.region == "990108"
    first, second = counties_of(conn)
    assert first["id"] == second["id"]
    assert (second["region"], second["status"]) == ("990108", "concluded")
    again = push({"no": 2}, organization_code=COURT, at=NOW + timedelta(days=1))[0]
    assert again.status is PushStatus.UNCHANGED
