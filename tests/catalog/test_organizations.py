"""Organizations as a tree of credit codes and local codes."""

from __future__ import annotations

import pytest
from tests.catalog.conftest import (
    BUREAU,
    COURT,
    save_organizations,
    save_regions,
    statuses,
)

from haochaping.catalog import organizations
from haochaping.catalog.fields import FieldFault

HEADER = "code|name|region|parent"


@pytest.fixture
def conn(store):
    with store.write() as conn:
        save_regions(conn, "code|name", "990000|示例省", "990100|示例市", "990106|示例区")
        yield conn


def test_an_organization_is_known_by_its_credit_code(conn):
    save_organizations(conn, HEADER, f"{BUREAU}|政务服务局|990106000000|")
    found = organizations.find(conn, BUREAU)
    assert (found.uscc, found.region, found.place) == (BUREAU, "990106", "990106")
    assert found.path == f"/{found.id}/"


def test_a_credit_code_in_small_letters_is_the_same_code(conn):
    save_organizations(conn, HEADER, f"{BUREAU.lower()}|政务服务局|990106|")
    assert organizations.find(conn, BUREAU) is not None


def test_an_inner_office_has_a_local_code_and_the_credit_code_of_its_parent(conn):
    save_organizations(
        conn,
        HEADER,
        f"{BUREAU}|政务服务局|990106|",
        f"KS01|咨询科|990106|{BUREAU}",
        "KS01-2|二组|990106|KS01",
    )
    office, group = (organizations.find(conn, code) for code in ("KS01", "KS01-2"))
    assert group.uscc == office.uscc == BUREAU
    assert group.path.startswith(office.path)


def test_a_local_code_without_a_parent_is_refused():
    with pytest.raises(FieldFault, match="请填写上级代码"):
        organizations.draft({"code": "KS01", "name": "咨询科", "region": "990106"})


@pytest.mark.parametrize("parent", ["", BUREAU])
def test_a_mistyped_credit_code_is_refused_even_with_a_parent(parent):
    row = {"code": BUREAU[:-1] + "A", "name": "局", "region": "990106", "parent": parent}
    with pytest.raises(FieldFault, match="校验码不对"):
        organizations.draft(row)


def test_an_unknown_region_is_refused_in_words(conn):
    outcomes = save_organizations(conn, HEADER, f"{BUREAU}|政务服务局|880106|")
    assert statuses(outcomes) == ["refused"]
    assert "880106" in outcomes[0].reason.zh


def test_a_parent_may_follow_later_in_the_batch(conn):
    outcomes = save_organizations(
        conn, HEADER, f"KS01|咨询科|990106|{BUREAU}", f"{BUREAU}|政务服务局|990106|"
    )
    assert statuses(outcomes) == ["created", "created"]


def test_an_office_waits_for_its_parent(conn):
    outcomes = save_organizations(conn, HEADER, f"KS01|咨询科|990106|{BUREAU}")
    assert statuses(outcomes) == ["waiting"]
    assert BUREAU in outcomes[0].reason.zh


def test_two_that_name_each_other_as_parents_are_told_so(conn):
    outcomes = save_organizations(conn, HEADER, "A|甲|990106|B", "B|乙|990106|A")
    assert statuses(outcomes) == ["waiting", "waiting"]
    assert all("不能成环" in outcome.reason.zh for outcome in outcomes)


@pytest.mark.parametrize("parent", ["KS01", "KS02"])
def test_a_known_organization_never_moves_below_itself(conn, parent):
    save_organizations(
        conn,
        HEADER,
        f"{BUREAU}|局|990106|",
        f"KS01|科|990106|{BUREAU}",
        "KS02|组|990106|KS01",
    )
    outcomes = save_organizations(conn, HEADER, f"KS01|科|990106|{parent}")
    assert statuses(outcomes) == ["refused"]
    assert "不能成环" in outcomes[0].reason.zh


def test_everything_below_follows_an_organization_that_moves(conn):
    save_organizations(
        conn,
        HEADER,
        f"{BUREAU}|局|990106|",
        f"{COURT}|中心|990106|",
        f"KS01|科|990106|{BUREAU}",
        "KS02|组|990106|KS01",
    )
    assert statuses(save_organizations(conn, HEADER, f"KS01|科|990106|{COURT}")) == ["updated"]
    center, group = (organizations.find(conn, code) for code in (COURT, "KS02"))
    assert group.path.startswith(center.path)
    assert group.uscc == COURT
    assert group.id in organizations.subtree(conn, center.id)


def test_an_office_with_its_own_credit_code_keeps_it_when_it_moves(conn):
    save_organizations(
        conn,
        HEADER,
        "91990000MA0000007X|公司|990106|",
        f"{BUREAU}|局|990106|",
        f"KS01|科|990106|{BUREAU}",
        f"{COURT}|分局|990106|KS01",
    )
    save_organizations(conn, HEADER, "KS01|科|990106|91990000MA0000007X")
    assert organizations.find(conn, COURT).uscc == COURT


def test_the_same_batch_again_changes_nothing(conn):
    lines = (HEADER, f"{BUREAU}|局|990106|", f"KS01|科|990106|{BUREAU}")
    save_organizations(conn, *lines)
    assert statuses(save_organizations(conn, *lines)) == ["unchanged", "unchanged"]


def test_a_code_that_occurs_twice_is_created_once_and_then_changed(conn):
    outcomes = save_organizations(conn, HEADER, f"{BUREAU}|旧名|990106|", f"{BUREAU}|新名|990106|")
    assert statuses(outcomes) == ["created", "updated"]
    assert organizations.find(conn, BUREAU).name.zh == "新名"


def test_an_unknown_organization_has_an_empty_subtree(conn):
    assert organizations.subtree(conn, 1) == ()
    assert organizations.find(conn, "KS99") is None
