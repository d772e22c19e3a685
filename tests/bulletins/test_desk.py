"""The way of a bulletin: one draft, a second person, files, messages, withdrawal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, update

from haochaping.bulletins import desk as desks
from haochaping.bulletins import kept
from haochaping.bulletins.desk import (
    BulletinIncomplete,
    BulletinMoved,
    By,
    OwnBulletin,
)
from haochaping.bulletins.kept import Kept, State
from haochaping.bulletins.rules import BulletinRules, Edition
from haochaping.bulletins.tables import bulletin
from haochaping.delivery.tables import message
from haochaping.deployment import Deployment
from haochaping.grading import periods
from haochaping.journal.tables import journal
from tests.bulletins.conftest import OCTOBER, gathered

AUTHOR, CHIEF = 101, 102
TODAY = date(2026, 11, 16)


def by(place: Deployment, account: int) -> By:
    return By(account, place.clock.now())


def drafts(place: Deployment) -> int:
    return place.bulletins.draft_due(place.store, TODAY, place.clock.now())


def newest(place: Deployment, edition: str = "public") -> Kept:
    with place.store.read() as conn:
        found = kept.newest(conn, OCTOBER, Edition(edition))
    assert found is not None
    return found


def step(place: Deployment, name: str, account: int, *words: Any) -> Any:
    """Do one thing with the newest public bulletin of October."""
    with place.store.write() as conn:
        found = kept.newest(conn, OCTOBER, Edition.PUBLIC)
        return getattr(place.bulletins.desk, name)(conn, found, *words, by(place, account))


def render(place: Deployment) -> None:
    place.bulletins.render(place.store, newest(place).id, place.clock.now())


def test_from_the_draft_of_the_worker_to_the_withdrawal(place: Deployment) -> None:
    assert drafts(place) == 2
    assert drafts(place) == 0
    assert newest(place).version == 1
    with place.store.read() as conn:
        [first] = kept.history(conn, newest(place).id)
        assert (first.move, first.account_id) == ("drafted", desks.WORKER)
        assert kept.content(conn, newest(place).id).digest == newest(place).digest
    step(place, "edit", AUTHOR, "浙好评〔2026〕10号", "认真整改。")
    step(place, "submit", AUTHOR)
    with pytest.raises(OwnBulletin):
        step(place, "approve", AUTHOR)
    with pytest.raises(BulletinMoved):
        step(place, "edit", AUTHOR, "x", "")
    with pytest.raises(BulletinIncomplete):
        step(place, "send_back", CHIEF, " ")
    step(place, "send_back", CHIEF, "请补充要求")
    assert newest(place).state is State.DRAFT
    step(place, "submit", AUTHOR)
    step(place, "approve", CHIEF)
    with pytest.raises(BulletinMoved):
        step(place, "approve", CHIEF)
    with pytest.raises(BulletinIncomplete):
        step(place, "issue", CHIEF)
    render(place)
    sent = step(place, "issue", CHIEF)
    assert sent == 6
    with place.store.read() as conn:
        found = kept.newest(conn, OCTOBER, Edition.PUBLIC)
        assert found is not None
        assert found.state is State.ISSUED
        names = [one.name.rpartition(".")[2] for one in kept.files(conn, found.id)]
        assert sorted(names) == ["docx", "html", "json", "pdf", "txt", "xlsx"]
        links = set(conn.execute(select(message.c.link)).scalars())
        assert "http://localhost/bulletins/2026-10/1" in links
        kinds = set(conn.execute(select(journal.c.kind)).scalars())
        assert {"bulletin.drafted", "bulletin.approved", "bulletin.published"} <= kinds
    step(place, "withdraw", CHIEF, "数据有误")
    with place.store.read() as conn:
        moves = [one.move for one in kept.history(conn, newest(place).id)]
    assert moves == [
        "drafted", "edited", "submitted", "sent_back", "submitted", "approved", "issued",
        "withdrawn",
    ]  # fmt: skip
    content = gathered(place)
    with place.store.write() as conn:
        again, made = place.bulletins.desk.keep(conn, content, by(place, AUTHOR))
    assert (again.version, made) == (2, True)


def test_other_figures_are_another_version_and_the_same_are_none(place: Deployment) -> None:
    drafts(place)
    content = gathered(place)
    with place.store.write() as conn:
        same, made = place.bulletins.desk.keep(conn, content, by(place, AUTHOR))
        assert (same.version, made) == (1, False)
        conn.execute(update(bulletin).values(digest="other"))
        other, made = place.bulletins.desk.keep(conn, content, by(place, AUTHOR))
        assert (other.version, made) == (2, True)
        first = kept.version(conn, "2026-10", Edition.PUBLIC, 1)
        assert first is not None
        assert first.state is State.SUPERSEDED
        assert len(kept.listed(conn, [State.DRAFT])) == 2


def test_supervisors_are_told_once_that_a_bulletin_is_late(place: Deployment) -> None:
    late = select(func.count()).where(message.c.business_id.like("bulletin-late:%"))
    for day in (TODAY, date(2026, 11, 17)):
        place.bulletins.draft_due(place.store, day, place.clock.now())
        with place.store.read() as conn:
            assert conn.execute(late).scalar_one() == 6  # month, quarter, year in two editions


def test_what_was_sent_back_meanwhile_gets_no_files(place: Deployment) -> None:
    drafts(place)
    step(place, "submit", AUTHOR)
    step(place, "send_back", CHIEF, "再核")
    render(place)
    with place.store.read() as conn:
        assert kept.files(conn, newest(place).id) == ()


def test_days_of_the_schedule(province: Deployment) -> None:
    rules = BulletinRules.of(province.profile)
    assert rules.due(date(2026, 11, 2)) == ()
    assert [one.name for one in rules.due(date(2027, 1, 3))] == ["2026-12", "2026-Q4", "2026"]
    assert [one.name for one in rules.late(date(2026, 11, 15))] == ["2026-09", "2026-Q3", "2025"]
    for day in (date(2026, 11, 16), date(2026, 12, 1), date(2026, 12, 15)):  # until the next is due
        assert [one.name for one in rules.late(day)] == ["2026-10", "2026-Q3", "2025"]
    assert rules.late(date(2027, 1, 16))[1:] == rules.due(date(2027, 1, 16))[1:]
    assert rules.last_day(periods.parse("2026-10")) == date(2026, 11, 15)
    assert replace(rules, latest=0).late(date(2026, 11, 16)) == ()
