"""The delivery log in the console, sending again, and where one is reached."""

from __future__ import annotations

from typing import Any

import pytest

from haochaping.delivery import book, log, messages
from haochaping.delivery.log import Wanted
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words
from tests.web.console_b.conftest import UNIT, Desk, Role, text_of

LOG = "/console/messages"


@pytest.fixture
def administrator(desk: Desk) -> Any:
    return desk.person(Role.ADMINISTRATOR)


@pytest.fixture
def lost(desk: Desk) -> int:
    """A message that the robot, which has no address here, cannot send."""
    meant = OutgoingMessage(
        "case:7:1:reply:1", "handler", UNIT, "webhook", Words("工单即将到期"), Words("请办理")
    )
    deployment = desk.deployment
    with deployment.store.write() as conn:
        found = messages.queue(conn, meant, deployment.clock.now())
    assert found is not None
    desk.office.work()
    return found


def test_a_message_that_did_not_arrive_is_found_and_sent_again(
    desk: Desk, administrator: Any, lost: int
) -> None:
    listed = text_of(administrator.get(f"{LOG}?state=parked"))
    for word in ("工单即将到期", "消息机器人", "承办人", "未送达"):
        assert word in listed
    here = f"{LOG}/{lost}"
    shown = text_of(administrator.get(here))
    for word in ("请办理", "case:7:1:reply:1", "no url or no key", "被拒绝"):
        assert word in shown
    administrator.send(f"{here}/again", here)
    assert "已安排重新发送" in text_of(administrator.get(f"{here}?done=1"))
    with desk.deployment.store.read() as conn:
        line = log.find(conn, lost)
        assert line is not None
        assert line.state == "queued"
        assert [one.id for one in log.listing(conn, Wanted(state="queued"))] == [lost]
    assert "没有这样的消息" in text_of(administrator.get(f"{LOG}?state=parked&gateway=sms"))
    assert administrator.get(f"{LOG}/1").status_code == 404


def test_one_notes_where_one_is_reached(desk: Desk, administrator: Any) -> None:
    here = "/console/account"
    assert "手机号（短信）" in text_of(administrator.get(here))
    refused = administrator.send(f"{here}/addresses", here, **{"address-mobile": "138"})
    assert (refused.status_code, "手机号应为 11 位数字" in text_of(refused)) == (422, True)
    administrator.send(f"{here}/addresses", here, **{"address-mobile": "13900005678"})
    assert "13900005678" in administrator.get(here).get_data(as_text=True)
    deployment = desk.deployment
    with deployment.store.read() as conn:
        (row,) = conn.execute(book.account_address.select()).all()
        assert book.find(conn, deployment.keyring, row.account_id, "mobile") == "13900005678"
        assert b"13900005678" not in row.sealed
