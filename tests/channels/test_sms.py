"""Rating by SMS: asked once, answered by a digit, with reason, change and opt-out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from tests.channels.conftest import MOBILE, SMS_RULES, Phone, Town, rows, ruled

from haochaping.access.tables import vault_person
from haochaping.catalog import tables as catalog
from haochaping.channels import asking
from haochaping.channels.answering import Answers, Outcome
from haochaping.clock import FakeClock
from haochaping.evaluation.submission import Draft
from haochaping.hooks.services import IncomingText
from haochaping.hooks.values import RaterRole
from haochaping.jobs.tables import job
from haochaping.journal import Event
from haochaping.store import Store
from haochaping.store.types import micros


def test_the_question_says_what_each_digit_means(phone: Phone, town: Town) -> None:
    phone.asked(town.occurrence)
    [text] = phone.texts()
    for words in ("社保登记", "区政务服务中心", "11月16日", "5非常满意", "1非常不满意"):
        assert words in text
    assert "http" not in text


def test_the_question_carries_a_link_where_the_profile_says_so(phone: Phone, town: Town) -> None:
    ruled(phone, link=True).asked(town.occurrence)
    assert "https://hcp.example/r/" in phone.texts()[0]


def test_a_digit_is_a_rating_by_its_holder(phone: Phone, town: Town, store: Store) -> None:
    phone.asked(town.occurrence)
    assert phone.replies("５ 。不错") is Outcome.RATED
    [rating] = rows(store)
    assert (rating.grade, rating.channel, rating.provenance) == (5, "sms", "citizen")
    assert (rating.identity, rating.person_id) == ("presumed", phone.person_id)
    assert rating.text_sealed is not None


def test_thanks_tell_no_grade_and_no_receipt(phone: Phone, town: Town, store: Store) -> None:
    phone.asked(town.occurrence)
    phone.replies("4")
    thanks = phone.texts()[-1]
    assert "已收到" in thanks
    assert "满意" not in thanks
    assert rows(store)[0].receipt not in thanks


def test_the_same_reply_again_is_one_rating_and_one_answer(
    phone: Phone, town: Town, store: Store
) -> None:
    phone.asked(town.occurrence)
    assert [phone.replies("5", "m-77") for _ in range(3)] == [Outcome.RATED] * 3
    assert (len(rows(store)), len(phone.texts())) == (1, 2)


def test_a_reply_whose_answer_was_lost_half_way_is_finished_not_doubled(
    phone: Phone, town: Town, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.asked(town.occurrence)
    with monkeypatch.context() as broken:
        broken.setattr("haochaping.channels.asks.move", _falls)
        with pytest.raises(OSError, match="power"):
            phone.replies("5", "m-9")
    assert phone.replies("5", "m-9") is Outcome.RATED
    assert [row.grade for row in rows(store)] == [5]


def _falls(*_: object, **__: object) -> bool:
    raise OSError("power")


def test_a_bad_grade_is_asked_for_its_reason_before_it_counts(
    phone: Phone, town: Town, store: Store
) -> None:
    phone.asked(town.occurrence)
    assert phone.replies("2") is Outcome.REASON_ASKED
    assert rows(store) == []
    assert "1没有提供材料样本" in phone.texts()[-1]
    assert phone.replies("1、3 排队太久") is Outcome.RATED
    [rating] = rows(store)
    assert (rating.grade, rating.options) == (2, ["207", "209"])
    assert rating.text_sealed is not None


def test_a_bad_grade_with_words_needs_no_further_question(
    phone: Phone, town: Town, store: Store
) -> None:
    phone.asked(town.occurrence)
    assert phone.replies("1 跑了三趟") is Outcome.RATED
    assert [(row.grade, row.options) for row in rows(store)] == [(1, [])]


def test_a_reason_may_be_said_in_words(phone: Phone, town: Town, store: Store) -> None:
    phone.asked(town.occurrence)
    phone.replies("1")
    assert phone.replies("窗口没有人") is Outcome.RATED
    assert rows(store)[0].text_sealed is not None


def test_something_else_without_words_is_taken_as_unsaid(
    phone: Phone, town: Town, store: Store
) -> None:
    phone.asked(town.occurrence)
    phone.replies("2")
    assert phone.replies("4") is Outcome.RATED
    [rating] = rows(store)
    assert (rating.grade, rating.options, rating.text_sealed is not None) == (2, [], True)


def test_a_bad_grade_is_not_lost_when_its_reason_never_comes(
    phone: Phone, town: Town, store: Store
) -> None:
    phone.asked(town.occurrence)
    phone.replies("1")
    phone.later(hours=23)
    assert rows(store) == []
    phone.later(hours=2)
    [rating] = rows(store)
    assert (rating.grade, rating.channel, rating.provenance) == (1, "sms", "citizen")
    assert phone.asks()[0].state == "answered"


def test_a_reason_that_came_leaves_nothing_to_the_clock(
    phone: Phone, town: Town, store: Store
) -> None:
    phone.asked(town.occurrence)
    phone.replies("2")
    phone.replies("1")
    phone.later(hours=30)
    assert len(rows(store)) == 1


def test_nonsense_gets_one_helpful_answer_and_no_loop(
    phone: Phone, town: Town, store: Store
) -> None:
    phone.asked(town.occurrence)
    found = [phone.replies(text) for text in ("你是谁", "55", "？？", "")]
    assert found == [Outcome.HELPED, Outcome.IGNORED, Outcome.IGNORED, Outcome.IGNORED]
    assert len(phone.texts()) == 2
    assert "只回复一个数字" in phone.texts()[-1]
    assert phone.replies("3") is Outcome.RATED


def test_a_reason_that_is_none_gets_one_helpful_answer(phone: Phone, town: Town) -> None:
    phone.asked(town.occurrence)
    phone.replies("2")
    assert [phone.replies("9"), phone.replies("9")] == [Outcome.HELPED, Outcome.IGNORED]
    assert "1 至 4" in phone.texts()[-1]


def test_a_further_digit_changes_the_rating(phone: Phone, town: Town, store: Store) -> None:
    phone.asked(town.occurrence)
    phone.replies("5")
    assert phone.replies("3") is Outcome.CHANGED
    assert [(row.grade, row.status) for row in rows(store)] == [
        (5, "superseded"),
        (3, "effective"),
    ]


def test_a_change_for_the_worse_is_asked_for_its_reason(
    phone: Phone, town: Town, store: Store
) -> None:
    phone.asked(town.occurrence)
    phone.replies("5")
    assert phone.replies("1") is Outcome.REASON_ASKED
    assert phone.replies("2") is Outcome.CHANGED
    assert [(row.grade, row.options) for row in rows(store)][-1] == (1, ["109"])


def test_the_newest_open_question_is_answered_first(phone: Phone, town: Town, store: Store) -> None:
    first, second = town.occurrence, town.others[0]
    phone.asked(first)
    phone.asked(second)
    phone.replies("5")
    phone.replies("4")
    found = {row.occurrence_id: row.grade for row in rows(store)}
    assert found == {second.id: 5, first.id: 4}


def test_who_waits_to_say_why_is_heard_before_newer_questions(
    phone: Phone, town: Town, store: Store
) -> None:
    phone.asked(town.occurrence)
    phone.replies("2")
    phone.asked(town.others[0])
    phone.replies("3")
    assert [(row.occurrence_id, row.options) for row in rows(store)] == [
        (town.occurrence.id, ["209"])
    ]


def test_strangers_get_no_answer(phone: Phone, town: Town, store: Store) -> None:
    phone.asked(town.occurrence)
    assert phone.replies("5", sender="13900000000") is Outcome.NO_QUESTION
    assert (rows(store), len(phone.texts())) == ([], 1)


def test_a_reply_is_taken_until_the_question_expires(
    phone: Phone, town: Town, store: Store
) -> None:
    phone.asked(town.occurrence)
    phone.clock.advance(timedelta(days=3))
    assert phone.replies("5") is Outcome.NO_QUESTION
    assert rows(store) == []


def test_a_service_rated_otherwise_is_told(phone: Phone, town: Town, store: Store) -> None:
    phone.asked(town.occurrence)
    phone.desk.intake.submit(
        Draft(
            occurrence=town.occurrence, grade=4, idempotency_key="q", client="citizen", channel="qr"
        )
    )
    assert phone.replies("5") is Outcome.RATED_BEFORE
    assert [row.grade for row in rows(store)] == [4]
    assert "已经评价过" in phone.texts()[-1]


def test_a_rated_service_is_not_asked_about(phone: Phone, town: Town) -> None:
    phone.desk.intake.submit(
        Draft(
            occurrence=town.occurrence, grade=4, idempotency_key="q", client="citizen", channel="qr"
        )
    )
    phone.asked(town.occurrence)
    assert phone.texts() == []


def test_a_service_is_asked_about_once(phone: Phone, town: Town) -> None:
    for _ in range(2):
        phone.asked(town.occurrence)
    assert len(phone.texts()) == 1


def test_nobody_is_asked_more_often_a_day_than_the_profile_says(phone: Phone, town: Town) -> None:
    ruled(phone, per_day=2)
    for key in (town.occurrence, *town.others):
        phone.asked(key)
    assert len(phone.texts()) == 2


def test_an_opt_out_is_confirmed_once_and_honoured(phone: Phone, town: Town, store: Store) -> None:
    phone.asked(town.occurrence)
    assert [phone.replies("退订"), phone.replies("Ｔ")] == [Outcome.STOPPED] * 2
    assert "已退订" in phone.texts()[-1]
    phone.asked(town.others[0])
    assert len(phone.texts()) == 2
    assert phone.replies("订阅") is Outcome.RESUMED
    phone.asked(town.others[1])
    assert len(phone.texts()) == 4


def test_an_opt_out_closes_what_was_open(phone: Phone, town: Town, store: Store) -> None:
    phone.asked(town.occurrence)
    phone.replies("T")
    assert phone.replies("5") is Outcome.NO_QUESTION
    assert rows(store) == []


@pytest.mark.parametrize(("hour", "sent"), [(8, 0), (9, 1), (19, 1), (20, 0)])
def test_messages_keep_to_their_hours(phone: Phone, town: Town, hour: int, sent: int) -> None:
    local = phone.clock.now() + timedelta(hours=8)
    phone.clock.set(phone.clock.now() + timedelta(days=1, hours=hour - local.hour, minutes=-10))
    phone.asked(town.occurrence)
    assert len(phone.texts()) == sent
    phone.later(hours=13 if hour == 20 else 1)
    assert len(phone.texts()) == 1


def test_the_agent_who_was_there_is_asked(phone: Phone, town: Town, store: Store) -> None:
    with store.write() as conn:
        conn.execute(update(catalog.service_case).values(agent_person_id=phone.person_id))
        conn.execute(update(catalog.service_case).values(person_id=town.person_id))
    phone.asked(town.occurrence)
    phone.replies("5")
    assert rows(store)[0].rater_role == RaterRole.AGENT


def test_who_left_no_number_is_not_asked(phone: Phone, town: Town, store: Store) -> None:
    with store.write() as conn:
        conn.execute(update(vault_person).values(mobile_mac=None))
    phone.asked(town.occurrence)
    assert phone.asks() == []


def test_anonymous_places_take_the_rating_as_nobodys(
    phone: Phone, town: Town, store: Store
) -> None:
    desk = phone.desk.intake.desk
    rules = replace(desk.rules, identities=frozenset({phone.desk.identity.ANONYMOUS}))
    object.__setattr__(desk, "rules", rules)
    phone.asked(town.occurrence)
    phone.replies("5")
    [rating] = rows(store)
    assert (rating.identity, rating.person_id) == ("anonymous", None)


@pytest.mark.parametrize(
    ("after", "hours_ago", "planned"), [(("hall",), 1, 1), ((), 1, 0), (("hall",), 49, 0)]
)
def test_a_fresh_service_plans_the_question(
    store: Store, clock: FakeClock, town: Town, after: tuple[str, ...], hours_ago: int, planned: int
) -> None:
    at = clock.now()
    key = {"region": town.occurrence.region, "served_month": 202611, "id": 100}
    event = Event(
        "occurrence.served",
        "occurrence:x",
        {**key, "served_at": micros(at - timedelta(hours=hours_ago)), "served_at_before": None},
    )
    with store.write() as conn:
        asking.plan(replace(SMS_RULES, after=after), conn, event, at)
        asking.plan(replace(SMS_RULES, after=after), conn, event, at)
        jobs = conn.execute(select(job).where(job.c.kind == asking.ASK_JOB)).all()
    assert len(jobs) == planned


def test_services_of_other_channels_are_not_asked_about(phone: Phone, town: Town) -> None:
    ruled(phone, after=("hotline",)).asked(town.occurrence)
    assert phone.texts() == []


def test_questions_and_replies_go_after_some_weeks(phone: Phone, town: Town) -> None:
    phone.asked(town.occurrence)
    phone.replies("5")
    phone.clock.advance(timedelta(days=34))
    with phone.store.write() as conn:
        from haochaping.channels import asks

        assert asks.tidy(conn, phone.clock.now() - asking.KEPT) == 2
    assert phone.asks() == []


def test_no_number_and_no_words_of_a_reply_are_kept(phone: Phone, town: Town) -> None:
    phone.asked(town.occurrence)
    phone.replies("2 窗口的人态度恶劣")
    with phone.store.read() as conn:
        kept = str([conn.execute(select(table)).all() for table in _tables()])
    assert MOBILE not in kept
    assert "态度恶劣" not in kept


def _tables() -> list:
    from haochaping.store.tables import metadata

    return list(metadata.sorted_tables)


def test_a_jurisdiction_without_sms_takes_none(phone: Phone, town: Town, store: Store) -> None:
    phone.asked(town.occurrence)
    desk = phone.desk.intake.desk
    object.__setattr__(desk, "rules", replace(desk.rules, channels={}))
    assert phone.replies("5") is Outcome.CLOSED
    assert Answers(phone.desk).take(
        "standard", IncomingText("s-1", MOBILE, "T"), phone.clock.now()
    ) is (Outcome.STOPPED)
