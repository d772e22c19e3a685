"""What a listing does and undoes: figures, notices, cases of true ratings, candidates."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, update

from haochaping.hooks.values import EvaluationStatus, Identity, Words
from haochaping.problems import Problem
from haochaping.testing.towns import Role, Sent
from haochaping_inner_mongolia import effect
from haochaping_inner_mongolia.candidates import DISMISSED
from haochaping_inner_mongolia.problems import NoSuchEntry, NotInThatState
from haochaping_inner_mongolia.tables import candidate, entry, restored

from .inner_mongolia_town import UNIT, Town


def plugin(town: Town) -> Any:
    return town.deployment.hooks.plugin("inner_mongolia").plugin


def published(town: Town) -> tuple[int, bool]:
    """How many ratings the board of units shows for November, and whether it is corrected."""
    [row] = town.seen.board("organizations", "2026-11").rows
    return row.rated, row.corrected


@pytest.mark.parametrize("end", ["lifted", "expired"])
def test_when_an_entry_ends_its_ratings_and_the_published_board_come_back(
    town: Town, end: str
) -> None:
    number = town.listed(days=30)
    for grade in (1, 5):
        assert town.rate(grade=grade).status is EvaluationStatus.EXCLUDED
    assert published(town) == (1, False)  # the rating that led to the listing counts
    town.clock.advance(timedelta(days=16))
    assert town.months.close("2026-11")
    if end == "lifted":
        assert town.registry.lift(number, town.account(), "认定有误") == 2
    else:
        town.clock.advance(timedelta(days=15))
        assert town.registry.expire() == 1
    assert published(town) == (3, True)
    [line] = effect.lines(plugin(town), town.account())
    assert (line.month, line.excluded, line.restored) == ("2026-11", 0, 2)
    assert town.registry.restoring.run() == 0


def test_what_a_stop_left_out_comes_back_with_the_next_run(town: Town) -> None:
    number = town.listed()
    receipt = town.rate()
    with town.deployment.store.write() as conn:  # stopped right after the entry was closed
        at = conn.execute(select(entry.c.decided_at)).scalar_one() + 1_000_000
        conn.execute(update(entry).values(state="lifted", closed_at=at))
    with plugin(town).services.records.transaction() as conn:
        conn.exec_driver_sql("DELETE FROM inner_mongolia_listed")
    assert town.registry.restoring.run() == 1
    town.clock.advance(timedelta(hours=2))
    assert town.registry.restoring.run() == 0
    assert town.seen.rating(receipt.code).status is EvaluationStatus.EFFECTIVE
    with town.deployment.store.read() as conn:
        assert conn.execute(select(entry.c.restored_at)).scalar_one() is not None
        assert conn.execute(select(restored.c.entry_id)).scalar_one() == number


def test_the_effect_counts_what_is_kept_out_by_unit_and_month(town: Town) -> None:
    town.listed()
    for grade in (1, 2, 5):
        town.rate(grade=grade)
    [line] = effect.lines(plugin(town), town.account())
    assert (line.month, line.unit.zh) == ("2026-11", "区税务局")
    assert (line.excluded, line.bad, line.restored) == (3, 2, 0)
    assert effect.lines(plugin(town), town.account(organization_id=2)) == ()
    assert effect.workbook([line]).startswith(b"PK")
    made = effect.workbook([replace(line, unit=Words(text)) for text in ("=1+1", "@x", "＝1")])
    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == ["'=1+1", "'@x", "'＝1"]


def test_a_true_excluded_rating_gets_its_case_by_hand_and_stays_out_of_the_figures(
    town: Town,
) -> None:
    town.listed()
    town.rate()
    plugin_ = plugin(town)
    services, supervisor = plugin_.services, town.account()
    [one] = services.exclusion.ratings("malicious_rater", [UNIT])
    seen = services.exclusion.rating(one.key)
    assert (one.words, seen.words, one.case) == ("", "等了很久", "")
    before = published(town)
    town.clock.advance(timedelta(days=3))
    case = services.exclusion.open_case(one.key, account_id=supervisor, reason="确有超期")
    again = services.exclusion.open_case(one.key, account_id=supervisor, reason="确有超期")
    assert case == again
    row = town.seen.case(case)
    assert (row.organization_id, row.state, row.grade) == (UNIT, "opened", 1)
    assert row.opened_at == town.clock.now()  # the unit learns of it only now
    assert row.due_at > town.clock.now()
    assert published(town) == before
    [one] = services.exclusion.ratings("malicious_rater", [UNIT])
    assert one.case == case
    [status] = [rating.status for rating in town.seen.ratings() if rating.key.id == one.key.id]
    assert status is EvaluationStatus.EXCLUDED


def test_a_rating_that_counts_gets_no_case_by_that_door(town: Town) -> None:
    town.rate()
    [one] = [rating.key for rating in town.seen.ratings()]
    services = plugin(town).services
    with pytest.raises(Problem) as refused:
        services.exclusion.open_case(one, account_id=1, reason="核实属实")
    assert refused.value.code == "HCP-CASE-ORIGIN"
    assert services.exclusion.rating(one) is None


def test_the_listed_person_is_told_by_sms_once_a_state_with_the_way_to_appeal(town: Town) -> None:
    number = town.listed(days=30)
    assert town.registry.telling.tell_all() == 0
    [first] = told(town)
    assert first.receiver.startswith("person:")
    assert "〔2022〕12号" in first.body.zh
    assert "2026-12-16 10:00" in first.body.zh
    assert "http://localhost/x/inner_mongolia/appeal" in first.body.zh
    assert "12345" in first.body.zh
    town.registry.appeal(number, town.account(), "我没有要挟任何人")
    town.registry.uphold(number, town.account(), "申诉理由不成立")
    town.clock.advance(timedelta(days=31))
    town.registry.expire()
    town.registry.expire()
    assert ["维持" in one.body.zh for one in told(town)] == [False, True, False]
    assert "期限已满" in told(town)[-1].body.zh


def test_who_left_no_number_gets_a_letter_that_a_person_hands_over(town: Town) -> None:
    town.mobile = ""
    number = town.listed()
    reader = town.account()
    assert told(town) == []
    letter = town.registry.notice(number, reader, "http://localhost")
    assert (letter.told_by, "申诉" in letter.words.zh) == ("letter", True)
    town.registry.handed(number, reader, "当面送达")
    assert town.registry.notice(number, reader, "").told_by == "handed"
    with pytest.raises(NotInThatState):
        town.registry.handed(number, reader, "当面送达")


def test_the_listed_person_appeals_with_any_receipt_of_their_own(town: Town) -> None:
    town.listed()
    receipt = town.rate().code
    rater = plugin(town).services.exclusion.of_receipt(receipt)
    found = town.registry.of_person(rater.person_index)
    assert found is not None
    assert found.state == "listed"
    town.registry.appeal_by_rater(rater.person_index, "我只是反映问题")
    found = town.registry.of_person(rater.person_index)
    assert found is not None
    assert (found.state, found.appeal) == ("appealed", "我只是反映问题")
    with pytest.raises(NotInThatState):
        town.registry.appeal_by_rater(rater.person_index, "再申诉一次")
    anonymous = town.rate(identity=Identity.ANONYMOUS).code
    assert plugin(town).services.exclusion.of_receipt(anonymous) is None
    assert plugin(town).services.exclusion.of_receipt("nothing") is None


def test_a_pattern_makes_a_candidate_and_lists_nobody(town: Town) -> None:
    for _ in range(5):
        town.rate()
    for _ in range(6):
        town.rate(identity=Identity.PRESUMED)
    found = plugin(town).candidates
    assert found.find() == 1
    assert found.find() == 0
    reader = town.account()
    [one] = found.waiting(reader)
    assert (one.bad, one.units, one.malicious, one.organization_id) == (5, 1, 0, UNIT)
    assert town.registry.entries(reader) == ()
    assert town.rate().status is EvaluationStatus.EFFECTIVE
    stranger = town.account(organization_id=2)
    assert found.waiting(stranger) == ()
    with pytest.raises(NoSuchEntry):
        found.decide(one.id, stranger, (DISMISSED, "没有问题"))


def test_who_was_dismissed_comes_back_with_a_newer_bad_rating_only(town: Town) -> None:
    for _ in range(5):
        town.rate()
    found, reader = plugin(town).candidates, town.account()
    found.find()
    [one] = found.waiting(reader)
    found.decide(one.id, reader, (DISMISSED, "投诉均属实"))
    assert (found.find(), found.waiting(reader)) == (0, ())
    town.clock.advance(timedelta(days=1))
    town.rate()
    assert found.find() == 1
    with town.deployment.store.read() as conn:
        states = conn.execute(select(candidate.c.state).order_by(candidate.c.found_at)).scalars()
        assert list(states) == ["dismissed", "open"]


def test_ratings_void_as_malicious_and_flags_about_them_are_counted(town: Town) -> None:
    town.rate()
    town.rate()
    town.void_as_malicious()
    town.flag("one_device")
    since = datetime(2026, 1, 1, tzinfo=UTC)
    [seen] = plugin(town).services.exclusion.patterns(since, 1)
    assert (seen.bad, seen.malicious, seen.flags) == (2, 2, {"one_device": 2})
    assert plugin(town).candidates.find() == 1


def test_a_rating_that_was_void_as_mistaken_speaks_against_nobody(town: Town) -> None:
    town.rate()
    [rating] = town.seen.ratings()
    town.void(rating.key)
    assert plugin(town).services.exclusion.patterns(datetime(2026, 1, 1, tzinfo=UTC), 1) == ()


def told(town: Town) -> list[Sent]:
    return list(town.seen.messages("sms"))


def test_those_without_the_right_see_neither_notice_nor_letter(town: Town) -> None:
    number = town.listed()
    stranger = town.account(Role.APPEAL_REVIEWER, organization_id=2)
    with pytest.raises(NoSuchEntry):
        town.registry.notice(number, stranger, "")
