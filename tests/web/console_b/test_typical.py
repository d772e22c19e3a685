"""Typical cases: from a closed case to a permalink, without persons, signed by two others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from haochaping.access.persons import Person
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.disclosure import steps
from haochaping.disclosure.tables import typical_case, typical_search, typical_signature
from haochaping.journal import Event
from haochaping.journal.tables import journal
from haochaping.plugins.answers import Decision, Failure
from haochaping.rectification.records import Case
from haochaping.settings import write_secrets
from tests.web.conftest import SETTINGS
from tests.web.console.conftest import RULES
from tests.web.console_b.conftest import ELSEWHERE, REGION, Browser, Desk, Role, fields_of, text_of

HERE = "/console/typical"
SAID = (
    "我叫欧阳小娟，住文三路18号3单元502室，电话13800001234，车牌浙A12345，"
    "身份证330106199001011234。窗口跑了三趟。"
)
TEXTS = {
    "title": "材料一次告知",
    "said": "欧阳小娟反映往返三次，经办人钱多多没有一次告知。",
    "found": "清单版本过旧。\n系统没有更新。",
    "done": "清单已更新并同步到各窗口。",
    "learnt": "",
    "english": "The list was brought up to date.",
}


both = pytest.mark.parametrize("database", ["sqlite_url", "postgres_url"])


@pytest.fixture
def database() -> str:
    """The fixture that names the database; a test marked `both` runs on each."""
    return "sqlite_url"


@pytest.fixture
def deployment(
    request: pytest.FixtureRequest, database: str, clock: FakeClock, tmp_path: Path
) -> Iterator[Deployment]:
    """The console's deployment."""
    store_url = request.getfixturevalue(database)
    home = tmp_path / "home"
    (home / "profiles").mkdir(parents=True)
    (home / "profiles" / "town.yaml").write_text(RULES + "\n", encoding="utf-8")
    settings = SETTINGS.format(database=store_url).replace("profile: base", "profile: town")
    (home / "deployment.yaml").write_text(settings, encoding="utf-8")
    write_secrets(home)
    found = Deployment.open(home, clock=clock, checked=False)
    yield found
    found.close()


@dataclass
class Writing:
    """A closed case, a typical case begun from it, and who may do what."""

    desk: Desk
    case: Case
    writer: Browser
    first: Browser
    second: Browser

    @property
    def row(self) -> Any:
        with self.desk.deployment.store.read() as conn:
            statement = select(typical_case).order_by(typical_case.c.id.desc())
            return conn.execute(statement).first()

    @property
    def here(self) -> str:
        return f"{HERE}/{self.row.id}"

    def act(self, who: Browser, action: str, **fields: str) -> Any:
        return who.send(f"{self.here}/{action}", self.here, **fields)

    def write(self, **texts: str) -> Any:
        return self.act(self.writer, "save", **{**TEXTS, **texts})

    def publish(self) -> str:
        self.write()
        for who, action in ((self.writer, "submit"), (self.first, "sign"), (self.second, "sign")):
            assert self.act(who, action).status_code == 303
        return f"/typical-cases/{self.row.public_id}"

    def kinds(self) -> list[str]:
        with self.desk.deployment.store.read() as conn:
            rows = select(journal.c.kind).where(journal.c.kind.like("typical.%"))
            return list(conn.execute(rows.order_by(journal.c.seq)).scalars())

    def public(self, address: str, **headers: str) -> Any:
        return self.desk.site.client().get(address, headers=headers)


def closed_case(desk: Desk, words: str = SAID) -> Case:
    """A case with a known rater that its handler answered and its supervisor closed."""
    office = desk.office
    person = Person("natural", "欧阳小娟", "111", "330106199001011234", "13800001234")
    case = office.case(text=words, person=person)
    handler = office.someone(Role.HANDLER, name="钱多多", organization_id=1)
    office.act(handler, case, "answer", outcome="rectified", text="已向欧阳小娟致歉，清单已改。")
    office.act(office.supervisor(), case, "confirm")
    found = office.now(case)
    assert found.state == "closed", found.state
    return found


