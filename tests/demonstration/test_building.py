"""The demonstration holds what people want to see, and all of it is consistent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, true
from tests.demonstration.conftest import NOW, Small, small

from haochaping.access import accounts, api_keys, devices, grants, passwords
from haochaping.access.roles import MACHINES, Role
from haochaping.clock import FakeClock
from haochaping.demonstration import people, places, waiting
from haochaping.demonstration.building import Wish, ready
from haochaping.demonstration.casework import Casework
from haochaping.demonstration.chance import Chance
from haochaping.demonstration.fates import FATES
from haochaping.demonstration.people import PASSWORD, PEOPLE
from haochaping.demonstration.sheet import Sheet
from haochaping.demonstration.staging import staged
from haochaping.demonstration.timeline import Timeline
from haochaping.deployment import Deployment
from haochaping.disclosure import reviews
from haochaping.evaluation import conservation
from haochaping.evaluation.tables import evaluation
from haochaping.grading import tallies
from haochaping.grading.context import CountingRules
from haochaping.journal.sealing import verify
from haochaping.rectification import queue
from haochaping.rectification.records import by_id
from haochaping.rectification.tables import rectification_case
from haochaping.worktime import Band

PROFILES = sorted(path.stem for path in Path("profiles").glob("*.yaml") if path.stem != "base")


@pytest.fixture
def deployment(plain: Small) -> Iterator[Deployment]:
    found = Deployment.open(plain.home, clock=FakeClock(NOW))
    yield found
    found.close()


def statuses(deployment: Deployment) -> Counter[str]:
    query = select(evaluation.c.status, func.count()).group_by(evaluation.c.status)
    with deployment.store.read() as conn:
        return Counter({str(status): count for status, count in conn.execute(query)})


def test_every_rating_is_accounted_for_and_nothing_was_changed(deployment: Deployment):
    with deployment.store.read() as conn:
        assert conservation.count(conn).holds
        assert list(verify(conn)) == []


def test_the_figures_are_those_of_the_stored_ratings(deployment: Deployment):
    with deployment.store.write() as conn:
        assert list(tallies.compare(conn, CountingRules.of(deployment.profile.rules))) == []


def test_the_queue_has_cases_in_every_band(deployment: Deployment):
    wanted = queue.Filter(true(), unit_side=False)
    with deployment.store.read() as conn:
        counts = queue.counts(deployment.rectification, conn, wanted, NOW)
    assert all(counts[band] >= 1 for band in Band)


def test_cases_have_ended_in_every_way(deployment: Deployment):
    with deployment.store.read() as conn:
        outcomes = set(conn.execute(select(rectification_case.c.outcome)).scalars())
    assert {"rectified", "explained", "void"} <= {str(each) for each in outcomes}


def test_a_case_is_under_appeal_and_one_was_late(deployment: Deployment):
    case = rectification_case.c
    with deployment.store.read() as conn:
        states = set(conn.execute(select(case.state)).scalars())
        late = conn.execute(select(func.count()).where(case.late)).scalar_one()
    assert "appealing" in states
    assert late >= 1


def test_an_upheld_appeal_has_voided_a_rating(deployment: Deployment):
    assert statuses(deployment)["void"] == 1


def test_comments_are_published_some_with_official_replies(deployment: Deployment):
    with deployment.store.read() as conn:
        shown = reviews.recent(conn, deployment.case_counts.notes, limit=100).reviews
    assert len(shown) >= 5
    assert any(one.note and one.note.reply for one in shown)
    assert not any("13800001234" in one.text for one in shown)


def test_every_role_has_an_account_with_the_printed_password(deployment: Deployment):
    with deployment.store.read() as conn:
        cast = people.cast(conn)
        stored = {one.login: accounts.find(conn, one.login) for one in PEOPLE}
        hashes = [accounts.password_hash_of(conn, who.account_id) for who in cast.values()]
    assert {role for who in cast.values() for role in who.roles} == set(Role) - MACHINES
    assert not any(one is None or one.must_change for one in stored.values())
    assert passwords.matches(hashes[0], PASSWORD)
    assert len(set(hashes)) == len(hashes)


def test_no_account_holds_two_of_the_roles_that_check_each_other(deployment: Deployment):
    with deployment.store.read() as conn:
        held = grants.held(conn, people.cast(conn)["admin"].account_id)
    assert [str(each.grant.role) for each in held] == ["administrator"]


def test_the_printed_keys_work(deployment: Deployment, plain: Small):
    with deployment.store.read() as conn:
        key = api_keys.authenticate_api_key(
            conn, deployment.keyring, plain.made.api_key, "cases.push", NOW
        )
        found = devices.authenticate_device(conn, deployment.keyring, plain.made.devices[0].key)
    assert key.region == "330000"
    assert found.id == plain.made.devices[0].id


def test_demonstration_accounts_sign_in_without_a_second_factor(deployment: Deployment):
    assert deployment.profile.rules.access.second_factor.roles == ()
    text = (deployment.home / "demo-zhejiang.yaml").read_text("utf-8")
    assert "演示" in text


def test_services_wait_to_be_rated_and_are_replaced_once_rated(
    deployment: Deployment, plain: Small
):
    first = waiting.services(deployment, plain.made)
    plain.made.examples = [one.case_no for one in first]
    again = waiting.services(deployment, plain.made)
    assert again == first
    deployment.intake.submit(_draft(first[0].path.rpartition("/")[2]))
    after = waiting.services(deployment, plain.made)
    assert first[0].case_no not in {one.case_no for one in after}
    assert [one.grade for one in after] == [5, 4, 3, 2, 1]


def test_links_about_to_expire_are_replaced(deployment: Deployment, plain: Small):
    first = waiting.services(deployment, plain.made)
    plain.made.examples = [one.case_no for one in first]
    deployment.clock.set(NOW + timedelta(days=29))  # type: ignore[attr-defined]
    later = waiting.services(deployment, plain.made)
    assert not {one.case_no for one in later} & set(plain.made.examples)


def test_the_sheet_says_where_everything_is(deployment: Deployment, plain: Small):
    with deployment.store.read() as conn:
        home = people.home_of(places.counters(conn))
    found = waiting.services(deployment, plain.made)
    name = deployment.profile.jurisdiction.name
    sheet = Sheet(
        "http://x", name, found, plain.made.devices, "key", home, plain.made.counts,
        ("2023-07", name, {"bad_rate": "1%"}),
    )  # fmt: skip
    for language in ("en", "zh_Hans_CN"):
        text = "\n".join(sheet.lines(language))
        assert all(one.path in text for one in found)
        assert all(one.login in text for one in PEOPLE)
        assert PASSWORD in text
        assert plain.made.devices[0].key in text
        assert "bad_rate 1%" in text


def test_a_second_run_makes_nothing_new(plain: Small):
    before = (plain.home / "data" / "haochaping.db").stat().st_mtime_ns
    again = small(plain.home, "zhejiang", port=8123)
    assert again.made.devices == plain.made.devices
    assert (plain.home / "data" / "haochaping.db").stat().st_mtime_ns == before
    assert "127.0.0.1:8123" in (plain.home / "deployment.yaml").read_text("utf-8")


def test_months_are_told_while_it_is_made(plain: Small):
    assert any("2026-11" in words.en for words in plain.told)


def test_an_unfinished_demonstration_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from haochaping.demonstration import building

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(building.people, "make_devices", interrupted)
        small(tmp_path / "home", "zhejiang")
    assert small(tmp_path / "home", "zhejiang").made.made


def test_a_plugins_scene_is_played(tmp_path: Path):
    found = small(tmp_path / "home", "inner_mongolia")
    deployment = Deployment.open(found.home, clock=FakeClock(NOW))
    try:
        assert statuses(deployment)["excluded"] == 1
        basis = deployment.profile.value("plugins.inner_mongolia.registry.legal_basis")
        assert "演示" in basis
    finally:
        deployment.close()


@pytest.mark.parametrize("now", [datetime(2026, 11, 15, 20, tzinfo=UTC), NOW])
def test_open_cases_are_staged_only_on_past_working_days(deployment: Deployment, now: datetime):
    found = staged(deployment, now)
    assert found
    today = deployment.calendar.local_day(now)
    assert all(day < today and deployment.calendar.is_workday(day) for day in found)


@pytest.mark.parametrize("fate", sorted(FATES))
@pytest.mark.parametrize("hours", [0, 3, 24 * 30])
def test_a_story_keeps_its_order_whatever_the_deadline(
    deployment: Deployment, fate: str, hours: int
):
    with deployment.store.read() as conn:
        number = conn.execute(select(rectification_case.c.id).limit(1)).scalar_one()
        case = by_id(conn, number)
    case = replace(case, due_at=case.opened_at + timedelta(hours=hours))
    work = Casework(deployment, {}, Chance("stories"), Timeline(FakeClock(NOW)))
    told = list(work.moments(case, fate))
    assert [action for _, action in told] == [step.action for step in FATES[fate]]
    moments = [case.opened_at, *(at for at, _ in told)]
    assert moments == sorted(set(moments))


@pytest.mark.long
@pytest.mark.parametrize("day", ["2026-10-03", "2026-11-23", "2026-12-31", "2027-02-08"])
@pytest.mark.parametrize("profile", PROFILES)
def test_the_demonstration_of_every_region_is_made_on_any_day(
    tmp_path: Path, profile: str, day: str
):
    clock = FakeClock(datetime.fromisoformat(f"{day}T02:30:00+00:00"))
    assert ready(Wish(tmp_path / "home", profile, clock=clock)).made


def _draft(code: str):
    from haochaping.evaluation.submission import Draft

    return Draft(
        occurrence=code, grade=5, channel="qr", identity="presumed",
        idempotency_key="test", client="test",
    )  # fmt: skip
