"""Comments reach the public reviewed, masked, in shuffled batches, with the date only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.disclosure.town import AT, DAY, LARGE

from haochaping import jobs
from haochaping.disclosure import batches, publisher, reviews, steps
from haochaping.disclosure.preparing import Preparer
from haochaping.disclosure.publisher import By, Publisher
from haochaping.disclosure.tables import review, review_batch
from haochaping.hooks.disclosure import Redaction
from haochaping.journal import Event

BY = By(77, AT)
K = 3


@dataclass
class Texts:
    """The vault: what raters wrote, by evaluation."""

    words: dict[int, str] = field(default_factory=dict)

    def words_of(self, conn, region, served_month, evaluation_id):
        return self.words.get(evaluation_id, f"评价{evaluation_id}")


@dataclass
class Hooks:
    """Plugins that mask the first two signs, or fail."""

    failure: str = ""
    asked: list[Any] = field(default_factory=list)

    def decide(self, name, /, **question):
        self.asked.append((name, question["review"]))
        failures = [Failure("zhejiang", self.failure)] if self.failure else []
        return Decision((Redaction(0, 2, "plugin"),), failures)


@dataclass
class Decision:
    combined: Any
    failures: Any


@dataclass
class Failure:
    plugin: str
    message: str


@dataclass
class Office:
    """Everything a comment passes on its way."""

    store: Any
    emit: Any
    texts: Texts = field(default_factory=Texts)
    hooks: Hooks = field(default_factory=Hooks)
    text_review: str = "before_publication"

    def tell(self, kind, number, *, region="330106", previous=None, **told):
        payload = {
            "id": number, "served_month": 202611, "occurrence_id": number, "organization_id": 1,
            "hall_id": LARGE, "item_id": 5, "grade": 2, "status": "effective",
            "previous_status": "", "counted_on": DAY.isoformat(), "text": "commitment",
        } | told  # fmt: skip
        if previous is not None:
            payload["previous"] = payload | {"id": previous}
        step = steps.queue_words if kind in QUEUED else steps.take_words_back
        with self.store.write() as conn:
            step(None, conn, [Event(f"evaluation.{kind}", "", payload, region)], AT)

    def row(self, number):
        with self.store.read() as conn:
            found = select(review).where(review.c.evaluation_id == number)
            return conn.execute(found).one_or_none()

    def prepare(self, number):
        preparer = Preparer(self.hooks, self.texts, lambda conn, key: None, self.text_review)
        preparer.prepare(self.store, self.row(number).id, AT)

    def do(self, what, number, *args):
        with self.store.write() as conn:
            desk = Publisher(self.texts, self.emit)
            return getattr(desk, what)(conn, self.row(number).id, *args, BY)

    def approved(self, *numbers, **told):
        for number in numbers:
            self.tell("recorded", number, **told)
            self.prepare(number)
            self.do("approve", number, None)

    def publish(self, k=K):
        with self.store.write() as conn:
            return batches.publish_reviews(conn, self.emit, k, DAY, AT)

    def page(self, wanted=reviews.NO_FILTER, after="", limit=20, notes=reviews.no_notes):
        with self.store.read() as conn:
            return reviews.recent(conn, notes, wanted, after, limit)


QUEUED = ("recorded", "amended", "released")


@pytest.fixture
def office(place, emit):
    return Office(place, emit)


def test_a_comment_enters_the_queue_without_its_words(office):
    office.tell("recorded", 1)
    row = office.row(1)
    assert (row.state, row.text, row.masks, row.day) == ("waiting", None, None, DAY)


def test_a_rating_without_words_enters_no_queue(office):
    office.tell("recorded", 1, text="")
    assert office.row(1) is None


def test_a_comment_that_enters_is_to_be_prepared(office):
    office.tell("recorded", 1)
    with office.store.read() as conn:
        assert jobs.state_of(conn, f"review_prepare:{office.row(1).id}") == "open"


def test_a_held_rating_holds_its_comment_until_it_is_released(office):
    office.tell("recorded", 1, status="held")
    assert office.row(1).state == "held"
    office.tell("released", 1, previous_status="held", text="")
    assert office.row(1).state == "waiting"


def test_an_amended_rating_replaces_its_comment(office):
    office.tell("recorded", 1)
    office.tell("amended", 2, previous=1)
    assert (office.row(1).state, office.row(2).state) == ("withdrawn", "waiting")


@pytest.mark.parametrize("kind", ["withdrawn", "voided"])
def test_a_comment_leaves_the_queue_with_its_rating(office, kind):
    office.tell("recorded", 1)
    office.tell(kind, 1)
    assert office.row(1).state == "withdrawn"


def test_an_excluded_rating_holds_its_comment_back(office):
    office.tell("recorded", 1)
    office.tell("excluded", 1)
    assert office.row(1).state == "held"
    office.tell("released", 1, previous_status="excluded", text="")
    assert office.row(1).state == "waiting"


def test_patterns_and_plugins_propose_what_to_mask(office):
    office.texts.words[1] = "你好，电话13800138000"
    office.tell("recorded", 1)
    office.prepare(1)
    assert office.row(1).masks == [[0, 2, "plugin"], [5, 16, "phone"]]
    assert office.hooks.asked[0][1].text == "你好，电话13800138000"


def test_preparing_stores_no_words(office):
    office.texts.words[1] = "独一无二的话"
    office.tell("recorded", 1)
    office.prepare(1)
    assert "独一无二" not in str(tuple(office.row(1)))


def test_a_failing_plugin_is_shown_to_the_publisher(office):
    office.hooks.failure = "KeyError"
    office.tell("recorded", 1)
    office.prepare(1)
    with office.store.read() as conn:
        draft = Publisher(office.texts, office.emit).waiting(conn, None)[0]
    assert draft.failure == "zhejiang: KeyError"


def test_a_comment_with_a_failed_plugin_needs_the_publishers_own_masks(office):
    office.hooks.failure = "KeyError"
    office.tell("recorded", 1)
    office.prepare(1)
    with pytest.raises(publisher.ReviewUnprepared):
        office.do("approve", 1, None)
    assert office.do("approve", 1, [Redaction(0, 1, "own")]) == "***价1"


def test_a_comment_that_was_not_prepared_is_not_approved_blindly(office):
    office.tell("recorded", 1)
    with pytest.raises(publisher.ReviewUnprepared):
        office.do("approve", 1, None)


def test_the_publisher_sees_the_words_and_the_proposal(office):
    office.tell("recorded", 1)
    office.prepare(1)
    with office.store.read() as conn:
        draft = Publisher(office.texts, office.emit).draft(conn, office.row(1).id)
    assert (draft.text, draft.proposal, draft.prepared) == ("评价1", "***1", True)


def test_the_queue_can_be_read_on_and_held_to_counties(office):
    for number in (1, 2):
        office.tell("recorded", number)
    office.tell("recorded", 3, region="330108")
    desk = Publisher(office.texts, office.emit)
    with office.store.read() as conn:
        first = desk.waiting(conn, ["330106"], limit=1)[0]
        rest = desk.waiting(conn, ["330106"], after=first.id)
        assert len(desk.waiting(conn, None)) == 3
    assert [each.text for each in rest] == ["评价2"]


def test_an_approved_comment_is_a_redacted_row_of_its_own(office):
    office.approved(1)
    row = office.row(1)
    assert (row.state, row.text, row.decided_by, row.decided_at) == ("approved", "***1", 77, AT)


def test_a_decision_is_in_the_journal_without_words(office):
    office.approved(1)
    number = office.row(1).id
    assert office.emit.payloads("review.approved") == [{"review": number, "account": 77}]


def test_a_comment_is_decided_once(office):
    office.approved(1)
    with pytest.raises(publisher.ReviewGone):
        office.do("approve", 1, [])


def test_an_unknown_comment_is_gone(office):
    with pytest.raises(publisher.ReviewGone), office.store.read() as conn:
        Publisher(office.texts, office.emit).draft(conn, 404)


def test_a_refusal_needs_a_reason(office):
    office.tell("recorded", 1)
    with pytest.raises(publisher.ReasonMissing):
        office.do("refuse", 1, "  ")
    office.do("refuse", 1, "与服务无关")
    assert (office.row(1).state, office.row(1).reason) == ("refused", "与服务无关")


def test_fewer_than_k_comments_are_not_published(office):
    office.approved(1, 2)
    assert office.publish() == 0
    assert office.page().reviews == ()


def test_a_batch_is_published_together_with_the_date_only(office):
    office.approved(1, 2, 3)
    assert office.publish() == 3
    found = office.page().reviews
    assert {each.text for each in found} == {"***1", "***2", "***3"}
    assert {each.day for each in found} == {DAY}
    assert office.emit.payloads("review.published")[0]["size"] == 3


def test_the_order_of_a_batch_says_nothing_of_the_order_of_arrival(office):
    office.approved(*range(1, 13))
    office.publish()
    order = [each.text for each in office.page().reviews]
    assert order != [f"***{number}" for number in range(1, 13)]


def test_each_county_waits_for_a_batch_of_its_own(office):
    office.approved(1, 2)
    office.approved(3, region="330108")
    assert office.publish() == 0


def test_a_batch_is_published_once(office):
    office.approved(1, 2, 3)
    office.publish()
    assert office.publish() == 0
    with office.store.read() as conn:
        assert conn.execute(select(review_batch.c.size)).scalars().all() == [3]


def test_no_id_of_a_comment_goes_out(office):
    """Ids carry the millisecond they were made at."""
    office.approved(1, 2, 3)
    office.publish()
    found = office.page().reviews[0]
    assert str(office.row(1).id) not in str(found)
    assert not hasattr(found, "id")


def test_comments_are_read_page_by_page(office):
    office.approved(1, 2, 3)
    office.publish()
    office.approved(4, 5, 6)
    office.publish()
    seen, mark = [], ""
    while True:
        page = office.page(after=mark, limit=2)
        seen += [each.text for each in page.reviews]
        mark = page.next
        if not mark:
            break
    assert len(seen) == len(set(seen)) == 6
    assert set(seen[:3]) == {"***4", "***5", "***6"}


def test_an_unreadable_mark_starts_at_the_newest(office):
    office.approved(1, 2, 3)
    office.publish()
    assert len(office.page(after="x'; --").reviews) == 3


def test_comments_can_be_narrowed(office):
    office.approved(1, 2, 3, grade=5)
    office.approved(4, 5, 6, hall_id=None, organization_id=2, region="330108")
    office.publish()
    narrowed = {
        "bad": reviews.Filter(bad_only=True),
        "hall": reviews.Filter(hall_id=LARGE),
        "county": reviews.Filter(region="330108"),
        "unknown": reviews.Filter(region="990000"),
    }
    counts = {name: len(office.page(wanted).reviews) for name, wanted in narrowed.items()}
    assert counts == {"bad": 3, "hall": 3, "county": 3, "unknown": 0}


def test_what_raters_chose_is_told_while_their_comments_stand(office):
    office.approved(1, 2, 3, options=["207", "local.hall.seats.yes", "209", "207"])
    office.approved(4, options=["207"])
    chosen = reviews.Filter(tag="207")
    assert office.page(chosen).reviews == ()
    office.publish()
    found = office.page(chosen).reviews
    assert [each.tags for each in found if len(each.tags) > 1] == [("207", "209")] * 3
    assert len(found) == 4
    assert len(office.page(reviews.Filter(tag="209", text="评价")).reviews) == 0
    assert office.page(reviews.Filter(tag="local.hall.seats.yes")).reviews == ()
    office.tell("withdrawn", 1)
    assert len(office.page(chosen).reviews) == 3
    assert {each.tags for each in office.page().reviews if each.gone} == {()}


def test_a_comment_is_found_by_its_mark_once_it_is_published(office):
    office.approved(1, 2, 3)
    office.publish()
    shown = office.page().reviews[0]
    with office.store.read() as conn:
        assert reviews.by_mark(conn, reviews.no_notes, shown.mark) == shown
        for mark in ("0-0", "x", "", "1-1-1", "9" * 19 + "-1", shown.mark + "9999999999"):
            assert reviews.by_mark(conn, reviews.no_notes, mark) is None


def test_a_comment_shows_where_and_what_it_is_about(office):
    office.approved(1, 2, 3)
    office.publish()
    found = office.page().reviews[0]
    names = (found.organization, found.hall, found.item)
    assert [each.name.zh for each in names if each] == ["部门1", "大厅10", "身份证"]


def test_a_comment_shows_the_reply_and_the_state_of_its_case(office):
    office.approved(1, 2, 3)
    office.publish()
    key = reviews.EvaluationKey("330106", 202611, 1)
    note = reviews.CaseNote("replied", "已增加窗口", "ABC")
    page = office.page(notes=lambda conn, keys: {key: note} if key in keys else {})
    found = {each.text: each.note for each in page.reviews}
    assert found["***1"].words.zh == "已答复"
    assert found["***2"] is None


def test_a_withdrawn_comment_leaves_its_place_and_the_reason(office):
    office.approved(1, 2, 3)
    office.publish()
    office.do("withdraw", 1, "含他人隐私")
    gone = [each for each in office.page().reviews if each.gone]
    assert [(each.text, each.gone.zh) for each in gone] == [("", "含他人隐私")]
    assert office.emit.kinds.count("review.withdrawn") == 1


def test_a_rater_who_withdraws_takes_the_published_words_along(office):
    office.approved(1, 2, 3)
    office.publish()
    office.tell("withdrawn", 1)
    assert office.row(1).text is None
    gone = [each for each in office.page().reviews if each.gone]
    assert gone[0].gone.zh == "评价人已撤回"


def test_only_published_comments_can_be_withdrawn(office):
    office.tell("recorded", 1)
    with pytest.raises(publisher.ReviewGone):
        office.do("withdraw", 1, "x")


def test_a_profile_may_publish_first_and_review_later(office):
    office.text_review = "after_publication"
    office.tell("recorded", 1)
    office.prepare(1)
    assert (office.row(1).state, office.row(1).text) == ("approved", "***1")


def test_even_then_a_failed_plugin_keeps_the_comment_waiting(office):
    office.text_review = "after_publication"
    office.hooks.failure = "KeyError"
    office.tell("recorded", 1)
    office.prepare(1)
    assert office.row(1).state == "waiting"


def test_a_comment_taken_back_meanwhile_is_not_prepared(office):
    office.tell("recorded", 1)
    office.tell("withdrawn", 1)
    office.prepare(1)
    assert office.row(1).masks is None


def test_the_queue_is_counted_by_state(office):
    office.approved(1)
    office.tell("recorded", 2)
    with office.store.read() as conn:
        assert publisher.counts(conn) == {"approved": 1, "waiting": 1}


def test_the_day_shown_is_the_day_counted(office):
    earlier = DAY - timedelta(days=3)
    office.approved(1, 2, 3, counted_on=earlier.isoformat())
    office.publish()
    assert {each.day for each in office.page().reviews} == {earlier} == {date(2026, 11, 13)}
