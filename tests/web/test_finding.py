"""Finding one's services by the number left with them: proof first, alike answers, one sitting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from haochaping.access import one_time
from haochaping.access.persons import Person
from haochaping.catalog.tables import service_case
from haochaping.delivery import raters, stops
from haochaping.delivery.messages import load
from haochaping.delivery.tables import message
from haochaping.evaluation import proofs
from haochaping.evaluation.tables import invitation, phone_proof
from haochaping.hooks.values import OccurrenceKey
from tests.web.conftest import WINDOW, Site, hidden, text

MOBILE, OTHER = "13900001234", "13900005678"


def person(site: Site, mobile: str = MOBILE) -> int:
    deployment = site.deployment
    with deployment.store.write() as conn:
        who = Person(name="张三", certificate_no=f"9900001990010100{mobile[-2:]}", mobile=mobile)
        return deployment.vault.remember(conn, who, "330106", site.clock.now())


def served(site: Site, who: int, column: str = "person_id") -> OccurrenceKey:
    key = site.serve()
    with site.deployment.store.write() as conn:
        mine = service_case.c.id == 50 + len(site.services) - 1
        conn.execute(update(service_case).where(mine).values({column: who}))
    return key


def ask(site: Site, path: str = "/find", **data: Any) -> TestResponse:
    return site.client().post(path, data={"step": "ask", "mobile": MOBILE, **data})


def digits(site: Site, page: TestResponse) -> str:
    return one_time.code(site.deployment.keyring, int(hidden(page)["proof"]))


def prove(site: Site, page: TestResponse, path: str = "/find", said: str = "") -> TestResponse:
    data = {"step": "prove", "digits": said or digits(site, page), **hidden(page)}
    return site.client().post(path, data=data)


def codes(site: Site) -> list[Any]:
    with site.deployment.store.read() as conn:
        return list(conn.execute(select(message).where(message.c.business_id.like("proof:%"))))


@pytest.fixture
def mine(site: Site) -> OccurrenceKey:
    return served(site, person(site))


def test_a_proved_number_finds_its_services_and_rates_them(site: Site, mine: OccurrenceKey) -> None:
    found = prove(site, ask(site))
    assert "社保登记" in text(found)
    assert "还有 1 件没有评价" in text(found)
    assert 'name="role"' not in text(found)
    action = text(found).partition('action="/r/')[2].partition('"')[0]
    fields = {name: value for name, value in hidden(found).items() if name != "values"}
    done = site.client().post(f"/r/{action}", data={**fields, "grade": "5"})
    assert "继续评价其他办件" in text(done)
    assert site.ratings()[0].occurrence_id == mine.id
    again = site.client().post("/find", data={"step": "list", **hidden(done)})
    assert "都评价过了" in text(again)
    assert site.ratings()[0].receipt in text(again) or "已评价" in text(again)


def test_an_agent_rates_many_services_in_one_sitting_each_by_itself(site: Site) -> None:
    who = person(site)
    keys = [served(site, who, "agent_person_id") for _ in range(3)]
    sitting = hidden(prove(site, ask(site)))["sitting"]
    for _ in keys:
        page = text(site.client().post("/find", data={"step": "list", "sitting": sitting}))
        action = page.partition('action="/r/')[2].partition('"')[0]
        token = page.partition('name="token" value="')[2].partition('"')[0]
        assert 'name="role" value="agent"' in page
        sent = {"token": token, "grade": "4", "role": "agent", "sitting": sitting}
        assert site.client().post(f"/r/{action}", data=sent).status_code == 200
    stored = site.ratings()
    assert {row.occurrence_id for row in stored} == {key.id for key in keys}
    assert {(row.rater_role, row.person_id) for row in stored} == {("agent", who)}
    assert len({row.receipt for row in stored}) == 3


def test_the_code_lies_in_no_table_and_goes_out_with_the_message(
    site: Site, mine: OccurrenceKey
) -> None:
    page = ask(site)
    [row] = codes(site)
    assert digits(site, page) not in row.body_zh + row.body_en
    with site.deployment.store.read() as conn:
        kept = load(conn, row.id)
        assert kept is not None
        out = raters.addressed(conn, site.deployment.vault, kept.message)
    assert out is not None
    assert digits(site, page) in out.body.zh
    assert out.to == f"tel:{MOBILE}"


def test_who_opted_out_of_texts_still_gets_a_code_asked_for(
    site: Site, mine: OccurrenceKey
) -> None:
    from haochaping.access.persons import mobile_index

    mac = mobile_index(site.deployment.keyring, MOBILE)
    assert mac is not None
    with site.deployment.store.write() as conn:
        stops.stop(conn, mac, site.clock.now())
    ask(site)
    with site.deployment.store.read() as conn:
        kept = load(conn, codes(site)[0].id)
        assert kept is not None
        assert raters.addressed(conn, site.deployment.vault, kept.message) is not None


def _shape(page: TestResponse) -> tuple[int, str]:
    proof = hidden(page).get("proof", "-")
    return page.status_code, text(page).replace(proof, "#")


def test_known_and_unknown_numbers_are_answered_alike(site: Site, mine: OccurrenceKey) -> None:
    known, unknown = ask(site), ask(site, mobile=OTHER)
    assert _shape(known) == _shape(unknown)
    wrong = [prove(site, page, said="000000" if n else "111111") for n, page in
             enumerate((known, unknown))]  # fmt: skip
    assert _shape(wrong[0]) == _shape(wrong[1])
    assert wrong[0].status_code == 422
    assert len(codes(site)) == 1


def test_even_the_right_digits_open_nothing_for_an_unknown_number(site: Site) -> None:
    assert prove(site, ask(site, mobile=OTHER)).status_code == 422


def test_a_code_is_tried_a_few_times_only(site: Site, mine: OccurrenceKey) -> None:
    page = ask(site)
    for _ in range(proofs.ATTEMPTS):
        assert prove(site, page, said="12345x").status_code == 422
    assert prove(site, page).status_code == 422


def test_a_code_is_good_once_and_for_ten_minutes(site: Site, mine: OccurrenceKey) -> None:
    page = ask(site)
    assert prove(site, page).status_code == 200
    assert prove(site, page).status_code == 422
    later = ask(site)
    site.clock.advance(proofs.VALID)
    assert prove(site, later).status_code == 422


def test_a_number_gets_a_few_codes_an_hour(site: Site, mine: OccurrenceKey) -> None:
    answers = [ask(site).status_code for _ in range(proofs.PER_HOUR + 1)]
    assert answers == [200] * proofs.PER_HOUR + [429]
    assert ask(site, mobile=OTHER).status_code == 200
    site.clock.advance(timedelta(hours=1))
    assert ask(site).status_code == 200


def test_one_device_asks_for_a_few_codes_another_behind_its_address_still_may(
    site: Site,
) -> None:
    numbers = [f"139{n:08}" for n in range(20)]
    answers = [ask(site, mobile=one).status_code for one in numbers]
    assert answers[-1] == 429
    other = site.client().post(
        "/find", data={"mobile": "13812345678"}, headers={"User-Agent": "another"}
    )
    assert other.status_code == 200


def test_a_case_number_narrows_what_is_found(site: Site) -> None:
    who = person(site)
    served(site, who)
    key = served(site, who)
    page = text(prove(site, ask(site, case_no="33010620261116-0001")))
    assert page.count('action="/r/') == 1
    with site.deployment.store.read() as conn:
        rows = conn.execute(select(invitation)).all()
    assert [(row.occurrence_id, row.via) for row in rows] == [(key.id, "phone")]


def test_a_case_of_somebody_else_is_not_found(site: Site, mine: OccurrenceKey) -> None:
    served(site, person(site, OTHER))
    page = ask(site, case_no="33010620261116-0001")
    assert prove(site, page).status_code == 422


def test_a_windows_code_finds_only_what_was_served_there(site: Site, mine: OccurrenceKey) -> None:
    here = f"/w/{WINDOW}"
    assert "8号窗口" in text(site.client().get(here))
    assert "社保登记" not in text(site.client().get(here))
    found = prove(site, ask(site, here), here)
    assert "社保登记" in text(found)
    with site.deployment.store.read() as conn:
        assert conn.execute(select(invitation.c.via)).scalars().all() == ["window_qr"]


def test_an_unknown_window_is_not_there(site: Site) -> None:
    for method in ("get", "post"):
        assert getattr(site.client(), method)("/w/99").status_code == 404
    assert site.client().get("/w/99/qr.svg").status_code == 404
    assert site.client().get(f"/w/{WINDOW}/qr.svg").mimetype == "image/svg+xml"


def test_what_is_no_number_is_told_at_its_field(site: Site) -> None:
    answer = ask(site, mobile="12345")
    assert answer.status_code == 422
    assert '<a href="#mobile">' in text(answer)
    with site.deployment.store.read() as conn:
        assert conn.execute(select(phone_proof)).all() == []


@pytest.mark.parametrize("forged", ["", "1", "1/X.0", "999/" + "A" * 20 + "." + "0" * 32])
def test_a_forged_sitting_lists_nothing(site: Site, mine: OccurrenceKey, forged: str) -> None:
    answer = site.client().post("/find", data={"step": "list", "sitting": forged})
    assert answer.status_code == 422
    assert "社保登记" not in text(answer)


def test_a_sitting_ends(site: Site, mine: OccurrenceKey) -> None:
    sitting = hidden(prove(site, ask(site)))["sitting"]
    site.clock.advance(proofs.SITTING)
    answer = site.client().post("/find", data={"step": "list", "sitting": sitting})
    assert answer.status_code == 422


def test_no_number_stands_in_an_address_or_in_the_answer(site: Site, mine: OccurrenceKey) -> None:
    page = ask(site)
    assert MOBILE not in text(page) + text(prove(site, page))


def test_old_attempts_are_deleted(site: Site, mine: OccurrenceKey) -> None:
    ask(site)
    with site.deployment.store.write() as conn:
        assert proofs.tidy(conn, site.clock.now()) == 0
        assert proofs.tidy(conn, site.clock.now() + timedelta(days=2)) == 1
