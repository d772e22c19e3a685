"""Every route needs a row; what has none is denied; a misspelt need is found at once."""

from __future__ import annotations

import pytest

from haochaping.access import policies
from haochaping.access.policies import DENIED, DEVICE, PUBLIC, SIGNED_IN, Kind, Policy


@pytest.mark.parametrize("endpoint", ["no.such_view", "", None])
def test_a_route_without_a_row_is_denied(endpoint):
    assert policies.policy_of(endpoint) is DENIED


def test_a_route_with_a_row_has_that_policy():
    assert policies.policy_of("sign_in.form") is PUBLIC


@pytest.mark.parametrize(
    ("kind", "needs"),
    [
        (Kind.STAFF, "case.raed"),
        (Kind.API_KEY, "cases.pull"),
        (Kind.API_KEY, ""),
        (Kind.PUBLIC, "case.read"),
    ],
)
def test_a_policy_nobody_could_meet_is_an_error(kind, needs):
    with pytest.raises(ValueError, match="unknown need"):
        Policy(kind, needs)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("public", PUBLIC),
        ("device", DEVICE),
        ("signed_in", SIGNED_IN),
        ("case.supervise", Policy(Kind.STAFF, "case.supervise")),
        ("api:cases.push", Policy(Kind.API_KEY, "cases.push")),
    ],
)
def test_a_plugin_names_its_policy(name, expected):
    assert policies.policy_named(name) == expected


@pytest.mark.parametrize("name", ["", "everybody", "api:", "api:all"])
def test_a_plugin_cannot_name_a_policy_that_is_not_there(name):
    with pytest.raises(ValueError, match="policy"):
        policies.policy_named(name)
