"""The monthly publication comes out as printed; certificates and internal ratings keep apart."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select

from haochaping import pdf
from haochaping.access import accounts, grants
from haochaping.appraisal.stages import Day
from haochaping.catalog import tables as catalog
from haochaping.deployment import Deployment
from haochaping.grading import closing, formulas, months, periods, rollup, shape, standings
from haochaping.grading.standings import RankRules
from haochaping.grading.tables import grading_fact, tally, tally_entry
from haochaping.hooks.deployment import PageRequest
from haochaping.hooks.grading import CaseFacts, Measures, Ratio, Standing, Tally
from haochaping.hooks.values import Subject, Words
from haochaping.profile import load
from haochaping.rectification.tables import rectification_case
from haochaping.settings import write_secrets
from haochaping.testing.towns import FakeClock, Role
from haochaping.web.app import create_app
from haochaping_guangdong import attendance, certificate, internal, monthly
from haochaping_guangdong.certificate import NoCertificate
from haochaping_guangdong.internal import InternalRefused
from haochaping_guangdong.stars import conditions
from haochaping_guangdong.tables import metadata

EXAMPLE = Path(__file__).parents[3] / "examples" / "guangdong-2023-07"
JULY = periods.parse("2023-07")
RULES: dict[str, Any] = {"min_rated": 1, "rank_share": 0.05, "min_attendance": 0.95}
FRONT, BACK = 1, 2


@pytest.fixture
def place(store_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment of Guangdong's rules with a front and a back office."""
    home = tmp_path / "home"
    home.mkdir()
    settings = f"profile: guangdong\ndatabase: {store_url}\nbase_url: http://localhost\n"
    (home / "deployment.yaml").write_text(settings, encoding="utf-8")
    write_secrets(home)
    found = Deployment.open(home, clock=clock, checked=False)
    region = {"code": "440103", "name": "荔湾区", "level": "county", "path": "/440103/"}
    with found.store.write() as conn:
        metadata.create_all(conn)
        conn.execute(insert(catalog.region).values(**region, county="440103"))
        for unit, name in ((FRONT, "政务中心"), (BACK, "市监局")):
            row = {"id": unit, "code": f"U{unit}", "uscc": "", "name": name, "path": f"/{unit}/"}
            conn.execute(
                insert(catalog.organization).values(**row, region="440103", place="440103")
            )
        hall = {"id": 11, "code": "H1", "name": "大厅", "organization_id": FRONT}
        conn.execute(insert(catalog.hall).values(**hall, region="440103", place="440103"))
        window = {"id": 111, "code": "3", "name": "3号窗口", "organization_id": FRONT}
        conn.execute(insert(catalog.window).values(**window, hall_id=11))
        clerk = {"id": 7, "number": "0007", "organization_id": FRONT}
        conn.execute(insert(catalog.staff).values(**clerk))
        conn.execute(insert(catalog.item).values(id=5, code="I-5", name="企业登记"))
    yield found
    found.close()


def plugin(place: Deployment) -> Any:
    return place.hooks.plugin("guangdong").plugin


def someone(place: Deployment, role: Role, **where: Any) -> int:
    """Make an account with one role."""
    at, emit = place.clock.now(), place.journal.emit
    with place.store.write() as conn:
        new = accounts.NewAccount(f"{role}-{where.get('organization_id', 0)}", "王某", "x")
        number = accounts.create(conn, emit, new, at)
        grants.give(conn, emit, grants.NewGrant(number, role, **where), at)
    return number


def publish(place: Deployment, grades: dict[int, int]) -> None:
    """Count a July by grade, freeze and publish it."""
    shown, now = place.disclosing, place.clock.now()
    with place.store.write() as conn:
        for grade, count in grades.items():
            facts = rollup.Facts(
                JULY.first, "440103", FRONT, 11, 111, 7, 5, "web", "citizen", 1, grade
            )
            sums = {key: [0] * 7 for key in rollup.keys_of(facts)}
            for counts in sums.values():
                rollup.count(counts, grade, rollup.Change(count, 0))
            months.add(conn, sums)
        shown.freezer.freeze(conn, JULY, Day(now - timedelta(days=30), date(2026, 10, 1)))
    shown.appraiser.appraise(place.store, JULY)
    with place.store.write() as conn:
        shown.freezer.publish(conn, JULY, 9, now)


def open_tickets(place: Deployment, count: int) -> None:
    """Open as many cases in July, all replied to in time."""
    at = periods.midnight(JULY.first, "Asia/Shanghai") + timedelta(days=10)
    due = at + timedelta(days=5)
    same: dict[str, Any] = {
        "region": "440103", "served_month": 202307, "origin_kind": "evaluation", "hall_id": 11,
        "organization_id": FRONT, "rated_organization_id": FRONT, "window_id": 111, "item_id": 5,
        "staff_id": 7, "queue": "unit", "grade": 1, "options": ["108"], "identity": "real_name",
        "state": "closed", "complexity": "simple", "outcome": "rectified", "opened_at": at,
        "visible_at": at, "contacted_at": at, "replied_at": at, "first_replied_at": at,
        "closed_at": at, "due_at": due, "due_day": due.date(), "first_due_at": due,
        "provisional": False, "late": False, "round": 0, "reopened": 0, "plan": {}, "plan_no": 0,
        "version": 1,
    }  # fmt: skip
    rows = [{**same, "id": n, "public_id": f"T{n}", "origin_id": n} for n in range(1, count + 1)]
    with place.store.write() as conn:
        conn.execute(insert(rectification_case), rows)


