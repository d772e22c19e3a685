"""Words are found in published comments, in Chinese and Latin script, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, text, update
from tests.disclosure.town import AT, DAY, LARGE

from haochaping.disclosure import batches, facets, narrowing, reviews, search, steps, typical
from haochaping.disclosure.publisher import By, Publisher
from haochaping.disclosure.tables import review, review_search, review_tag, typical_case
from haochaping.store import Store

WORDS = (
    (5, "工作人员很耐心，排队不久。"),
    (2, "排了两小时队，WiFi也连不上。"),
    (1, "排队太久，材料清单写错了"),
    (3, "ＡＰＰ登录不了 app 慢"),
    (4, "慢"),
    (5, "办理很快"),
)


class Texts:
    """What raters wrote."""

    def words_of(self, conn, region, served_month, evaluation_id):
        return WORDS[evaluation_id][1]


@pytest.fixture
def stocked(place: Store) -> Store:
    """The comments above, published together."""
    publish(place)
    return place


def publish(place: Store) -> None:
    """Store the comments above and publish them together."""
    rows = [
        {
            "id": number + 1, "region": "330106", "served_month": 202611, "evaluation_id": number,
            "occurrence_id": number, "organization_id": 1, "hall_id": LARGE, "item_id": None,
            "grade": grade, "day": DAY, "state": steps.APPROVED, "text": words,
        }
        for number, (grade, words) in enumerate(WORDS)
    ]  # fmt: skip
    with place.write() as conn:
        conn.execute(insert(review), rows)
        conn.execute(insert(review_tag).values(option="207", review_id=3))
        batches.publish_reviews(conn, lambda *told: None, 3, DAY, AT)


def found(store: Store, asked: str, **narrowed) -> set[str]:
    with store.read() as conn:
        page = reviews.recent(conn, reviews.no_notes, reviews.Filter(text=asked, **narrowed))
    return {one.text for one in page.reviews}


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("排队", {0, 2}),
        ("材料清单", {2}),
        ("慢", {3, 4}),
        ("久", {0, 2}),
        ("wifi", {1}),
        ("app", {3}),
        ("ap", {3}),
        ("排队 清单", {2}),
        ("队排", set()),
        ("' OR 1=1 --", set()),
        ('" OR * NEAR(', set()),
        ("\\", set()),
        ("", {0, 1, 2, 3, 4, 5}),
    ],
)
def test_words_are_found_wherever_they_stand(stocked: Store, asked: str, numbers: set[int]) -> None:
    assert found(stocked, asked) == {WORDS[number][1] for number in numbers}


def test_a_search_can_be_narrowed(stocked: Store) -> None:
    assert found(stocked, "排队", grade=1) == {WORDS[2][1]}
    assert found(stocked, "排队", hall_id=LARGE + 1) == set()
    assert found(stocked, "排队", bad_only=True, hall_id=LARGE) == {WORDS[2][1]}
    assert found(stocked, "排队", organization_id=1, region="330106") == {
        WORDS[0][1],
        WORDS[2][1],
    }
    assert found(stocked, "排队", region="330108") == set()
    assert found(stocked, "排队", tag="207") == {WORDS[2][1]}
    assert found(stocked, "排队", tag="207", order="useful") == {WORDS[2][1]}
    assert found(stocked, "排", order="useful", grade=2) == {WORDS[1][1]}
    assert found(stocked, "，。", order="useful") == set()


@pytest.mark.parametrize("asked", [f"h{LARGE}", f"{facets.MARK}h{LARGE}", "g1", "330106", "207"])
def test_what_stands_beside_the_words_is_no_word(stocked: Store, asked: str) -> None:
    assert found(stocked, asked) == set()


def test_votes_order_the_newest_that_hold_the_words(
    stocked: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowing, "RANKED", 2)
    with stocked.write() as conn:
        conn.execute(update(review).where(review.c.id.in_((1, 2, 3))).values(useful=review.c.id))
        newest = [
            row.review_id
            for row in conn.execute(select(review_search).order_by(review_search.c.position.desc()))
            if row.review_id in (1, 2, 3)
        ][:2]
        wanted = reviews.Filter(text="排", order="useful")
        shown = reviews.recent(conn, reviews.no_notes, wanted, "", 1)
        rest = reviews.recent(conn, reviews.no_notes, wanted, shown.next, 1)
    assert [one.useful for one in (*shown.reviews, *rest.reviews)] == sorted(newest, reverse=True)
    assert rest.next == ""


@pytest.mark.parametrize("order", ["", "useful"])
def test_older_texts_are_asked_for_where_the_newest_stretches_hold_too_few(
    place: Store, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    monkeypatch.setattr(search, "STRETCH", 2)
    monkeypatch.setattr(search, "_NEWEST", 1)
    publish(place)
    assert found(place, "排", order=order) == {WORDS[number][1] for number in (0, 1, 2)}
    assert found(place, "队", region="330106", order=order) == found(place, "队")
    with place.read() as conn:
        newer = search.newer(conn, search.REVIEWS, review, search.Asked("很"))
        if newer is not None:
            ordered = select(review_search.c.review_id).order_by(review_search.c.position.desc())
            newest = conn.execute(ordered.limit(3)).scalars().all()
            told = {row.id for row in conn.execute(newer)}
            assert told == {one for one in newest if "很" in WORDS[one - 1][1]}


def test_pages_go_on_where_the_last_one_ended(stocked: Store) -> None:
    taken, mark = [], ""
    with stocked.read() as conn:
        while True:
            page = reviews.recent(conn, reviews.no_notes, reviews.Filter(text="排"), mark, 1)
            taken += [one.text for one in page.reviews]
            mark = page.next
            if not mark:
                break
    assert sorted(taken) == sorted(WORDS[number][1] for number in (0, 1, 2))


def test_nothing_stands_before_the_first_position(stocked: Store) -> None:
    with stocked.read() as conn:
        for way in (search.newest, search.newer, search.matching):
            statement = way(conn, search.REVIEWS, review, search.Asked("排", before=0))
            assert statement is None or conn.execute(statement).all() == []


def test_a_withdrawn_comment_is_found_no_more_and_leaves_no_words(stocked: Store) -> None:
    with stocked.write() as conn:
        Publisher(Texts(), lambda *told: None).withdraw(conn, 3, "不实", By(7, AT))
    assert found(stocked, "清单") == set()
    with stocked.read() as conn:
        kept = conn.execute(select(review_search.c.review_id)).scalars().all()
        assert 3 not in kept
        if conn.dialect.name == "sqlite":
            conn.execute(text("INSERT INTO review_fts(review_fts) VALUES ('integrity-check')"))


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("材料", {1, 3}),
        ("三趟", {1}),
        ("一次告知", {3}),
        ("once", {3}),
        ("停车", set()),
        ("慢", {2}),
    ],
)
def test_typical_cases_are_found_by_their_words(
    place: Store, asked: str, numbers: set[int]
) -> None:
    told = {
        1: ("补材料跑三趟", "材料清单写错了", ""),
        2: ("叫号慢", "等了两小时", ""),
        3: ("一次告知", "材料说清楚", "Told once"),
    }
    with place.write() as conn:
        for number, (title, said, english) in told.items():
            texts = {"title": title, "said": said, "found": "属实", "done": "改了", "learnt": ""}
            key = {"id": number, "case_id": number, "public_id": f"T{number}", "version": 1}
            about = {"region": "330106", "served_month": 202611, "organization_id": 1, "grade": 1}
            by = {"begun_by": 1, "written_by": 1, "written_at": AT, "masked": []}
            state = {"state": "published", "published_at": AT, "english": english}
            conn.execute(insert(typical_case).values(**texts, **key, **about, **by, **state))
        search.keep(conn, search.TYPICAL, told)
        page = typical.recent(conn, words=asked)
        narrowed = typical.recent(conn, region="330108", words=asked)
    assert {int(one.public_id[1:]) for one in page.cases} == numbers
    assert narrowed.cases == ()


def test_indexing_twice_changes_nothing(stocked: Store) -> None:
    with stocked.write() as conn:
        search.keep(conn, search.REVIEWS, range(1, 7))
        count = len(conn.execute(select(review_search)).all())
    assert count == len(WORDS)


def test_the_search_walks_an_index(stocked: Store) -> None:
    with stocked.read() as conn:
        statement = search.matching(conn, search.REVIEWS, review, search.Asked("排队"))
        assert statement is not None
        plain = statement.limit(20).compile(conn, compile_kwargs={"literal_binds": True})
        if conn.dialect.name == "sqlite":
            plan = "\n".join(row[3] for row in conn.execute(text(f"EXPLAIN QUERY PLAN {plain}")))
            assert "SCAN review_fts VIRTUAL TABLE" in plan
            assert "TEMP B-TREE" not in plan
        else:
            conn.execute(text("SET LOCAL enable_seqscan = off"))
            conn.execute(text("SET LOCAL enable_indexscan = off"))
            plan = "\n".join(row[0] for row in conn.execute(text(f"EXPLAIN {plain}")))
            assert "ix_review_search_grams" in plan
