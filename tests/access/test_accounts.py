"""Accounts are made, found, closed; roles are granted within places and kept apart."""

from __future__ import annotations

import pytest
from tests.access.conftest import BUREAU, EAST, HALL, OFFICE, OTHER, PROVINCE, STAFF, WEST

from haochaping.access import accounts, grants, sessions
from haochaping.access.accounts import LoginRefused, NoSuchAccount
from haochaping.access.grants import GrantRefused
from haochaping.access.principals import Grant
from haochaping.access.roles import Role
from haochaping.access.sessions import Stage


def test_a_new_account_must_change_its_password(store, people, clock):
    account_id = people.add("Li.Lei")
    with store.read() as conn:
        account = accounts.load(conn, account_id)
    assert (account.login, account.name, account.must_change) == ("li.lei", "李雷", True)
    assert account.created_at == clock.now()
    assert account.signed_in_at is None


def test_names_are_the_same_in_any_width_and_case(store, people):
    account_id = people.add("li.lei")
    with store.read() as conn:
        assert accounts.find(conn, " ＬＩ.Lei ").id == account_id
        assert accounts.find(conn, "han.mei") is None


def test_a_taken_name_is_refused(people):
    people.add("li.lei")
    with pytest.raises(LoginRefused, match="已存在"):
        people.add("LI.LEI")


@pytest.mark.parametrize("login", ["", "x", "李雷", "li lei", "-li", "a" * 65, "li\u202elei"])
def test_a_name_that_is_no_name_is_refused(people, login):
    with pytest.raises(LoginRefused):
        people.add(login)


@pytest.mark.parametrize("name", ["", "   ", "名" * 65, "李\u202e雷"])
def test_a_display_name_is_required_and_printable(people, name):
    with pytest.raises(LoginRefused):
        people.add("li.lei", name=name)


def test_creating_is_journalled_without_the_name(people, emit):
    account_id = people.add()
    assert [(event.kind, event.subject, dict(event.payload)) for event in emit.events] == [
        ("account.created", f"account:{account_id}", {"by": None})
    ]


def test_accounts_are_listed_page_by_page_and_found_by_part_of_the_name(store, people):
    for login in ("c", "a", "b"):
        people.add(f"user.{login}", name=f"人{login}")
    with store.read() as conn:
        assert [each.login for each in accounts.listing(conn, limit=2)] == ["user.a", "user.b"]
        assert [each.login for each in accounts.listing(conn, after="user.b")] == ["user.c"]
        assert [each.login for each in accounts.listing(conn, containing="人b")] == ["user.b"]
        assert accounts.listing(conn, containing="%") == []


def test_display_names_by_id(store, people):
    account_id = people.add()
    with store.read() as conn:
        assert accounts.name(conn, account_id) == "李雷"
        assert accounts.name(conn, 1) == ""
        assert accounts.names(conn, [account_id, 1]) == {account_id: "李雷"}


def test_closing_an_account_ends_its_sessions_and_its_rights(
    store, people, emit, clock, keyring, rules
):
    account_id = people.add("li.lei", "auditor")
    with store.write() as conn:
        opened = sessions.open_session(conn, keyring, account_id, Stage.FULL, clock.now())
        accounts.disable(conn, emit, account_id, clock.now(), by=7)
    assert people.principal(account_id) is None
    with store.read() as conn:
        idle = rules.idle_minutes
        assert idle == 30
        assert sessions.of_account(conn, account_id, clock.now(), sessions.ABSOLUTE) == ()
    assert opened.session.account_id == account_id
    assert emit.payloads("account.disabled") == [{"by": 7}]


def test_a_closed_account_can_be_opened_again(store, people, emit, clock):
    account_id = people.add("li.lei", "auditor")
    with store.write() as conn:
        accounts.disable(conn, emit, account_id, clock.now())
        accounts.enable(conn, emit, account_id, clock.now())
    assert people.principal(account_id).roles == {Role.AUDITOR}


@pytest.mark.parametrize("act", [accounts.disable, accounts.enable])
def test_what_is_not_there_cannot_be_changed(store, emit, clock, act):
    with store.write() as conn, pytest.raises(NoSuchAccount):
        act(conn, emit, 1, clock.now())


def test_loading_what_is_not_there_says_so(store):
    with store.read() as conn:
        with pytest.raises(NoSuchAccount):
            accounts.load(conn, 1)
        with pytest.raises(NoSuchAccount):
            accounts.password_hash_of(conn, 1)


