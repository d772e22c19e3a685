"""The demonstration's scene leaves visits of every unit, and a finding where there is a case."""

from __future__ import annotations

from sqlalchemy import select

from haochaping.hooks.deployment import SceneSetting
from haochaping.testing.towns import Role
from haochaping_sichuan.demonstration import MONTHS, visit_and_find
from haochaping_sichuan.tables import finding, visit

from .sichuan_town import TAX, Town


def setting(town: Town) -> SceneSetting:
    supervisor = town.account(Role.SUPERVISOR)
    return SceneSetting("C1", 1, TAX, {"supervisor": supervisor})


def test_every_unit_is_visited_every_month_and_again_changes_nothing(site: Town) -> None:
    scene = setting(site)
    visit_and_find(site.plugin, scene)
    visit_and_find(site.plugin, scene)
    with site.deployment.store.read() as conn:
        found = conn.execute(select(visit.c.period, visit.c.mark)).all()
        assert conn.execute(select(finding)).all() == []
    assert len(found) == 3 * MONTHS
    assert {row.period for row in found} == {"2026-08", "2026-09", "2026-10", "2026-11"}


def test_the_case_of_the_scene_is_found_a_sham(site: Town) -> None:
    site.rate(grade=1)
    visit_and_find(site.plugin, setting(site))
    with site.deployment.store.read() as conn:
        assert conn.execute(select(finding.c.kind)).scalars().all() == ["sham"]
