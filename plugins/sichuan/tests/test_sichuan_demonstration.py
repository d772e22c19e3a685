"""The demonstration's scene leaves visits of every unit, and a finding where there is a case."""

from __future__ import annotations

from sqlalchemy import insert, select

from haochaping.catalog import tables as catalog
from haochaping.hooks.deployment import SceneSetting
from haochaping.rectification.tables import rectification_case
from haochaping.testing.towns import Role
from haochaping_sichuan.demonstration import MONTHS, visit_and_find
from haochaping_sichuan.tables import finding, visit

from .sichuan_town import REGION, TAX, Town
from .test_sichuan_months import _complete


def setting(town: Town) -> SceneSetting:
    supervisor = town.account(Role.SUPERVISOR)
    return SceneSetting("NO-1", 1, TAX, {"supervisor": supervisor})


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
    at = site.clock.now()
    place = {"region": REGION, "served_month": 202611, "organization_id": TAX}
    with site.deployment.store.write() as conn:
        case = {"id": 5, "case_no": "NO-1", "item_id": None, "status": "accepted"}
        moments = {"created_at": at, "updated_at": at}
        conn.execute(insert(catalog.service_case).values(**place, **case, **moments))
        served = {"id": 8, "case_id": 5, "no": 1, "stage": "conclusion", "served_at": at}
        conn.execute(
            insert(catalog.occurrence).values(
                **place, **served, service_channel="hall", created_at=at
            )
        )
        row = {
            **place, "id": 1, "public_id": "CASE1", "origin_kind": "evaluation", "origin_id": 9,
            "occurrence_id": 8, "state": "opened", "complexity": "simple", "opened_at": at,
            "visible_at": at, "version": 1,
        }  # fmt: skip
        known = {name: value for name, value in row.items() if name in rectification_case.c}
        conn.execute(insert(rectification_case), [_complete(known, at)])
    visit_and_find(site.plugin, setting(site))
    with site.deployment.store.read() as conn:
        assert conn.execute(select(finding.c.kind)).scalars().all() == ["sham"]
