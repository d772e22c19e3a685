"""The registry's pages in the console: behind their policies, with tokens, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from haochaping.testing.towns import FakeClock, Role
from haochaping_inner_mongolia.tables import entry

from .inner_mongolia_town import EVIDENCE, RATER, UNIT, Town, make_town

HERE = "/console/x/inner_mongolia/registry"


@pytest.fixture
def site(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Town]:
    found = make_town(tmp_path / "home", sqlite_url, clock)
    yield found
    found.deployment.close()


def token(client: FlaskClient, page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    assert found is not None
    return found[1]


def send(client: FlaskClient, path: str, page: str = "", **fields: str):
    return client.post(path, data={"csrf_token": token(client, page or path), **fields})


def test_a_supervisor_proposes_and_two_others_list(site: Town) -> None:
    case_no = site.rated()
    proposer, first, second = (site.client(site.account()) for _ in range(3))
    stated = {"case_no": case_no, "occurrence_no": "1", "evidence": EVIDENCE, "term_days": "30"}
    answer = send(proposer, f"{HERE}/propose", **stated)
    assert answer.status_code == 303
    number = site.registry.entries(site.account())[0].id
    send(first, f"{HERE}/{number}", HERE, action="second", reason="证据充分")
    answer = send(second, f"{HERE}/{number}", HERE, action="confirm", reason="同意")
    assert answer.headers["Location"].endswith("done=confirm")
    assert site.registry.entries(site.account())[0].state == "listed"


def test_the_page_names_deciders_and_never_the_rater(site: Town) -> None:
    site.listed()
    page = site.client(site.account()).get(HERE).text
    assert "已列入" in page
    assert EVIDENCE in page
    assert "王某" in page
    assert RATER.name not in page
    assert RATER.certificate_no not in page


def test_the_page_shows_the_case_number_and_neither_receipt_nor_persons_index(site: Town) -> None:
    site.listed()
    page = site.client(site.account()).get(HERE).text
    [receipt] = [one.receipt for one in site.seen.ratings()]
    with site.deployment.store.read() as conn:
        index = conn.execute(select(entry.c.person_index)).scalar_one()
    assert "C1 · 第 1 次服务" in page
    assert receipt not in page.replace("-", "")
    assert index not in page


def test_what_was_typed_is_kept_when_a_proposal_is_refused(site: Town) -> None:
    client = site.client(site.account())
    stated = {"case_no": "nothing", "occurrence_no": "1", "evidence": EVIDENCE, "term_days": "30"}
    answer = send(client, f"{HERE}/propose", **stated)
    assert answer.status_code == 422
    assert EVIDENCE in answer.text
    assert "不能列入" in answer.text


def test_a_decision_by_somebody_of_the_unit_is_refused_in_words(site: Town) -> None:
    number = site.proposed()
    inside = site.client(site.account(Role.APPEAL_REVIEWER, organization_id=UNIT))
    answer = send(inside, f"{HERE}/{number}", HERE, action="second", reason="同意列入")
    assert answer.status_code == 403
    assert "两名人员" in answer.text
    assert "同意列入" in answer.text


def test_an_unknown_action_is_refused_in_words(site: Town) -> None:
    number = site.proposed()
    client = site.client(site.account())
    assert send(client, f"{HERE}/{number}", HERE, action="erase", reason="x").status_code == 409


def test_who_may_not_decide_does_not_see_the_registry(site: Town) -> None:
    handler = site.client(site.account(Role.HANDLER, organization_id=UNIT))
    assert handler.get(HERE).status_code == 403
    assert handler.get(f"{HERE}/propose").status_code == 403


def test_a_decision_without_the_forms_token_is_refused(site: Town) -> None:
    number = site.proposed()
    client = site.client(site.account())
    answer = client.post(f"{HERE}/{number}", data={"action": "second", "reason": "同意列入"})
    assert answer.status_code == 400
    assert site.registry.entries(site.account())[0].state == "proposed"


def test_the_registry_is_in_the_navigation_of_those_who_may(site: Town) -> None:
    page = site.client(site.account()).get(HERE).text
    assert f'<a href="{HERE}" aria-current="page">' in page
    assert "Registry" not in page


def test_the_pages_are_worded_in_english(site: Town) -> None:
    site.listed()
    page = site.client(site.account()).get(f"{HERE}?lang=en").text
    assert "Registry of malicious raters" in page
    assert "Listed" in page


def test_while_the_registry_is_off_the_pages_say_so(
    sqlite_url: str, clock: FakeClock, tmp_path: Path
) -> None:
    town = make_town(tmp_path / "off", sqlite_url, clock, enabled="false")
    client = town.client(town.account())
    assert "未启用" in client.get(HERE).text
    assert "<textarea" not in client.get(f"{HERE}/propose").text
    town.deployment.close()
