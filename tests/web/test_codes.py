"""Codes are shown in the same groups, however they were typed."""

from __future__ import annotations

import pytest

from haochaping.web.codes import grouped


@pytest.mark.parametrize("typed", ["A2BT2GG6PF", "a2bt2-gg6pf", " A2 BT2-GG6 PF "])
def test_a_code_is_shown_in_groups_of_five(typed: str) -> None:
    assert grouped(typed) == "A2BT2-GG6PF"
