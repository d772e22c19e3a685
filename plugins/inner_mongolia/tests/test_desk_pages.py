"""The pages around the registry, walked by people: candidate, excluded rating, letter, appeal."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from haochaping.testing.towns import FakeClock, Role
from haochaping_inner_mongolia import jobs
from haochaping_inner_mongolia.tables import entry

from .inner_mongolia_town import EVIDENCE, RATER, UNIT, Town, make_town
from .test_registry_pages import send

ROOT = "/console/x/inner_mongolia"
APPEAL = "/x/inner_mongolia/appeal"


@pytest.fixture
def site(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Town]:
    found = make_town(tmp_path / "home", sqlite_url, clock)
    yield found
    found.deployment.close()


def test_a_candidate_becomes_a_proposal_that_still_needs_two_people(site: Town) -> None:
    for _ in range(5):
        site.rate()
    site.flag("one_device")
    plugin = site.plugin
    jobs.find_candidates(plugin, site.clock.now())
    desk = site.client(site.account())
    page = desk.get(f"{ROOT}/candidates").text
    assert "90 天内对 1 个单位给出 5 条差评" in page
    assert "同一设备代多人评价" in page
    assert RATER.name not in page
    assert RATER.certificate_no not in page
    [one] = plugin.candidates.waiting(site.account())
    form = desk.get(f"{ROOT}/registry/propose?candidate={one.id}").text
    assert f'value="{one.case_no}"' in form
    stated = {"case_no": one.case_no, "occurrence_no": "1", "evidence": EVIDENCE, "term_days": "30"}
    answer = send(desk, f"{ROOT}/registry/propose", candidate=str(one.id), **stated)
    assert answer.status_code == 303
    assert "没有需要核查的" in desk.get(f"{ROOT}/candidates").text
    [entry_] = site.registry.entries(site.account())
    assert entry_.state == "proposed"


def test_a_candidate_is_dismissed_with_a_reason_only(site: Town) -> None:
    for _ in range(5):
        site.rate()
    plugin = site.plugin
    plugin.candidates.find()
    desk = site.client(site.account())
    [one] = plugin.candidates.waiting(site.account())
    address = f"{ROOT}/candidates/{one.id}"
    assert send(desk, address, f"{ROOT}/candidates", reason=" ").status_code == 422
    assert send(desk, address, f"{ROOT}/candidates", reason="反映均属实").status_code == 303
    assert send(desk, address, f"{ROOT}/registry/propose", reason="再来一次").status_code == 404


def test_a_supervisor_hands_a_true_excluded_rating_to_the_unit(site: Town) -> None:
    site.listed()
    site.rate()
    desk = site.client(site.account())
    listing = desk.get(f"{ROOT}/excluded").text
    address = listing.split('<th scope="row"><a href="')[1].split('"')[0]
    page = desk.get(address).text
    assert "等了很久" in page
    assert RATER.name not in page
    assert send(desk, address, reason="对").status_code == 422
    answer = send(desk, address, reason="确实超过承诺时限")
    case = answer.headers["Location"].rpartition("=")[2]
    assert site.seen.case(case).organization_id == UNIT
    assert f"/console/cases/{case}" in desk.get(answer.headers["Location"]).text
    history = desk.get(f"/console/cases/{case}").text
    assert "内容经核实属实" in history
    assert "确实超过承诺时限" in history
    sheet = desk.get(f"{ROOT}/effect.xlsx")
    with zipfile.ZipFile(io.BytesIO(sheet.data)) as book:
        assert "区税务局" in book.read("xl/sharedStrings.xml").decode()
    assert "区税务局" in desk.get(f"{ROOT}/effect").text


@pytest.mark.parametrize("path", ["candidates", "excluded", "effect", "effect.xlsx"])
def test_units_do_not_see_the_pages(site: Town, path: str) -> None:
    handler = site.client(site.account(Role.HANDLER, organization_id=UNIT))
    assert handler.get(f"{ROOT}/{path}").status_code == 403


@pytest.mark.parametrize("key", ["x", "150102-202611-1", "150102-202611", "1-2-3-4"])
def test_an_unknown_excluded_rating_is_not_there(site: Town, key: str) -> None:
    assert site.client(site.account()).get(f"{ROOT}/excluded/{key}").status_code == 404


def test_the_letter_is_printed_and_its_handing_over_noted(site: Town) -> None:
    site.mobile = ""
    number = site.listed()
    desk = site.client(site.account())
    letter = desk.get(f"{ROOT}/registry/{number}/notice").text
    assert "〔2022〕12号" in letter
    assert "http://localhost/x/inner_mongolia/appeal" in letter
    assert RATER.name not in letter
    assert "请打印告知书送达" in desk.get(f"{ROOT}/registry").text
    send(
        desk, f"{ROOT}/registry/{number}", f"{ROOT}/registry", action="handed", reason="已当面送达"
    )
    assert "告知书已送达" in desk.get(f"{ROOT}/registry").text


def test_the_rater_is_told_why_and_appeals_on_the_public_page(site: Town) -> None:
    site.listed()
    receipt = site.rate()
    assert receipt.notice is not None
    for told in ("〔2022〕12号", "不计入统计", "12345", APPEAL):
        assert told in receipt.notice.zh
    citizen = site.client()
    unknown = send(citizen, APPEAL, receipt="ABCD-EFGH")
    assert unknown.status_code == 404
    assert "没有查到" in unknown.text
    seen = send(citizen, APPEAL, receipt=receipt.code)
    assert "已列入" in seen.text
    assert "提交申诉" in seen.text
    assert send(citizen, APPEAL, receipt=receipt.code, words=" ").status_code == 422
    done = send(citizen, APPEAL, receipt=receipt.code, words="我反映的都是事实")
    assert "申诉已收到" in done.text
    assert "申诉中" in done.text
    with site.deployment.store.read() as conn:
        assert conn.execute(select(entry.c.appeal)).scalar_one() == "我反映的都是事实"