def asked(place: Deployment, **query: str) -> PageRequest:
    return PageRequest("GET", {}, query, {}, "zh_Hans_CN", 9, "总监督")


def test_the_published_month_of_the_province_comes_out_as_printed(place: Deployment) -> None:
    month = shape.load(EXAMPLE)
    open_tickets(place, month.tickets)
    publish(place, dict(month.grades))
    with place.store.read() as conn:
        found = monthly.publication(conn, JULY)
    rates = {each.name: each for each in found.rates}
    assert found.rated == 13_461_728
    assert found.grades == dict(month.grades)
    assert (found.bad, found.tickets) == (1275, 1249)
    assert formulas.percent(found.tickets, found.bad, 2) == "97.96%"
    assert (rates["on_time_rate"].over, rates["on_time_rate"].n) == ("1249", 1249)
    assert (rates["callback_rate"].value, rates["callback_rate"].n) == ("100.0000%", 1249)
    assert found.document()["tickets"] == 1249
    assert rates["bad_rate"].value == "0.00947%"
    assert rates["mean_score"].value == "9.992"
    assert rates["mean_score"].rounding.zh == "截断，不进位，3 位小数"
    assert rates["bad_rate"].n == month.rated
    assert [(each.name.zh, each.rated) for each in found.cities] == [("440100", "13,461,728")]
    assert (found.items, found.top_items[0].name.zh, found.top_items[0].bad) == (
        1,
        "企业登记",
        "1,275",
    )
    assert [(name.zh, count) for name, count in found.channels] == [("网站", 13_461_728)]


def test_the_json_says_the_same_and_an_unpublished_month_is_not_found(place: Deployment) -> None:
    with pytest.raises(monthly.NotPublished):
        monthly.as_json(plugin(place), asked(place))
    publish(place, {5: 990, 1: 10})
    found = json.loads(monthly.as_json(plugin(place), asked(place, period="2023-07")).body)
    assert found["grades"] == {"5": 990, "4": 0, "3": 0, "2": 0, "1": 10}
    assert found["rates"]["satisfaction"]["value"] == "99.0000%"
    with pytest.raises(monthly.NotPublished):
        monthly.as_json(plugin(place), asked(place, period="2023-08"))
    page = monthly.page(plugin(place), asked(place))
    assert page.values is not None
    assert page.values["months"] == ["2023-07"]


