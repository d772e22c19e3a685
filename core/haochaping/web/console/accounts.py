"""Accounts: the administrator makes and closes them, the security officer grants their roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import Connection

from haochaping.access import accounts, grants, lockout, passwords, placing, sessions, totp
from haochaping.access import identities as binding
from haochaping.access.account_rows import ACCOUNTS
from haochaping.access.accounts import (
    Account,
    LoginRefused,
    NewAccount,
    NoSuchAccount,
    PasswordChange,
)
from haochaping.access.grants import GrantRefused, Held
from haochaping.access.identities import Bind, BindingRefused, Subject, Unbind
from haochaping.access.placing import Place
from haochaping.access.principals import Forbidden
from haochaping.access.roles import MACHINES, ROLE_NAMES
from haochaping.journal import Event
from haochaping.messages import N_
from haochaping.problems import Problem
from haochaping.web import formats
from haochaping.web.console import account_rules, imports
from haochaping.web.console.account_rules import GuardedAccount, OwnAccount
from haochaping.web.console.own import OwnIdentity, identities_of, place_of
from haochaping.web.console.wording import Tag
from haochaping.web.errors import NotFound
from haochaping.web.forms import FieldFault
from haochaping.web.guard import principal
from haochaping.web.i18n import _, words
from haochaping.web.routes import route
from haochaping.web.site import site

pages: Final = Blueprint("accounts", "haochaping.web")
HERE: Final = "/console/accounts"
READ, MANAGE, GRANT, REVOKE = "account.read", "account.manage", "grant.manage", "session.revoke"
PAGE: Final = 50

DONE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "disable": N_("账号已停用，登录已全部结束。"),
        "enable": N_("账号已恢复。"),
        "reset-factor": N_("两步验证已解除，登录已全部结束；下次登录按规定重新设置。"),
        "end-sessions": N_("登录已全部结束。"),
        "bind": N_("身份已绑定。"),
        "unbind": N_("身份绑定已解除。"),
        "grant": N_("角色已授予。"),
        "revoke": N_("角色已收回。"),
    }
)
"""What the page says after an action."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in the list."""

    href: str
    login: str
    name: str
    roles: str
    seen: str
    active: bool