@pytest.mark.usefixtures("places")
def test_a_principal_has_grants_with_the_paths_of_their_places(people):
    account_id = people.add("li.lei", "handler", region=WEST, organization_id=OFFICE)
    principal = people.principal(account_id)
    assert principal.name == "李雷"
    assert principal.grants == (
        Grant(
            Role.HANDLER,
            region=WEST,
            organization_id=OFFICE,
            region_path=f"/{PROVINCE}/{WEST}/",
            organization_path=f"/{BUREAU}/{OFFICE}/",
        ),
    )


def test_an_account_without_grants_is_somebody_who_may_nothing(people):
    principal = people.principal(people.add())
    assert principal.grants == ()
    assert not principal.may("inbox.read")


def test_nobody_is_behind_an_unknown_id(people):
    assert people.principal(1) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("administrator", "security_officer"),
        ("security_officer", "auditor"),
        ("auditor", "administrator"),
    ],
)
def test_administrator_security_officer_and_auditor_are_three_people(people, first, second):
    account_id = people.add("li.lei", first)
    with pytest.raises(GrantRefused, match="三人分任"):
        people.grant(account_id, second)
    assert people.principal(account_id).roles == {Role(first)}


@pytest.mark.usefixtures("places")
def test_one_of_the_three_may_be_held_in_two_places(people):
    account_id = people.add("li.lei", "administrator", region=WEST)
    people.grant(account_id, "administrator", region=EAST)
    assert len(people.principal(account_id).grants) == 2


def test_after_a_revoke_another_of_the_three_can_be_granted(store, people, emit, clock):
    account_id = people.add("li.lei", "auditor")
    with store.write() as conn:
        (held,) = grants.held(conn, account_id)
        assert grants.revoke(conn, emit, held.id, clock.now(), by=7)
        assert not grants.revoke(conn, emit, held.id, clock.now())
    people.grant(account_id, "administrator")
    assert people.principal(account_id).roles == {Role.ADMINISTRATOR}
    assert emit.payloads("grant.revoked") == [{"by": 7, "grant": held.id, "role": "auditor"}]


def test_nobody_grants_to_themselves(people):
    account_id = people.add("li.lei", "security_officer")
    with pytest.raises(GrantRefused, match="自己"):
        people.grant(account_id, "publisher", by=account_id)


@pytest.mark.parametrize("role", ["device", "business_system"])
def test_machines_have_keys_not_accounts(people, role):
    with pytest.raises(GrantRefused, match="密钥"):
        people.grant(people.add(), role)


def test_a_staff_member_needs_a_staff_number(people):
    with pytest.raises(GrantRefused, match="工号"):
        people.grant(people.add(), "staff_member")


@pytest.mark.parametrize(
    "place", [{"region": "123456"}, {"organization_id": 9}, {"hall_id": 9}, {"staff_id": 9}]
)
@pytest.mark.usefixtures("places")
def test_a_place_that_does_not_exist_is_refused(people, place):
    with pytest.raises(GrantRefused, match="没有这个"):
        people.grant(people.add(), "handler", **place)


@pytest.mark.usefixtures("places")
def test_the_same_grant_twice_is_one(store, people, emit):
    account_id = people.add("li.lei", "handler", organization_id=BUREAU)
    people.grant(account_id, "handler", organization_id=BUREAU)
    assert len(people.principal(account_id).grants) == 1
    assert emit.kinds.count("grant.given") == 1


def test_granting_to_nobody_says_so(people):
    with pytest.raises(NoSuchAccount):
        people.grant(1, "auditor")


def test_whether_anybody_is_administrator_yet(store, people, emit, clock):
    with store.write() as conn:
        assert not grants.anybody_with(conn, Role.ADMINISTRATOR)
    account_id = people.add("li.lei", "administrator")
    with store.write() as conn:
        assert grants.anybody_with(conn, Role.ADMINISTRATOR)
        accounts.disable(conn, emit, account_id, clock.now())
        assert not grants.anybody_with(conn, Role.ADMINISTRATOR)


@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(
    ("place", "organization_id", "expected"),
    [
        ({"organization_id": OFFICE}, OFFICE, False),
        ({"organization_id": OFFICE}, BUREAU, False),
        ({"organization_id": BUREAU}, OFFICE, True),
        ({"organization_id": OTHER}, BUREAU, True),
        ({"region": WEST}, BUREAU, True),
        ({"hall_id": HALL}, BUREAU, False),
        ({"hall_id": HALL}, OTHER, True),
        ({"staff_id": STAFF}, OFFICE, False),
        ({"staff_id": STAFF}, 999, True),
    ],
)
def test_an_account_is_outside_a_unit_it_does_not_belong_to(
    store, people, place, organization_id, expected
):
    account_id = people.add("li.lei", "handler", **place)
    with store.read() as conn:
        assert accounts.outside(conn, account_id, organization_id) is expected