def test_a_certificate_needs_an_honour_that_is_published(
    place: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    chief = someone(place, Role.SUPERVISOR)
    wanted = replace(asked(place, period="2023-07", kind="window", id="111"), account_id=chief)
    with pytest.raises(NoCertificate):
        certificate.page(plugin(place), wanted)
    publish(place, {5: 1000})
    written: list[str] = []

    class HTML:
        def __init__(self, *, string: str, url_fetcher: Any) -> None:
            with pytest.raises(ValueError, match="fetches nothing"):
                url_fetcher("http://example.org/x.png")
            written.append(string)

        def write_pdf(self) -> bytes:
            return b"%PDF-"

    monkeypatch.setitem(sys.modules, "weasyprint", SimpleNamespace(HTML=HTML))
    monkeypatch.setattr(certificate, "_honour", _starred)
    answer = certificate.page(plugin(place), wanted)
    assert (answer.content_type, answer.body) == ("application/pdf", b"%PDF-")
    assert "3号窗口 &lt;b&gt;" in written[0]
    assert "窗口服务之星" in written[0]
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(pdf.PdfUnavailable) as refusal:
        certificate.page(plugin(place), wanted)
    assert "libpango-1.0-0" in refusal.value.detail.zh


def _starred(conn: Any, period: Any, kind: str, number: int) -> Any:
    from haochaping.hooks.grading import Award

    award = Award("honour", Words("窗口服务之星"), Words("有效评价数 1000"), level=5)
    return Subject("window", 111, Words("3号窗口 <b>")), award, FRONT


@pytest.mark.parametrize(
    "query", [{"kind": "hall", "id": "1"}, {"kind": "window", "id": "x"}, {"kind": "window"}]
)
def test_a_certificate_of_nothing_is_not_found(place: Deployment, query: dict[str, str]) -> None:
    with pytest.raises(NoCertificate):
        certificate.page(plugin(place), asked(place, period="2023-07", **query))


def measures(**more: Any) -> Measures:
    ratios = {"active_rate": Ratio(1, 1), "satisfaction": Ratio(1, 1)}
    return Measures(Tally((0, 0, 0, 0, 0, 90), 90, 90), CaseFacts(), ratios, **more)


def test_stars_ask_for_rank_attendance_and_no_complaint_found_true() -> None:
    present = {"gd.attendance": Ratio(20, 21)}
    fine = measures(facts=present, standing=Standing(2, 40))
    assert all(each.holds for each in conditions(RULES, "staff", fine))
    assert "第 2 名，共 40" in conditions(RULES, "staff", fine)[-2].words.zh
    assert "95.24%" in conditions(RULES, "staff", fine)[-1].words.zh
    for wrong in (
        measures(facts=present, standing=Standing(3, 40)),
        measures(facts=present),
        measures(standing=Standing(1, 40)),
        measures(facts={"gd.attendance": Ratio(10, 21)}, standing=Standing(1, 40)),
        Measures(fine.tally, CaseFacts(upheld=1), fine.named, present, None, Standing(1, 40)),
    ):
        assert not all(each.holds for each in conditions(RULES, "staff", wrong))
    assert len(conditions(RULES, "window", fine)) == len(conditions(RULES, "staff", fine)) - 1


def test_attendance_comes_in_by_number_and_month(place: Deployment) -> None:
    row = {"period": "2026-10", "staff_number": "0007", "present_days": "20", "due_days": "21"}
    wrong = [
        {**row, "staff_number": "9"}, {**row, "present_days": "22"},
        {**row, "due_days": "一"}, {**row, "period": "2026"}, {**row, "period": "x"},
    ]  # fmt: skip
    with place.store.write() as conn:
        reasons = attendance.take(plugin(place), conn, [row, *wrong])
        fact = conn.execute(select(grading_fact)).one()
    assert [each is None for each in reasons] == [True, False, False, False, False, False]
    assert (fact.name, fact.over, fact.under) == ("gd.attendance", 20, 21)


def post(place: Deployment, account: int, **form: str) -> Any:
    kit = plugin(place)
    return internal.page(kit, PageRequest("POST", {}, {}, form, "zh_Hans_CN", account, "前台"))


def test_the_front_office_rates_the_back_office_apart_from_citizens(
    place: Deployment,
) -> None:
    fields = {"unit": str(BACK), "reference": "批次一", "grade": "5", "reason": ""}
    front = someone(place, Role.LEADER, organization_id=FRONT)
    back = someone(place, Role.LEADER, organization_id=BACK)
    chief = someone(place, Role.SUPERVISOR)
    assert post(place, front, **fields).redirect
    assert post(place, front, **{**fields, "grade": "2", "reason": "退件慢"}).redirect
    for wrong in (
        {"unit": str(FRONT)}, {"unit": "77"}, {"grade": "6"}, {"reference": ""},
        {"grade": "1", "reason": ""},
    ):  # fmt: skip
        assert post(place, front, **{**fields, **wrong}).status == 422
    assert post(place, chief + 1, **fields).status == 422
    month = periods.parse("2026-11")
    (seen,) = internal.tally(plugin(place), chief, month)
    assert (seen.grades, seen.number, seen.good) == ((0, 1, 0, 0, 0), 1, "0.00%")
    (own_view,) = internal.tally(plugin(place), back, month)
    assert own_view.grades is None
    with place.store.read() as conn:
        assert conn.execute(select(tally)).all() == conn.execute(select(tally_entry)).all() == []
        fact = conn.execute(select(grading_fact)).one()
    assert (fact.name, fact.subject_id, fact.over, fact.under) == ("gd.internal", BACK, 0, 1)
    page = internal.page(plugin(place), PageRequest("GET", {}, {}, {}, "en", chief, "x"))
    assert page.values is not None
    assert page.values["units"] == []
    with pytest.raises(InternalRefused):
        internal.page(plugin(place), PageRequest("GET", {}, {}, {}, "en", None, ""))


def test_the_profile_of_the_province_takes_the_new_conditions() -> None:
    found = load("guangdong").plugins["guangdong"]["window_stars"]
    assert found["max_upheld"] == 0
    assert "rank_share" not in found  # nobody has published a share


def test_a_window_is_ranked_so_that_a_share_of_the_ranking_may_be_asked(place: Deployment) -> None:
    publish(place, {5: 40})
    with place.store.read() as conn:
        scores = standings.scored(conn, JULY, "window")
        found = standings.standings(scores, closing.frozen(conn, "window", JULY), RankRules())
    assert found == {111: Standing(1, 1)}


def test_the_honour_wall_leads_to_the_certificate(place: Deployment) -> None:
    with place.store.write() as conn:
        facts = rollup.Facts(JULY.first, "440103", FRONT, 11, 111, 7, 5, "", "", 1, 0)
        sums = {key: [0] * 7 for key in rollup.keys_of(facts)}
        for counts in sums.values():
            rollup.count(counts, 0, rollup.Change(40, 0))
        months.add(conn, sums)
    publish(place, {5: 40})
    page = create_app(place).test_client().get("/honours?period=2023-07").get_data(as_text=True)
    assert "3号窗口" in page
    address = "/console/x/guangdong/certificate?period=2023-07&amp;kind=window&amp;id=111"
    assert f'href="{address}">荣誉证书（登录后查看）' in page
