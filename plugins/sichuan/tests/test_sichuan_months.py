"""Months become standings, standings talks, and years nominations; files come out of it."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from fractions import Fraction

import openpyxl
from flask.testing import FlaskClient
from sqlalchemy import func, select

from haochaping.doors.cells import restored
from haochaping.hooks.values import Period, Subject, Words
from haochaping.testing.builders import period
from haochaping.testing.towns import Role
from haochaping_sichuan import exporting, ledger, talks
from haochaping_sichuan.ledger import Account
from haochaping_sichuan.settling import settle
from haochaping_sichuan.tables import finding, standing
from haochaping_sichuan.visits import take

from .sichuan_town import CLERK, LAND, POLICE, TAX, Town

HERE = "/console/x/sichuan"
YEAR = Period("2026", date(2026, 1, 1), date(2026, 12, 31))


def month(name: str) -> Period:
    return period(*map(int, name.split("-")))


def close(town: Town, name: str, bad: dict[int, int], **figures: int):
    town.month(name, bad, **figures)
    return settle(town.plugin, month(name))


def token(client: FlaskClient, page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert found is not None
    return found[1]


def accounts(town: Town, kind: str = "organization"):
    with town.deployment.store.read() as conn:
        return ledger.year(conn, YEAR, kind, town.plugin.nomination_rules)


def test_two_months_at_the_bottom_bring_a_talk_and_one_does_not(town: Town) -> None:
    assert close(town, "2026-09", {TAX: 1, LAND: 5, POLICE: 0}).called == ()
    assert close(town, "2026-10", {TAX: 1, LAND: 2, POLICE: 0}).called == (LAND,)
    assert settle(town.plugin, month("2026-10")).units == 0
    with town.deployment.store.read() as conn:
        bottom = select(func.count()).where(standing.c.bottom == 1)
        assert conn.execute(bottom).scalar_one() == 2
    sent = [one.business_id for one in town.seen.messages()]
    assert [each for each in sent if each.startswith("sichuan:talk:2026-10:")]


def test_nobody_is_last_when_all_have_the_same_points(town: Town) -> None:
    for name in ("2026-09", "2026-10"):
        assert close(town, name, {TAX: 1, LAND: 1, POLICE: 1}).called == ()


def test_units_that_tie_at_the_bottom_are_both_last(town: Town) -> None:
    close(town, "2026-09", {TAX: 3, LAND: 3, POLICE: 0})
    assert close(town, "2026-10", {TAX: 3, LAND: 3, POLICE: 0}).called == (TAX, LAND)


def test_units_with_few_ratings_are_not_ranked(town: Town) -> None:
    close(town, "2026-09", {TAX: 3, LAND: 0, POLICE: 0}, rated=29)
    assert close(town, "2026-10", {TAX: 3, LAND: 0, POLICE: 0}, rated=29).called == ()


def test_a_month_that_is_not_closed_is_not_settled(town: Town) -> None:
    assert settle(town.plugin, month("2026-10")).units == 0


def test_the_unit_acknowledges_and_the_supervisor_records(site: Town) -> None:
    close(site, "2026-09", {TAX: 1, LAND: 5, POLICE: 0})
    close(site, "2026-10", {TAX: 1, LAND: 5, POLICE: 0})
    leader = site.account(Role.LEADER, organization_id=LAND)
    supervisor = site.account()
    (found,) = talks.listed(site.plugin, leader)
    assert found.reason.zh.startswith("连续 2 个月（2026-09、2026-10）")
    unit, above = site.client(leader), site.client(supervisor)
    form = {"number": str(found.id), "text": "已制定整改方案"}
    early = above.post(
        f"{HERE}/talks",
        data=form | {"csrf_token": token(unit, f"{HERE}/talks"), "action": "hold"},
    )
    assert early.status_code in (400, 409)
    sent = form | {"csrf_token": token(unit, f"{HERE}/talks"), "action": "acknowledge"}
    assert unit.post(f"{HERE}/talks", data=sent).status_code == 303
    sent = form | {"csrf_token": token(above, f"{HERE}/talks"), "action": "hold"}
    assert above.post(f"{HERE}/talks", data=sent).status_code == 303
    assert talks.listed(site.plugin, leader)[0].state == "held"


def test_a_supervisor_cannot_acknowledge_for_the_unit_and_other_units_see_nothing(
    site: Town,
) -> None:
    close(site, "2026-09", {TAX: 1, LAND: 5, POLICE: 0})
    close(site, "2026-10", {TAX: 1, LAND: 5, POLICE: 0})
    supervisor = site.client(site.account())
    page = supervisor.get(f"{HERE}/talks").text
    assert "不动产登记中心" in page
    assert 'value="acknowledge"' not in page
    other = site.account(Role.LEADER, organization_id=TAX)
    assert talks.listed(site.plugin, other) == ()


def test_the_year_is_the_mean_of_its_months_and_nominates_who_has_nothing_against(
    town: Town,
) -> None:
    close(town, "2026-09", {TAX: 0, LAND: 2, POLICE: 0})
    close(town, "2026-10", {TAX: 1, LAND: 0, POLICE: 0})
    found = {each.subject.id: each for each in accounts(town)}
    assert (found[TAX].annual, found[LAND].annual, found[POLICE].annual) == (
        *("99.75", "99.50", "100.00"),
    )
    assert [unit for unit, each in found.items() if each.against is None] == [POLICE]
    assert found[TAX].against.zh == "不在推荐名额之内"


def test_a_finding_stands_against_a_nomination_and_counts_for_unit_and_person(site: Town) -> None:
    site.rate(site.serve(staff_id=CLERK), grade=1)
    case = site.seen.case().public_id
    supervisor = site.client(site.account())
    sent = {"case_id": case, "kind": "sham", "evidence": "回访证实并未整改"}
    sent["csrf_token"] = token(supervisor, f"{HERE}/findings")
    assert supervisor.post(f"{HERE}/findings", data=sent).status_code == 303
    supervisor.post(f"{HERE}/findings", data=sent)
    with site.deployment.store.read() as conn:
        kinds = conn.execute(select(finding.c.subject_kind)).scalars().all()
    assert sorted(kinds) == ["organization", "staff"]
    close(site, "2026-11", {TAX: 0, LAND: 0, POLICE: 0})
    found = {each.subject.id: each for each in accounts(site)}
    assert found[TAX].against.zh == "2026-11 虚假整改"
    assert accounts(site, "staff")[0].annual == "91.50"


def test_findings_without_case_or_evidence_are_refused_in_words(site: Town) -> None:
    supervisor = site.client(site.account())
    sent = {"csrf_token": token(supervisor, f"{HERE}/findings"), "case_id": "none", "kind": "sham"}
    answer = supervisor.post(f"{HERE}/findings", data=sent | {"evidence": "x"})
    assert answer.status_code == 422
    assert "写明证据" in answer.text
    answer = supervisor.post(f"{HERE}/findings", data=sent | {"evidence": "回访证实并未整改"})
    assert "没有这个工单编号" in answer.text


def test_the_page_shows_points_and_their_lines(site: Town) -> None:
    close(site, "2026-10", {TAX: 1, LAND: 5, POLICE: 0})
    client = site.client(site.account())
    page = client.get(f"{HERE}/appraisal?year=2026").text
    assert "区税务局" in page
    assert "97.50" in page
    lines = client.get(f"{HERE}/appraisal/organization/{LAND}/2026-10").text
    assert "差评扣分" in lines
    assert "5 件，每件扣 0.5 分" in lines
    english = client.get(f"{HERE}/appraisal/organization/{LAND}/2026-10?lang=en").text
    assert "Deduction for bad reviews" in english


def test_a_unit_sees_itself_alone_and_no_persons(site: Town) -> None:
    close(site, "2026-10", {TAX: 1, LAND: 5, POLICE: 0})
    client = site.client(site.account(Role.LEADER, organization_id=TAX))
    page = client.get(f"{HERE}/appraisal?year=2026").text
    assert "区税务局" in page
    assert "不动产登记中心" not in page
    assert "0007" not in client.get(f"{HERE}/appraisal?year=2026&kind=staff").text
    assert client.get(f"{HERE}/appraisal/organization/{LAND}/2026-10").status_code == 404
    assert client.get(f"{HERE}/appraisal/staff/{CLERK}/2026-10").status_code == 404
    assert client.get(f"{HERE}/export?year=2026").status_code == 403


def test_the_ledgers_go_out_as_xlsx_and_json(site: Town) -> None:
    close(site, "2026-10", {TAX: 1, LAND: 5, POLICE: 0})
    client = site.client(site.account())
    data = json.loads(client.get(f"{HERE}/export?year=2026&format=json").text)
    units = {each["code"]: each for each in data["ledgers"]["organization"]}
    assert units["U2"]["months"] == {"2026-10": "97.50"}
    assert data["ledgers"]["staff"][0]["code"] == "0007"
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{HERE}/export?year=2026").data))
    assert book.sheetnames == ["单位台账", "个人台账"]
    assert book["单位台账"]["A1"].value == "编号"
    assert {row[0].value for row in book["单位台账"].iter_rows(min_row=2)} == {"U1", "U2", "U3"}


def test_sixty_formulas_in_names_are_texts_in_the_ledgers() -> None:
    texts = [
        f"{sign}{tail}"
        for sign in "=+-@＝＋－＠\t\r'\""
        for tail in ("1", "A1", "cmd|x", "x()", "")
    ]
    told = [
        Account(Subject("staff", n, Words(text), "", text), {}, Fraction(0), (), Words(text))
        for n, text in enumerate(texts)
    ]
    made = exporting.workbook(YEAR, {"organization": [], "staff": told})
    rows = list(openpyxl.load_workbook(io.BytesIO(made))["个人台账"].iter_rows(min_row=2))
    cells = [cell for row in rows for cell in (row[0], row[1], row[-1])]
    assert len(texts) == 60
    assert {cell.data_type for cell in cells} == {"s"}
    found = [str(cell.value).replace("_x000D_", "\r") for cell in cells]
    assert not [one for one in found if one[0] in "=+-@＝＋－＠\t\r"]
    assert [restored(one) for one in found[::3]] == texts


def test_visits_are_imported_by_the_units_code_and_replaced_by_reference(town: Town) -> None:
    row = {"period": "2026-10", "organization_code": "U2", "reference": "A1", "mark": "80.5"}
    wrong = [
        {**row, "period": "10/2026"}, {**row, "organization_code": "U9"},
        {**row, "reference": ""}, {**row, "mark": "101"},
    ]  # fmt: skip
    with town.deployment.store.write() as conn:
        rows = [{**each, "note": ""} for each in (row, {**row, "mark": "70"}, *wrong)]
        reasons = take(town.plugin, conn, rows)
    assert [each is None for each in reasons] == [True, True, False, False, False, False]
    close(town, "2026-10", {TAX: 0, LAND: 0, POLICE: 0})
    found = {each.subject.id: each.annual for each in accounts(town)}
    assert found[LAND] == "91.00"