@pytest.fixture
def writing(desk: Desk) -> Writing:
    case = closed_case(desk)
    writer = desk.person(Role.PUBLISHER, name="周编写")
    made = Writing(
        desk, case, writer, desk.person(Role.PUBLISHER), desk.person(Role.SUPERVISOR, region=REGION)
    )
    assert writer.send(HERE, HERE, number=case.public_id.lower()).status_code == 303
    return made


def test_a_draft_starts_with_what_the_case_says_and_without_anybody(writing: Writing) -> None:
    row = writing.row
    told = row.said + row.done
    assert "窗口跑了三趟" in row.said
    assert "清单已改" in row.done
    for hidden in ("欧阳小娟", "502", "13800001234", "A12345", "330106199001011234"):
        assert hidden not in told
    page = writing.writer.page(writing.here)
    assert "已自动遮盖" in page
    for why in ("姓名", "电话", "车牌", "证件号", "住址"):
        assert why in page
    writing.writer.send(HERE, HERE, number=writing.case.public_id)
    assert writing.row.id == row.id  # a case has one


@both
def test_two_others_sign_and_with_the_second_it_is_public(writing: Writing) -> None:
    writing.write()
    row = writing.row
    assert row.said == "***反映往返三次，经办人***没有一次告知。"
    writing.act(writing.writer, "submit")
    token = fields_of(writing.writer.page(writing.here), f"{writing.here}/back")
    assert writing.writer.client.post(f"{writing.here}/sign", data=token).status_code == 403
    assert writing.act(writing.first, "sign").status_code == 303
    sent = fields_of(writing.first.page(writing.here), f"{writing.here}/back")
    twice = writing.first.client.post(f"{writing.here}/sign", data=sent)
    assert (twice.status_code, writing.kinds().count("typical.signed")) == (303, 1)
    assert writing.row.state == "signing"
    address = f"/typical-cases/{row.public_id}"
    assert writing.public(address).status_code == 404
    assert writing.act(writing.second, "sign").status_code == 303

    answer = writing.public(address)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "材料一次告知" in page
    assert "***反映往返三次" in page
    assert "Summary" not in page
    assert writing.case.public_id not in page
    again = writing.public(address, **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    english = writing.public(f"{address}?lang=en").get_data(as_text=True)
    assert TEXTS["english"] in english
    assert "What was found" in english
    expected = ["begun", "written", "submitted", "signed", "signed", "published"]
    assert writing.kinds() == [f"typical.{one}" for one in expected]


def test_a_change_needs_new_signatures(writing: Writing) -> None:
    writing.write()
    writing.act(writing.writer, "submit")
    seen = writing.second.page(writing.here)
    writing.act(writing.first, "sign")
    writing.write(done="清单已更新。")
    assert writing.row.state == "draft"
    assert 'value="2"' in seen
    token = fields_of(seen, f"{writing.here}/sign")  # of the version before
    stale = writing.second.client.post(f"{writing.here}/sign", data=token)
    assert stale.status_code == 409
    assert "已被修改" in text_of(stale)
    writing.act(writing.writer, "submit")
    writing.act(writing.second, "sign")
    assert writing.row.state == "signing"


def test_what_is_missing_too_long_or_overtaken_is_said_and_nothing_is_lost(
    writing: Writing,
) -> None:
    long = "长" * 1001
    answer = writing.write(found=long, title="留着的标题")
    assert answer.status_code == 422
    assert "最多 1000 字" in text_of(answer)
    assert long in answer.get_data(as_text=True)
    assert "留着的标题" in answer.get_data(as_text=True)
    answer = writing.act(writing.writer, "submit")
    assert answer.status_code == 422
    assert "标题：请填写" in text_of(answer)
    writing.writer.page(writing.here)
    other = writing.desk.person(Role.PUBLISHER)
    other.send(f"{writing.here}/save", writing.here, **TEXTS)
    overtaken = writing.writer.send(f"{writing.here}/save", **{**TEXTS, "title": "我的标题"})
    assert overtaken.status_code == 409
    assert "我的标题" in overtaken.get_data(as_text=True)


@both
def test_a_withdrawn_one_says_so_at_its_address_and_is_found_no_more(writing: Writing) -> None:
    address = writing.publish()
    for found in ("清单版本", "往返三次"):
        assert "材料一次告知" in text_of(writing.public(f"/typical-cases?q={found}"))
    assert writing.act(writing.first, "withdraw").status_code == 422
    answer = writing.act(writing.first, "withdraw", reason="事实有误，重新核实")
    assert answer.status_code == 303
    gone = writing.public(address)
    assert gone.status_code == 410
    assert "已于 2026年11月16日 撤下" in text_of(gone)
    assert "事实有误，重新核实" in text_of(gone)
    assert "材料一次告知" not in text_of(gone)
    assert "材料一次告知" not in text_of(writing.public("/typical-cases"))
    assert "材料一次告知" not in text_of(writing.public("/typical-cases?q=清单版本"))
    assert writing.kinds()[-1] == "typical.withdrawn"
    with writing.desk.deployment.store.read() as conn:
        assert conn.execute(select(typical_search)).all() == []
        if conn.dialect.name == "sqlite":
            conn.execute(text("INSERT INTO typical_fts(typical_fts) VALUES ('integrity-check')"))


def test_it_leaves_with_the_rating_that_no_longer_counts(writing: Writing) -> None:
    address, deployment = writing.publish(), writing.desk.deployment

    case = writing.case
    payload = {"id": case.evaluation_id, "served_month": case.served_month}
    event = Event(
        "evaluation.voided", "evaluation:1", payload | {"occurrence_id": case.occurrence_id}, REGION
    )
    with deployment.store.write() as conn:
        steps.take_words_back(None, conn, [event], writing.desk.site.clock.now())
    gone = writing.public(address)
    assert gone.status_code == 410
    assert "评价经复核无效" in text_of(gone)


def test_open_void_foreign_and_sensitive_cases_are_refused(desk: Desk) -> None:
    open_case = desk.office.case(text="还在办")
    publisher = desk.person(Role.PUBLISHER)
    foreign = desk.person(Role.PUBLISHER, region=ELSEWHERE)
    for who, number, said in (
        (publisher, open_case.public_id, "工单还没有办结"),
        (foreign, open_case.public_id, "没有这个编号的工单"),
        (publisher, "NOSUCH", "没有这个编号的工单"),
    ):
        answer = who.send(HERE, HERE, number=number)
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert number in answer.get_data(as_text=True)


def test_who_cannot_reach_the_unit_sees_and_signs_nothing(writing: Writing) -> None:
    foreign = writing.desk.person(Role.PUBLISHER, region=ELSEWHERE)
    assert foreign.get(writing.here).status_code == 404
    assert "材料" not in text_of(foreign.get(HERE))


def test_a_plugin_that_fails_keeps_it_from_being_signed(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = writing.desk.deployment.disclosing.typical.masks.hooks
    broken = Decision((), (Failure("masker", "disclosure_redact", "boom"),), ())
    with monkeypatch.context() as patched:
        patched.setattr(type(hooks), "decide", lambda *asked, **question: broken)
        writing.write()
    assert "masker: boom" in text_of(writing.writer.get(writing.here))
    assert writing.act(writing.writer, "submit").status_code == 422
    writing.write()
    assert writing.act(writing.writer, "submit").status_code == 303


@both
def test_signatures_are_kept_with_their_version(writing: Writing) -> None:
    writing.write()
    writing.act(writing.writer, "submit")
    writing.act(writing.first, "sign")
    writing.act(writing.second, "back", reason="写清楚原因")
    assert "退回意见：写清楚原因" in text_of(writing.writer.get(writing.here))
    writing.publish()
    with writing.desk.deployment.store.read() as conn:
        versions = conn.execute(select(typical_signature.c.version)).scalars().all()
    assert sorted(versions) == [2, 4, 4]
