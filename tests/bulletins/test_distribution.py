"""An issued bulletin reaches mail boxes and groups, each once; refusals stand in the log."""

from __future__ import annotations

import email
import email.policy
import json
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from haochaping.access import accounts, grants
from haochaping.access.roles import Role
from haochaping.bulletins import kept
from haochaping.bulletins.desk import By, Desk
from haochaping.bulletins.rules import BulletinRules, Edition
from haochaping.delivery import book, log, messages
from haochaping.delivery.addresses import Rules
from haochaping.delivery.deliver import handler
from haochaping.delivery.gateways import Gateways
from haochaping.delivery.kinds import KINDS
from haochaping.delivery.outgoing import Limits, Outgoing
from haochaping.deployment import Deployment
from haochaping.jobs import Runner
from haochaping.plugins.references import load
from haochaping.profile import Profile
from tests.bulletins.conftest import OCTOBER
from tests.bulletins.test_desk import AUTHOR, CHIEF, drafts
from tests.delivery.conftest import KEY, Answer, Robot, robot
from tests.delivery.test_mail import PASSWORD, Post, certificate, post
from tests.web.public import town

__all__ = ["certificate", "post", "robot"]

SITE = "http://localhost"
MAIL = "zong.jiandu@example.gov.cn"
RECEIVERS = [
    {"to": "supervisor", "gateway": "mail"},
    {"to": "supervisor", "gateway": "webhook"},
]


def test_each_receiver_is_told_once_and_a_refusal_is_seen(
    place: Deployment, post: Post, robot: Robot, certificate: Path
) -> None:
    rules = BulletinRules.of(_with_receivers(place))
    ways = _gateways(place, post, robot, certificate)
    runner = Runner(
        place.store, place.clock, {"deliver": handler(ways, place.vault)}, lambda *_, **__: None
    )
    desk = replace(place.bulletins.desk, rules=rules, groups=ways.groups)
    with place.store.write() as conn:
        _supervisor(place, conn)
    drafts(place)

    assert _issue(place, desk, Edition.PUBLIC) == 2  # of six organizations, one of them each
    _work_twice(runner)
    [got] = [email.message_from_bytes(one, policy=email.policy.default) for one in post.mails]
    assert (got["To"], got["Subject"]) == (MAIL, "关于2026年10月政务服务“好差评”情况的通报")
    [said] = [json.loads(one.body)["text"]["content"] for one in robot.received]
    for text in (got.get_content(), said):
        assert f"{SITE}/bulletins/2026-10/1" in text
        assert "2026年10月" in text
    assert {one.state for one in _log(place)} == {messages.SENT}

    robot.answers, post.say["RCPT"] = [Answer(status=403)], "550 no such user"
    assert _issue(place, desk, Edition.INTERNAL) == 2
    _work_twice(runner)
    assert (len(robot.received), len(post.mails)) == (2, 1)
    refused = [one for one in _log(place) if one.state == messages.PARKED]
    assert {one.gateway for one in refused} == {"mail", "webhook"}
    with place.store.read() as conn:
        tried = [messages.attempts(conn, one.id) for one in refused]
    assert sorted((len(each), each[0].outcome, each[0].status) for each in tried) == [
        (1, "refused", 403),
        (1, "refused", 550),
    ]


def _with_receivers(place: Deployment) -> Profile:
    own = {**place.profile.data["bulletins"], "receivers": RECEIVERS}
    return replace(place.profile, data={**place.profile.data, "bulletins": own})


def _gateways(place: Deployment, post: Post, robot: Robot, certificate: Path) -> Gateways:
    """A mail server and a robot of this machine, as the settings of a deployment make them."""
    rules = Rules(frozenset({f"127.0.0.1:{post.port}", "127.0.0.1"}), loopback=True)
    limits = Limits(connect_seconds=1, read_seconds=1)
    outgoing = Outgoing(rules, place.clock, limits, certificate)
    mail = {
        "host": "127.0.0.1", "port": post.port, "user": "hcp", "secret": PASSWORD,
        "sender": "hcp@example.gov.cn", "site": SITE,
    }  # fmt: skip
    settings = {"mail": mail, "webhook": {"url": robot.url, "key": KEY, "site": SITE}}
    return Gateways(outgoing, settings, load, [replace(KINDS["email"], name="mail")])


def _supervisor(place: Deployment, conn: Connection) -> None:
    """Add a supervisor of the whole province, who can be written to."""
    emit, now = place.journal.emit, place.clock.now()
    number = accounts.create(conn, emit, accounts.NewAccount("chief", "总监督", "x"), now)
    held = grants.NewGrant(number, Role.SUPERVISOR, region=town.PROVINCE)
    grants.give(conn, emit, held, now)
    book.note(conn, place.vault.keyring, number, book.EMAIL, MAIL, now)


def _issue(place: Deployment, desk: Desk, edition: Edition) -> int:
    """Take October's draft all the way; return how many messages go out."""
    now = place.clock.now()
    for step, account in ((desk.submit, AUTHOR), (desk.approve, CHIEF), (desk.issue, CHIEF)):
        with place.store.write() as conn:
            found = kept.newest(conn, OCTOBER, edition)
            assert found is not None
            sent = step(conn, found, By(account, now))
        if step == desk.approve:
            place.bulletins.render(place.store, found.id, now)
    assert isinstance(sent, int)
    return sent


def _work_twice(runner: Runner) -> None:
    for _ in range(2):
        while runner.run_due():
            pass


def _log(place: Deployment) -> list[log.Line]:
    with place.store.read() as conn:
        return list(log.listing(conn, log.Wanted()))
