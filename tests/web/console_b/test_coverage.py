"""The coverage page and its files: what was not offered is seen, and text stays text."""

from __future__ import annotations

import io
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from sqlalchemy import update

from haochaping.catalog import tables as catalog
from haochaping.cli import main
from haochaping.coverage import recount
from haochaping.coverage.rules import CoverageRules
from haochaping.coverage.tables import coverage
from haochaping.worker import Worker
from tests.web.console_b.conftest import ELSEWHERE, REGION, WINDOW, Desk, Role, text_of

HERE = "/console/coverage"


@pytest.fixture
def supervisor(desk: Desk) -> Any:
    return desk.person(Role.SUPERVISOR, region=REGION)


def kept(desk: Desk) -> None:
    deployment = desk.deployment
    with deployment.store.write() as conn:
        recount.rebuild(conn, CoverageRules.of(deployment.profile))


def test_a_service_without_an_offer_is_shown_as_a_gap(desk: Desk, supervisor: Any) -> None:
    desk.site.serve()
    desk.rate(5)
    kept(desk)
    shown = text_of(supervisor.get(HERE))
    assert "未邀评 1" in shown
    assert "50.0%" in shown


def test_a_window_that_offers_far_less_is_marked_with_the_rule(desk: Desk, supervisor: Any) -> None:
    for _ in range(31):
        desk.site.serve()
    kept(desk)
    shown = text_of(supervisor.get(HERE))
    assert "邀评比例过低" in shown
    assert "标准误" in shown


def test_the_files_hold_the_rows_of_the_page(desk: Desk, supervisor: Any) -> None:
    with desk.deployment.store.write() as conn:
        named = update(catalog.window).where(catalog.window.c.id == WINDOW)
        conn.execute(named.values(name="=cmd|'/c calc'!A1"))
    desk.site.serve()
    kept(desk)
    lines = supervisor.get(f"{HERE}.csv").get_data().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("单位,大厅,窗口,办理渠道,服务次数")
    assert "'=cmd" in lines[1]
    book = load_workbook(io.BytesIO(supervisor.get(f"{HERE}.xlsx").get_data()))
    head, row = book.worksheets[0].iter_rows(values_only=True)
    assert head[4] == "服务次数"
    assert row[2].startswith("'=cmd")
    assert row[4:9] == (1, 0, 0, 0, 1)


def test_who_works_elsewhere_sees_nothing_of_it(desk: Desk) -> None:
    desk.site.serve()
    kept(desk)
    elsewhere = desk.person(Role.SUPERVISOR, region=ELSEWHERE)
    assert "还没有服务记录" in text_of(elsewhere.get(HERE))
    assert len(elsewhere.get(f"{HERE}.csv").get_data().decode().splitlines()) == 1


def test_the_page_is_worded_in_english(desk: Desk, supervisor: Any) -> None:
    desk.site.serve()
    kept(desk)
    shown = text_of(supervisor.get(f"{HERE}?lang=en"))
    assert "Not offered 1" in shown
    assert "standard errors" in shown


def test_the_ledger_is_counted_anew_by_command(desk: Desk) -> None:
    home = str(desk.deployment.settings.home)

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["--home", home, "coverage", *words])

    desk.rate(5)
    desk.site.serve()
    Worker(desk.deployment).drain()
    assert run("rebuild").exit_code in (0, 1)
    assert run("compare").exit_code == 0
    with desk.deployment.store.write() as conn:
        conn.execute(update(coverage).values(rated=coverage.c.rated + 1))
    spoilt = run("compare")
    assert spoilt.exit_code == 1
    assert spoilt.stdout.count("\n") == 1
    mended = run("rebuild")
    assert mended.exit_code == 1
    assert "其中 1 格有差异" in mended.stderr
    again = run("rebuild")
    assert again.exit_code == 0
    assert "重算 2 次服务，其中 0 格有差异" in again.stderr