@dataclass(frozen=True, slots=True)
class AccountList:
    """A page of accounts."""

    rows: tuple[AccountRow, ...]
    containing: str
    more: str
    may_create: bool
    import_href: str


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that an account holds."""

    id: int
    title: str
    place: str
    since: str


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One account; `may` names the permissions that reach it."""

    account: Account
    tags: tuple[Tag, ...]
    roles: tuple[HeldRole, ...]
    offered: tuple[tuple[str, str], ...]
    may: frozenset[str]
    values: Mapping[str, str]
    identities: tuple[OwnIdentity, ...]
    providers: tuple[tuple[str, str], ...]
    done: str = ""
    faults: tuple[FieldFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Secret:
    """An initial password, shown once."""

    login: str
    name: str
    password: str
    href: str


@route(pages, HERE)
def listing() -> str:
    """Show the accounts within reach."""
    containing = request.args.get("q", "").strip()[:64]
    with site().store.read() as conn:
        after = request.args.get("after", "")[:64]
        found = accounts.listing(conn, after=after, containing=containing, limit=PAGE)
        inside = [one for one in found if account_rules.manageable(conn, READ, one.id)]
        rows = tuple(_row(conn, one) for one in inside)
    query = urlencode({"q": containing, "after": found[-1].login}) if len(found) == PAGE else ""
    more = f"{HERE}?{query}" if query else ""
    importing = next((one.href for one in imports.offered() if one.name == ACCOUNTS.name), "")
    page = AccountList(rows, containing, more, principal().may(MANAGE), importing)
    return render_template("console/accounts.html", page=page)


@route(pages, f"{HERE}/new")
def blank() -> str:
    """Show the form of a new account."""
    return render_template("console/account_new.html", values={}, faults=())


@route(pages, f"{HERE}/new", methods=("POST",))
def create() -> Response:
    """Make an account; its initial password is shown once."""
    given = {name: request.form.get(name, "") for name in ("login", "name")}
    password = passwords.initial()
    new = NewAccount(given["login"], given["name"], passwords.hashed(password))
    deployment, emit = site(), site().journal.emit
    try:
        with deployment.store.write() as conn:
            at, by = deployment.clock.now(), principal().account_id
            account_id = accounts.create(conn, emit, new, at, by)
    except LoginRefused as problem:
        faults = (FieldFault("login", words(problem.detail)),)
        page = render_template("console/account_new.html", values=given, faults=faults)
        return make_response(page, 422)
    return _shown_once(account_id, password)


@route(pages, f"{HERE}/<int:account_id>")
def show(account_id: int) -> str:
    """Show one account."""
    done = DONE.get(request.args.get("done", ""), "")
    page = replace(_page(account_id), done=_(done) if done else "")
    return render_template("console/account_page.html", page=page)


@route(pages, f"{HERE}/<int:account_id>/reset-password", methods=("POST",))
def reset_password(account_id: int) -> Response:
    """Set a new initial password, shown once; the account's sessions end."""
    password = passwords.initial()
    hashed, deployment = passwords.hashed(password), site()
    try:
        with deployment.store.write() as conn:
            account_rules.require_manageable(conn, MANAGE, account_id)
            account_rules.require_unguarded(conn, account_id)
            found, by = accounts.load(conn, account_id), principal().account_id
            change = PasswordChange(account_id, hashed, initial=True, by=by)
            accounts.set_password(conn, deployment.journal.emit, change, deployment.clock.now())
            key = lockout.key_of(deployment.keyring, f"login:{found.login}")
            lockout.clear(conn, key)
    except (GuardedAccount, OwnAccount) as problem:
        return _again(account_id, FieldFault("account", words(problem.detail)), problem)
    return _shown_once(account_id, password)


@route(pages, f"{HERE}/<int:account_id>/manage/<action>", methods=("POST",))
def manage(account_id: int, action: str) -> Response:
    """Close or open an account."""
    return _act(account_id, MANAGE, action, {"disable": _disable, "enable": _enable})


@route(pages, f"{HERE}/<int:account_id>/identities/<action>", methods=("POST",))
def identities(account_id: int, action: str) -> Response:
    """Bind an identity to an account, or undo that."""
    return _act(account_id, MANAGE, action, {"bind": _bind, "unbind": _unbind})


@route(pages, f"{HERE}/<int:account_id>/end-sessions", methods=("POST",))
def end_sessions(account_id: int) -> Response:
    """End all sessions of an account."""
    return _act(account_id, REVOKE, "end-sessions", {"end-sessions": _end_sessions})


@route(pages, f"{HERE}/<int:account_id>/roles/<action>", methods=("POST",))
def roles(account_id: int, action: str) -> Response:
    """Grant a role, take one back, or take the second factor off."""
    known = {"grant": _grant, "revoke": _revoke, "reset-factor": _reset_factor}
    return _act(account_id, GRANT, action, known)


Action = Callable[[Connection, int], None]


def _act(account_id: int, permission: str, action: str, known: Mapping[str, Action]) -> Response:
    if action not in known:
        raise NotFound()
    try:
        with site().store.write() as conn:
            account_rules.require_manageable(conn, permission, account_id)
            known[action](conn, account_id)
    except (GrantRefused, OwnAccount) as problem:
        return _again(account_id, FieldFault("role", words(problem.detail)), problem)
    except (BindingRefused, GuardedAccount) as problem:
        return _again(account_id, FieldFault("subject", words(problem.detail)), problem)
    except Forbidden as problem:
        if action != "grant":
            raise
        return _again(account_id, FieldFault("role", words(problem.detail)), problem)
    return make_response(redirect(f"{HERE}/{account_id}?done={action}", 303))


def _disable(conn: Connection, account_id: int) -> None:
    deployment, by = site(), principal().account_id
    accounts.disable(conn, deployment.journal.emit, account_id, deployment.clock.now(), by)


def _enable(conn: Connection, account_id: int) -> None:
    deployment, by = site(), principal().account_id
    accounts.enable(conn, deployment.journal.emit, account_id, deployment.clock.now(), by)


def _bind(conn: Connection, account_id: int) -> None:
    account_rules.require_unguarded(conn, account_id)
    posted, deployment = request.form, site()
    provider = deployment.providers.spec(posted.get("provider", "")).name
    subject = Subject(provider, posted.get("subject", "").strip())
    wanted = Bind(account_id, subject, principal().account_id)
    binding.bind(conn, deployment.keyring, deployment.journal.emit, wanted, deployment.clock.now())


def _unbind(conn: Connection, account_id: int) -> None:
    account_rules.require_unguarded(conn, account_id)
    wanted, deployment = request.form.get("binding", 0, int), site()
    gone = Unbind(account_id, wanted, principal().account_id)
    binding.unbind(conn, deployment.journal.emit, gone, deployment.clock.now())  # gone is gone


def _end_sessions(conn: Connection, account_id: int) -> None:
    at = site().clock.now()
    sessions.revoke_all(conn, account_id, at)
    _tell(conn, "account.sessions_ended", account_id)


def _reset_factor(conn: Connection, account_id: int) -> None:
    """Take the second factor off; who has the password cannot do this alone."""
    totp.remove(conn, account_id)
    sessions.revoke_all(conn, account_id, site().clock.now())
    _tell(conn, "account.factor_removed", account_id)


def _grant(conn: Connection, account_id: int) -> None:
    posted, deployment = request.form, site()
    role = placing.role_named(posted.get("role", ""))
    place = Place(*(posted.get(name, "").strip() for name in _PLACE))
    wanted = placing.grant_of(conn, account_id, role, place)
    new = replace(wanted, by=principal().account_id)
    account_rules.require_grantable(conn, GRANT, new)
    grants.give(conn, deployment.journal.emit, new, deployment.clock.now())


_PLACE: Final = ("region", "organization", "hall", "staff")
_TYPED: Final = ("role", "provider", "subject", *_PLACE)


def _revoke(conn: Connection, account_id: int) -> None:
    wanted, deployment = request.form.get("grant", type=int), site()
    if wanted not in {one.id for one in grants.held(conn, account_id)}:
        raise NotFound()
    by = principal().account_id
    grants.revoke(conn, deployment.journal.emit, wanted or 0, deployment.clock.now(), by)


def _tell(conn: Connection, kind: str, account_id: int) -> None:
    event = Event(kind, f"account:{account_id}", {"by": principal().account_id})
    site().journal.emit(conn, event, site().clock.now())


def _row(conn: Connection, one: Account) -> AccountRow:
    held = dict.fromkeys(words(ROLE_NAMES[each.grant.role]) for each in grants.held(conn, one.id))
    seen = formats.moment(one.signed_in_at) if one.signed_in_at else _("从未登录")
    return AccountRow(f"{HERE}/{one.id}", one.login, one.name, "、".join(held), seen, one.active)


def _page(account_id: int, *faults: FieldFault) -> AccountPage:
    with site().store.read() as conn:
        found = accounts.load(conn, account_id)
        if account_id != principal().account_id and not account_rules.manageable(
            conn, READ, account_id
        ):
            raise NoSuchAccount()  # as if it were not there
        held = tuple(_role(conn, each) for each in grants.held(conn, account_id))
        bound = identities_of(conn, account_id)
        may = frozenset(
            one
            for one in (MANAGE, GRANT, REVOKE)
            if principal().may(one) and account_rules.manageable(conn, one, account_id)
        )
    own = account_id == principal().account_id
    return AccountPage(
        account=found,
        tags=_tags(found),
        roles=held,
        offered=tuple(
            (str(role), words(names)) for role, names in ROLE_NAMES.items() if role not in MACHINES
        ),
        may=frozenset() if own else may,
        values={name: request.form.get(name, "") for name in _TYPED},
        identities=bound,
        providers=tuple((one.name, words(one.title)) for one in site().providers.offered),
        faults=faults,
    )


def _role(conn: Connection, each: Held) -> HeldRole:
    grant = each.grant
    title = words(ROLE_NAMES[grant.role])
    return HeldRole(each.id, title, place_of(conn, grant), formats.day(each.granted_at))


def _tags(found: Account) -> tuple[Tag, ...]:
    marks = (
        (not found.active, Tag(_("已停用"), "bad")),
        (found.must_change, Tag(_("初始密码未修改"), "warn")),
        (found.second_factor, Tag(_("已启用两步验证"), "good")),
    )
    return tuple(tag for held, tag in marks if held)


def _shown_once(account_id: int, password: str) -> Response:
    with site().store.read() as conn:
        found = accounts.load(conn, account_id)
    secret = Secret(found.login, found.name, password, f"{HERE}/{account_id}")
    return make_response(render_template("console/account_secret.html", secret=secret))


def _again(account_id: int, fault: FieldFault, problem: Problem) -> Response:
    page = _page(account_id, fault)
    return make_response(render_template("console/account_page.html", page=page), problem.status)
