"""The words of other systems: read, written, read again; nothing guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from haochaping.channels import dialect
from haochaping.channels.dialect import Dialect, NoDialect, NotUnderstood, Spoken
from haochaping.profile.rules import WireRules

ZONE = ZoneInfo("Asia/Shanghai")
CHANNELS = {"1": "web", "3": "qr", "4": "window_device", "6": "sms"}
RULES = WireRules("national", CHANNELS, {}, {})
SAID = Spoken(
    case_no="I-5-20261116-0001",
    occurrence_no=2,
    grade=2,
    options=("207", "213"),
    text="=跑了三趟,“不说清楚”",
    channel="window_device",
    submitted_at=datetime(2026, 11, 16, 2, 5, 7, tzinfo=UTC),
)


@pytest.fixture
def national() -> Dialect:
    return dialect.of(RULES, ZONE)


def rating(**changes: Any) -> dict[str, Any]:
    return {"projectNo": "P-1", "serviceNumber": 1, "satisfaction": "5", "pf": "3", **changes}


@pytest.mark.parametrize(
    "said",
    [SAID, replace(SAID, options=(), text="", submitted_at=None, channel="qr", grade=5),
     *(replace(SAID, channel=ours) for ours in CHANNELS.values())],
)  # fmt: skip
def test_what_is_written_reads_back_as_it_was(national: Dialect, said: Spoken) -> None:
    assert national.evaluation(national.spell(said)) == said


def test_a_rating_is_written_in_national_names(national: Dialect) -> None:
    assert national.spell(SAID) == {
        "projectNo": "I-5-20261116-0001",
        "serviceNumber": "2",
        "satisfaction": "2",
        "evalDetail": "207,213",
        "writingEvaluation": "=跑了三趟,“不说清楚”",
        "pf": "4",
        "assessTime": "2026-11-16 10:05:07",
        "assessNumber": "1",
        "isdefault": "0",
    }


@pytest.mark.parametrize("missing", [None, "", True, [], {}])
def test_a_missing_grade_is_never_guessed(national: Dialect, missing: Any) -> None:
    with pytest.raises(NotUnderstood) as told:
        national.evaluation(rating(satisfaction=missing))
    assert told.value.fields["errors"][0]["where"] == "satisfaction"


@pytest.mark.parametrize("code", ["7", "", "=cmd|' /C calc'!A0", "９", None])
def test_an_unknown_channel_is_refused_with_those_accepted(national: Dialect, code: Any) -> None:
    with pytest.raises(NotUnderstood) as told:
        national.evaluation(rating(pf=code))
    [error] = told.value.fields["errors"]
    assert "1、3、4、6" in error["zh"]
    assert "“=cmd" not in error["zh"]


def test_ratings_by_default_are_refused(national: Dialect) -> None:
    with pytest.raises(NotUnderstood, match="系统默认"):
        national.evaluation(rating(isdefault="1"))


def test_the_round_is_the_first_or_the_one_after_the_answer(national: Dialect) -> None:
    assert national.evaluation(rating()).round == 1
    assert national.evaluation(rating(assessNumber="2")).round == 2
    with pytest.raises(NotUnderstood, match="首次评价"):
        national.evaluation(rating(assessNumber="3"))


def test_fields_nobody_knows_are_told_with_those_known(national: Dialect) -> None:
    with pytest.raises(NotUnderstood) as told:
        national.evaluation(rating(satisfation="5", areaCode="330106000000"))
    [error] = told.value.fields["errors"]
    assert "satisfation" in error["zh"]
    assert "writingEvaluation" in error["zh"]
    assert "不认识的字段 satisfation；" in error["zh"]


@pytest.mark.parametrize("moment", ["2026-11-16", "16/11/2026 10:00:00", "2026-11-16 24:61:00"])
def test_a_moment_in_another_form_is_told_with_an_example(national: Dialect, moment: str) -> None:
    with pytest.raises(NotUnderstood, match="2026-11-16 10:05:00"):
        national.evaluation(rating(assessTime=moment))


def record(**changes: Any) -> dict[str, Any]:
    return {
        "projectNo": "P-1",
        "serviceNumber": "1",
        "deptCode": "11990000MB2000004B",
        "taskCode": "I-5",
        "proStatus": "2",
        "serviceTime": "2026-11-16 10:00:00",
        "winNo": "08",
        "userProp": "1",
        "userName": "张三",
        "creditType": "111",
        "certKey": "990000199001010017",
        "mobile": "13800001234",
        "areaCode": "330106000000",
        **changes,
    }


def test_a_record_becomes_a_push(national: Dialect) -> None:
    [case] = national.cases({"records": [record()]})["cases"]
    assert case == {
        "case_no": "P-1",
        "item_code": "I-5",
        "organization_code": "11990000MB2000004B",
        "status": "accepted",
        "applicant": {
            "type": "1",
            "name": "张三",
            "certificate_type": "111",
            "certificate_no": "990000199001010017",
            "mobile": "13800001234",
        },
        "occurrences": [{"window_code": "08", "no": 1, "served_at": "2026-11-16T10:00:00+08:00"}],
    }


def test_records_of_one_case_are_its_services(national: Dialect) -> None:
    body = {"records": [record(), record(serviceNumber=2), record(projectNo="P-2")]}
    cases = national.cases(body)["cases"]
    assert [(one["case_no"], len(one["occurrences"])) for one in cases] == [("P-1", 2), ("P-2", 1)]


def test_codes_of_the_profile_take_the_place_of_the_dialects() -> None:
    mine = dialect.of(replace(RULES, applicants={"A": "1"}, certificates={"SFZ": "111"}), ZONE)
    body = {"records": [record(userProp="A", creditType="SFZ")]}
    applicant = mine.cases(body)["cases"][0]["applicant"]
    assert (applicant["type"], applicant["certificate_type"]) == ("1", "111")
    with pytest.raises(NotUnderstood, match="可用：A"):
        mine.cases({"records": [record(creditType="SFZ")]})


@pytest.mark.parametrize("body", [{}, {"records": []}, {"records": {}}, {"records": [1] * 501}])
def test_a_body_without_records_is_told(national: Dialect, body: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstood, match="records"):
        national.cases(body)


def test_every_fault_of_a_body_is_named_with_its_place(national: Dialect) -> None:
    body = {"records": [record(proStatus="9"), "text", record(serviceTime="now")]}
    with pytest.raises(NotUnderstood) as told:
        national.cases(body)
    places = [one["where"] for one in told.value.fields["errors"]]
    assert places == ["records[0].proStatus", "records[1]", "records[2].serviceTime"]


def test_a_deployment_may_bring_a_dialect_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "dialects").mkdir()
    own = "moment: '%Y%m%d%H%M%S'\ncase: {}\nevaluation: {case_no: BJBH, grade: MYD, channel: QD,"
    own += " options: XX, text: YJ, submitted_at: SJ}\ncodes: {}\n"
    (tmp_path / "dialects" / "ours.yaml").write_text(own, encoding="utf-8")
    found = dialect.of(WireRules("ours", {"W": "web"}, {}, {}), ZONE, tmp_path)
    said = found.evaluation({"BJBH": "P-1", "MYD": 4, "QD": "W", "SJ": "20261116100507"})
    assert (said.case_no, said.grade, said.channel) == ("P-1", 4, "web")


@pytest.mark.parametrize("name", ["", "nowhere", "../national"])
def test_a_dialect_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(NoDialect):
        dialect.of(WireRules(name, {}, {}, {}), ZONE)


def test_a_word_that_has_no_code_cannot_be_written(national: Dialect) -> None:
    with pytest.raises(NotUnderstood):
        national.spell(replace(SAID, channel="paper"))
