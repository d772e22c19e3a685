"""Checks of people and rules: the three duties, second factors, passwords, assumptions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from haochaping.access import grants
from haochaping.access.roles import SEPARATED, Role
from haochaping.access.tables import account, account_grant, is_set
from haochaping.deployment import Deployment
from haochaping.examining.data import count
from haochaping.examining.findings import Check, Found, Level, fault, warning
from haochaping.hooks.values import Words
from haochaping.profile.production import unconfirmed

_FIRST_PASSWORD_DAYS: Final = timedelta(days=7)
_UNUSED: Final = timedelta(days=90)


def _people(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    for role in (Role.ADMINISTRATOR, Role.SECURITY_OFFICER, Role.AUDITOR):
        if not grants.anybody_with(conn, role):
            yield warning(f"没有人担任 {role}", f"nobody is {role}")


def _duties(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    several = (
        select(account.c.login)
        .join(account_grant, account_grant.c.account_id == account.c.id)
        .where(account_grant.c.revoked_at.is_(None), account_grant.c.role.in_(SEPARATED))
        .group_by(account.c.login)
        .having(func.count(account_grant.c.role.distinct()) > 1)
    )
    for login in conn.execute(several).scalars():
        yield fault(f"{login} 身兼两职", f"{login} holds two of the three duties")


def _second_factor(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    required = deployment.profile.rules.access.second_factor.roles
    for role in sorted(SEPARATED - {Role(name) for name in required}):
        yield warning(f"{role} 不要求第二因素", f"{role} needs no second factor")


def _first_passwords(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    since = deployment.clock.now() - _FIRST_PASSWORD_DAYS
    number = count(
        conn,
        account,
        is_set(account.c.active),
        is_set(account.c.must_change),
        account.c.password_at < since,
    )
    if number:
        yield warning(
            f"{number} 个账号仍用初始口令", f"{number} accounts still have their first password"
        )


def _unused(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    since = deployment.clock.now() - _UNUSED
    number = count(conn, account, is_set(account.c.active), account.c.signed_in_at < since)
    if number:
        yield warning(
            f"{number} 个账号 90 天未登录", f"{number} accounts were not used for 90 days"
        )


def _profile(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    open_questions = len(unconfirmed(deployment.profile))
    if open_questions:
        level = Level.FAULT if deployment.settings.production else Level.WARNING
        what = Words(
            f"配置档有 {open_questions} 项假定未经确认",
            f"{open_questions} assumptions of the profile are unconfirmed",
        )
        yield Found(level, what)


CHECKS: Final = (
    Check(
        "people",
        Words("三个人互相监督才可信", "three people who check one another make it credible"),
        Words("haochaping user add", "haochaping user add"),
        _people,
    ),
    Check(
        "duties",
        Words("一人身兼两职，就没有人监督他", "who holds two duties is checked by nobody"),
        Words("收回其中一个角色", "revoke one of the roles"),
        _duties,
    ),
    Check(
        "second_factor",
        Words("口令被偷后只剩第二因素", "a stolen password opens everything else"),
        Words(
            "在配置档 access.second_factor.roles 中列出", "name it in access.second_factor.roles"
        ),
        _second_factor,
    ),
    Check(
        "first_passwords",
        Words("初始口令经过别人的手", "first passwords went through other hands"),
        Words("请本人登录修改，或停用账号", "ask them to sign in, or close the accounts"),
        _first_passwords,
    ),
    Check(
        "unused_accounts",
        Words("没人用的账号是多余的入口", "an account that nobody uses is a door too many"),
        Words("核对后停用", "look at them, then close them"),
        _unused,
    ),
    Check(
        "profile",
        Words("未确认的规则不能作为考核依据", "nobody can be judged by unconfirmed rules"),
        Words("haochaping check --production", "haochaping check --production"),
        _profile,
    ),
)
