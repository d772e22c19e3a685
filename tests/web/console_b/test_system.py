"""What auditors and operators see: looks, changes, seals, parked work, plugins, profile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from haochaping.access.reveals import Look, record
from haochaping.delivery import messages
from haochaping.delivery.tables import message
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words
from haochaping.jobs import Job, enqueue
from haochaping.jobs.tables import job
from haochaping.journal import Event, append, looking, sealing
from haochaping.journal.tables import journal_parked, journal_seal
from tests.web.console_b.conftest import ELSEWHERE, REGION, Desk, Role, fields_of, text_of

AUDIT, SYSTEM = "/console/audit", "/console/system"


@pytest.fixture
def auditor(desk: Desk) -> Any:
    return desk.person(Role.AUDITOR)


@pytest.fixture
def administrator(desk: Desk) -> Any:
    return desk.person(Role.ADMINISTRATOR)


def test_a_look_at_an_identity_is_listed_with_purpose_and_case(desk: Desk, auditor: Any) -> None:
    case = desk.office.bad_review()
    who = desk.office.account(name="孙联络")
    with desk.deployment.store.write() as conn:
        record(conn, Look(77, who, "电话核实材料要求", case.id), desk.site.clock.now())
    said = text_of(auditor.get(AUDIT))
    for word in ("孙联络", "电话核实材料要求", case.public_id):
        assert word in said


def test_changes_of_accounts_name_who_and_whom(desk: Desk, auditor: Any) -> None:
    officer = desk.office.someone(Role.SECURITY_OFFICER, name="周安全")
    other = desk.office.account(name="李四")
    address = f"/console/accounts/{other}"
    officer.send(f"{address}/roles/grant", address, role="leader")
    said = text_of(auditor.get(f"{AUDIT}/events?kind=grant.given"))
    assert "授予角色 周安全 李四 单位负责人" in said


def test_events_of_plugins_are_listed(desk: Desk, auditor: Any) -> None:
    with desk.deployment.store.write() as conn:
        append(conn, [Event("plugin.registry.listed", "rater:1")], desk.site.clock.now())
    assert "插件：registry.listed" in text_of(auditor.get(f"{AUDIT}/events"))
    assert "registry.listed" in text_of(auditor.get(f"{AUDIT}/events?kind=plugin."))


def test_signing_in_is_listed_only_when_asked_for(desk: Desk, auditor: Any) -> None:
    with desk.deployment.store.write() as conn:
        append(conn, [Event("account.signed_in", "account:5")], desk.site.clock.now())
    assert "account:5" not in text_of(auditor.get(f"{AUDIT}/events"))
    assert "account:5" in text_of(auditor.get(f"{AUDIT}/events?kind=account.signed_in"))


def test_an_unknown_kind_of_event_is_not_found(auditor: Any) -> None:
    assert auditor.get(f"{AUDIT}/events?kind=evaluation.recorded").status_code == 404


def test_a_long_journal_is_read_back_page_by_page(desk: Desk) -> None:
    with desk.deployment.store.write() as conn:
        kinds = ["key.added" if n % 2 else "other" for n in range(120)]
        append(conn, [Event(one, f"x:{n}") for n, one in enumerate(kinds)], desk.site.clock.now())
    with desk.deployment.store.read() as conn:
        first = looking.events(conn, ["key.added"])
        rest = looking.events(conn, ["key.added"], first.before)
    assert (len(first.entries), len(rest.entries), rest.before) == (50, 10, 0)
    assert first.entries[0].subject == "x:119"


def test_a_sound_seal_says_so(desk: Desk, auditor: Any) -> None:
    assert "还没有封存过日志" in text_of(auditor.get(f"{AUDIT}/seal"))
    deployment = desk.deployment
    sealing.seal_next(deployment.store, deployment.clock, deployment.secrets.seal_key)
    assert "签名有效" in text_of(auditor.get(f"{AUDIT}/seal"))


def test_a_changed_seal_is_told_in_words(desk: Desk, auditor: Any) -> None:
    deployment = desk.deployment
    sealing.seal_next(deployment.store, deployment.clock, deployment.secrets.seal_key)
    with deployment.store.write() as conn:
        conn.execute(update(journal_seal).values(root=bytes(32)))
    said = text_of(auditor.get(f"{AUDIT}/seal"))
    assert "核对不符" in said
    assert "封存内容与封存根不符" in said


def test_only_the_newest_seal_is_walked(desk: Desk) -> None:
    deployment = desk.deployment
    for _ in range(2):
        with deployment.store.write() as conn:
            append(conn, [Event("key.added", "x:1")], deployment.clock.now())
        sealing.seal_next(deployment.store, deployment.clock, deployment.secrets.seal_key)
    with deployment.store.write() as conn:
        first = journal_seal.c.number == 1
        conn.execute(update(journal_seal).where(first).values(root=bytes(32)))
    with deployment.store.read() as conn:
        assert sealing.verify_latest(conn) == ()
        assert next(one.seal for one in sealing.verify(conn)) == 1


def parked_job(desk: Desk) -> int:
    at = desk.site.clock.now()
    with desk.deployment.store.write() as conn:
        enqueue(conn, Job("demo.job", at), at)
        conn.execute(
            update(job)
            .where(job.c.kind == "demo.job")
            .values(state="parked", attempts=10, error="插件没有应答")
        )
        return int(conn.execute(select(job.c.id).where(job.c.kind == "demo.job")).scalar_one())


def test_a_job_that_was_given_up_can_be_tried_again(desk: Desk, administrator: Any) -> None:
    number = parked_job(desk)
    said = text_of(administrator.get(SYSTEM))
    assert "demo.job" in said
    assert "插件没有应答" in said
    administrator.send(f"{SYSTEM}/retry/job/{number}")
    with desk.deployment.store.read() as conn:
        state = conn.execute(select(job.c.state).where(job.c.id == number)).scalar_one()
    assert state == "open"


def test_a_message_that_was_given_up_can_be_sent_again(desk: Desk, administrator: Any) -> None:
    at = desk.site.clock.now()
    outgoing = OutgoingMessage(
        business_id="b-1",
        to="account:1",
        organization_id=None,
        gateway="webhook",
        subject=Words("逾期提醒"),
        body=Words("请办理"),
    )
    with desk.deployment.store.write() as conn:
        number = messages.queue(conn, outgoing, at)
        conn.execute(update(message).values(state="parked"))
    assert "逾期提醒" in text_of(administrator.get(SYSTEM))
    administrator.send(f"{SYSTEM}/retry/message/{number}")
    with desk.deployment.store.read() as conn:
        assert messages.load(conn, number or 0).state == "queued"  # type: ignore[union-attr]


def test_an_event_that_a_plugin_did_not_take_can_be_told_again(
    desk: Desk, administrator: Any
) -> None:
    row = {"reader": "plugin:zhejiang", "seq": 1, "subject": "case:5", "state": "parked"}
    with desk.deployment.store.write() as conn:
        conn.execute(
            insert(journal_parked).values(
                **row, attempts=10, ready_at=desk.site.clock.now(), error="KeyError"
            )
        )
        number = conn.execute(select(journal_parked.c.id)).scalar_one()
    assert "plugin:zhejiang" in text_of(administrator.get(SYSTEM))
    administrator.send(f"{SYSTEM}/retry/event/{number}")
    with desk.deployment.store.read() as conn:
        assert conn.execute(select(journal_parked.c.state)).scalar_one() == "waiting"


def test_an_auditor_looks_but_retries_nothing(desk: Desk, auditor: Any) -> None:
    parked_job(desk)
    page = auditor.page(SYSTEM)
    assert "demo.job" in page
    assert "/retry/" not in page


def test_a_worker_that_leaves_work_lying_is_told(desk: Desk, administrator: Any) -> None:
    assert "后台正常" in text_of(administrator.get(SYSTEM))
    with desk.deployment.store.write() as conn:
        early = desk.site.clock.now() - timedelta(minutes=10)
        enqueue(conn, Job("demo.job", early), early)
    assert "请检查 worker 进程" in text_of(administrator.get(SYSTEM))


def test_the_profile_is_named_with_its_digest_and_layers(desk: Desk, administrator: Any) -> None:
    page = administrator.page(SYSTEM)
    assert desk.deployment.profile.digest in page
    assert all(layer.name in page for layer in desk.deployment.profile.layers)


def test_an_unknown_thing_cannot_be_retried(desk: Desk, administrator: Any) -> None:
    parked_job(desk)
    administrator.page(SYSTEM)
    token = fields_of(administrator.last.get_data(as_text=True), "/console/sign-out")
    answer = administrator.client.post(f"{SYSTEM}/retry/other/1", data=token)
    assert answer.status_code == 404


def test_an_auditor_of_a_county_reads_of_its_own_people_only(desk: Desk) -> None:
    near = desk.office.account((Role.HANDLER, {"region": REGION}), login="near", name="近处人")
    desk.office.account((Role.HANDLER, {"region": ELSEWHERE}), login="far", name="远处人")
    bound = desk.person(Role.AUDITOR, region=REGION)
    said = text_of(bound.get("/console/audit/events"))
    assert near
    assert "近处人" in said
    assert "远处人" not in said


def test_a_look_in_another_county_is_not_listed_for_a_bound_auditor(desk: Desk) -> None:
    case, who = desk.office.case(), desk.office.account()
    with desk.deployment.store.write() as conn:
        look = Look(1, who, "核对远处的材料", case.id)
        record(conn, look, desk.site.clock.now())
    assert "核对远处的材料" in text_of(desk.person(Role.AUDITOR, region=REGION).get(AUDIT))
    assert "核对远处的材料" not in text_of(desk.person(Role.AUDITOR, region=ELSEWHERE).get(AUDIT))


def test_an_administrator_of_a_county_retries_nothing_of_the_deployment(desk: Desk) -> None:
    bound = desk.person(Role.ADMINISTRATOR, region=REGION)
    job_id = parked_job(desk)
    page = bound.page("/console/system")
    assert f"/retry/job/{job_id}" not in page
    token = fields_of(page, "/console/sign-out")["csrf_token"]
    answer = bound.client.post(f"/console/system/retry/job/{job_id}", data={"csrf_token": token})
    assert answer.status_code == 403
