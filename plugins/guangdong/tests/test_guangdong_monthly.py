"""The monthly publication comes out as printed; certificates and internal ratings keep apart."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import yaml

from haochaping.hooks.deployment import PageRequest
from haochaping.hooks.grading import CaseFacts, Measures, Ratio, Standing, Tally
from haochaping.hooks.values import Subject, Words
from haochaping.problems import Problem
from haochaping.testing import towns as testing
from haochaping.testing.builders import period
from haochaping.testing.profiles import load
from haochaping.testing.towns import Place, Role
from haochaping_guangdong import attendance, certificate, internal, monthly
from haochaping_guangdong.certificate import NoCertificate
from haochaping_guangdong.internal import InternalRefused
from haochaping_guangdong.stars import conditions

EXAMPLE = Path(__file__).parents[3] / "examples" / "guangdong-2023-07"
JULY = period(2023, 7)
RULES: dict[str, Any] = {"min_rated": 1, "rank_share": 0.05, "min_attendance": 0.95}
FRONT, BACK = 1, 2


class Town(testing.Town):
    """A deployment of Guangdong's rules with a front and a back office."""

    place: ClassVar[Place] = Place(
        "440103",
        "荔湾区",
        {FRONT: "政务中心", BACK: "市监局"},
        halls={11: "大厅"},
        windows={111: "3号窗口"},
        items={5: "企业登记"},
        staff={7: "0007"},
    )


@pytest.fixture
def town_class() -> type[Town]:
    return Town


@pytest.fixture
def profile_snippet() -> str:
    return "extends: guangdong\n"


def plugin(town: Town) -> Any:
    return town.plugin_called("guangdong")


def publish(town: Town, grades: dict[int, int]) -> None:
    """Count a July by grade, freeze and publish it."""
    town.months.count("2023-07", grades)
    town.months.publish("2023-07")


def asked(town: Town, **query: str) -> PageRequest:
    return PageRequest("GET", {}, query, {}, "zh_Hans_CN", 9, "总监督")


def test_the_published_month_of_the_province_comes_out_as_printed(town: Town) -> None:
    month = yaml.safe_load((EXAMPLE / "figures.yaml").read_text("utf-8"))
    town.months.handle("2023-07", month["tickets"])
    publish(town, month["grades"])
    with town.deployment.store.read() as conn:
        found = monthly.publication(conn, JULY)
    rates = {each.name: each for each in found.rates}
    assert found.rated == 13_461_728
    assert found.grades == month["grades"]
    assert (found.bad, found.tickets) == (1275, 1249)
    assert f"{found.tickets / found.bad:.2%}" == "97.96%"
    assert (rates["on_time_rate"].over, rates["on_time_rate"].n) == ("1249", 1249)
    assert (rates["callback_rate"].value, rates["callback_rate"].n) == ("100.0000%", 1249)
    assert found.document()["tickets"] == 1249
    assert rates["bad_rate"].value == "0.00947%"
    assert rates["mean_score"].value == "9.992"
    assert rates["mean_score"].rounding.zh == "截断，不进位，3 位小数"
    assert rates["bad_rate"].n == month["rated"]
    assert [(each.name.zh, each.rated) for each in found.cities] == [("440100", "13,461,728")]
    assert (found.items, found.top_items[0].name.zh, found.top_items[0].bad) == (
        1,
        "企业登记",
        "1,275",
    )
    assert [(name.zh, count) for name, count in found.channels] == [("网站", 13_461_728)]


def test_the_json_says_the_same_and_an_unpublished_month_is_not_found(town: Town) -> None:
    with pytest.raises(monthly.NotPublished):
        monthly.as_json(plugin(town), asked(town))
    publish(town, {5: 990, 1: 10})
    found = json.loads(monthly.as_json(plugin(town), asked(town, period="2023-07")).body)
    assert found["grades"] == {"5": 990, "4": 0, "3": 0, "2": 0, "1": 10}
    assert found["rates"]["satisfaction"]["value"] == "99.0000%"
    with pytest.raises(monthly.NotPublished):
        monthly.as_json(plugin(town), asked(town, period="2023-08"))
    page = monthly.page(plugin(town), asked(town))
    assert page.values is not None
    assert page.values["months"] == ["2023-07"]


