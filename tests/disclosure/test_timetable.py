"""What is published when: due days, what is overdue, and that every kind can be asked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update
from tests.disclosure.town import at_large, rate

from haochaping import publications
from haochaping.bulletins.tables import bulletin
from haochaping.disclosure.tables import review_batch
from haochaping.grading.folding import fold
from haochaping.grading.tables import period_closing
from haochaping.hooks.values import Words
from haochaping.opendata.tables import release
from haochaping.profile.rules import Timed
from haochaping.profile.shape import profile_schema
from haochaping.store import Store

ZONE = ZoneInfo("Asia/Shanghai")
SITE = Words("本网站", "This site")
MONTHLY = Timed("open_data", SITE, "month", 10)
AT = datetime(2026, 12, 3, tzinfo=UTC)


@pytest.fixture
def rated(place: Store) -> Store:
    """Ratings of November 2026."""
    rate(place, at_large(5, 3))
    with place.write() as conn:
        fold(conn)
    return place


def line(store: Store, timed: Timed, today: date) -> publications.Line:
    with store.read() as conn:
        return publications.timetable(conn, (timed,), today, ZONE)[0]


@pytest.mark.parametrize(
    ("every", "day", "month", "period", "due"),
    [
        ("month", 10, 1, "2026-11", date(2026, 12, 10)),
        ("month", 31, 1, "2027-01", date(2027, 2, 28)),
        ("quarter", 20, 1, "2026-Q4", date(2027, 1, 20)),
        ("year", 31, 3, "2026", date(2027, 3, 31)),
        ("year", 1, 12, "2026", date(2027, 12, 1)),
    ],
)
def test_a_publication_is_due_so_long_after_its_period(every, day, month, period, due) -> None:
    timed = Timed("boards", SITE, every, day, month)
    assert publications.due_day(timed, publications.periods.parse(period)) == due


def test_a_month_is_overdue_the_day_after_its_last_day_and_not_before(rated: Store) -> None:
    assert line(rated, MONTHLY, date(2026, 12, 10)).overdue is None
    late = line(rated, MONTHLY, date(2026, 12, 11))
    assert late.overdue is not None
    assert (late.overdue.name, late.due) == ("2026-11", date(2026, 12, 10))


def test_nothing_is_due_of_months_before_the_first_rating(rated: Store) -> None:
    early = line(rated, MONTHLY, date(2026, 11, 20))
    assert (early.overdue, early.due) == (None, date(2026, 12, 10))


def test_what_was_published_is_not_overdue(rated: Store) -> None:
    with rated.write() as conn:
        head = {"id": 1, "version": 1, "digest": "x", "made_at": AT}
        conn.execute(insert(release).values(**head, period="2026-11"))
        conn.execute(insert(release).values(**{**head, "id": 2}, period="2026-09:2026-12"))
    found = line(rated, MONTHLY, date(2026, 12, 20))
    assert found.overdue is None
    assert found.newest is not None
    assert found.newest.period == "2026-11"
    assert found.due == date(2027, 1, 10)


def test_what_comes_out_one_by_one_counts_by_its_day(rated: Store) -> None:
    timed = Timed("reviews", SITE, "month", 1)
    with rated.write() as conn:
        row = {"id": 1, "region": "330106", "day": date(2026, 11, 30), "size": 5}
        night = datetime(2026, 10, 31, 17, 0, tzinfo=UTC)  # the first of November in Shanghai
        conn.execute(insert(review_batch).values(**row, published_at=night))
    assert line(rated, timed, date(2026, 12, 20)).overdue is None
    assert line(rated, timed, date(2027, 1, 20)).overdue is not None


def test_the_newest_period_counts_whatever_came_out_last(rated: Store) -> None:
    with rated.write() as conn:
        row = {"profile_digest": "x", "appraised": True, "failures": []}
        for name, at in (("2026-11", AT), ("2026-08", AT.replace(day=20))):
            conn.execute(insert(period_closing).values(period=name, closed_at=at, **row))
    found = line(rated, Timed("boards", SITE, "month", 5), date(2026, 12, 21))
    assert found.newest is not None
    assert (found.newest.period, found.overdue) == ("2026-11", None)


def test_only_an_issued_public_bulletin_counts(rated: Store) -> None:
    monthly, day = Timed("bulletins", SITE, "month", 10), date(2026, 12, 11)
    made = {"period": "2026-11", "version": 1, "content": {}, "digest": "", "made_at": AT}
    for number, (edition, state) in enumerate([("public", "draft"), ("internal", "issued")]):
        row = {"id": number + 1, "edition": edition, "state": state, "issued_at": AT}
        with rated.write() as conn:
            conn.execute(insert(bulletin), made | row)
        assert line(rated, monthly, day).overdue is not None
    with rated.write() as conn:
        conn.execute(
            update(bulletin).where(bulletin.c.id == 1).values(state="issued", issued_at=AT)
        )
    assert line(rated, monthly, day).overdue is None


def test_the_profile_names_the_kinds_that_there_are() -> None:
    disclosure = profile_schema()["properties"]["disclosure"]["properties"]
    names = disclosure["timetable"]["items"]["properties"]["what"]["enum"]
    assert set(names) == set(publications.KINDS)


def test_every_kind_answers_on_an_empty_database(store: Store) -> None:
    with store.read() as conn:
        assert {kind.newest(conn, ZONE) for kind in publications.KINDS.values()} == {None}
        assert publications.timetable(conn, (), date(2026, 12, 1), ZONE) == ()