def test_a_certificate_needs_an_honour_that_is_published(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    chief = town.account(Role.SUPERVISOR)
    wanted = replace(asked(town, period="2023-07", kind="window", id="111"), account_id=chief)
    with pytest.raises(NoCertificate):
        certificate.page(plugin(town), wanted)
    publish(town, {5: 1000})
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
    answer = certificate.page(plugin(town), wanted)
    assert (answer.content_type, answer.body) == ("application/pdf", b"%PDF-")
    assert "3号窗口 &lt;b&gt;" in written[0]
    assert "窗口服务之星" in written[0]
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(Problem) as refusal:
        certificate.page(plugin(town), wanted)
    assert "libpango-1.0-0" in refusal.value.detail.zh


def _starred(conn: Any, period: Any, kind: str, number: int) -> Any:
    from haochaping.hooks.grading import Award

    award = Award("honour", Words("窗口服务之星"), Words("有效评价数 1000"), level=5)
    return Subject("window", 111, Words("3号窗口 <b>")), award, FRONT


@pytest.mark.parametrize(
    "query", [{"kind": "hall", "id": "1"}, {"kind": "window", "id": "x"}, {"kind": "window"}]
)
def test_a_certificate_of_nothing_is_not_found(town: Town, query: dict[str, str]) -> None:
    with pytest.raises(NoCertificate):
        certificate.page(plugin(town), asked(town, period="2023-07", **query))


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


def test_attendance_comes_in_by_number_and_month(town: Town) -> None:
    row = {"period": "2026-10", "staff_number": "0007", "present_days": "20", "due_days": "21"}
    wrong = [
        {**row, "staff_number": "9"}, {**row, "present_days": "22"},
        {**row, "due_days": "一"}, {**row, "period": "2026"}, {**row, "period": "x"},
    ]  # fmt: skip
    with town.deployment.store.write() as conn:
        reasons = attendance.take(plugin(town), conn, [row, *wrong])
    [fact] = town.seen.facts()
    assert [each is None for each in reasons] == [True, False, False, False, False, False]
    assert (fact.name, fact.over, fact.under) == ("gd.attendance", 20, 21)


def post(town: Town, account: int, **form: str) -> Any:
    kit = plugin(town)
    return internal.page(kit, PageRequest("POST", {}, {}, form, "zh_Hans_CN", account, "前台"))


def test_the_front_office_rates_the_back_office_apart_from_citizens(
    town: Town,
) -> None:
    fields = {"unit": str(BACK), "reference": "批次一", "grade": "5", "reason": ""}
    front = town.account(Role.LEADER, organization_id=FRONT)
    back = town.account(Role.LEADER, organization_id=BACK)
    chief = town.account(Role.SUPERVISOR)
    assert post(town, front, **fields).redirect
    assert post(town, front, **{**fields, "grade": "2", "reason": "退件慢"}).redirect
    for wrong in (
        {"unit": str(FRONT)}, {"unit": "77"}, {"grade": "6"}, {"reference": ""},
        {"grade": "1", "reason": ""},
    ):  # fmt: skip
        assert post(town, front, **{**fields, **wrong}).status == 422
    assert post(town, chief + 1, **fields).status == 422
    month = period(2026, 11)
    (seen,) = internal.tally(plugin(town), chief, month)
    assert (seen.grades, seen.number, seen.good) == ((0, 1, 0, 0, 0), 1, "0.00%")
    (own_view,) = internal.tally(plugin(town), back, month)
    assert own_view.grades is None
    assert town.seen.counted() == 0
    [fact] = town.seen.facts()
    assert (fact.name, fact.subject_id, fact.over, fact.under) == ("gd.internal", BACK, 0, 1)
    page = internal.page(plugin(town), PageRequest("GET", {}, {}, {}, "en", chief, "x"))
    assert page.values is not None
    assert page.values["units"] == []
    with pytest.raises(InternalRefused):
        internal.page(plugin(town), PageRequest("GET", {}, {}, {}, "en", None, ""))


def test_the_profile_of_the_province_takes_the_new_conditions() -> None:
    found = load("guangdong").plugins["guangdong"]["window_stars"]
    assert found["max_upheld"] == 0
    assert "rank_share" not in found  # nobody has published a share


def test_a_window_is_ranked_so_that_a_share_of_the_ranking_may_be_asked(town: Town) -> None:
    publish(town, {5: 40})
    assert town.months.standings("2023-07", "window") == {111: Standing(1, 1)}


def test_the_honour_wall_leads_to_the_certificate(town: Town) -> None:
    publish(town, {0: 40, 5: 40})
    page = town.client().get("/honours?period=2023-07").get_data(as_text=True)
    assert "3号窗口" in page
    address = "/console/x/guangdong/certificate?period=2023-07&amp;kind=window&amp;id=111"
    assert f'href="{address}">荣誉证书（登录后查看）' in page
