"""The pages: whoever comes registers, organizers run the event, everybody reads the outcome."""

from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient
from icalendar import Calendar

from haochaping.testing.towns import Role
from haochaping_yantai.opinions import Said

from .yantai_town import UNIT, Town, caller

PUBLIC, DESK = "/x/yantai/events", "/console/x/yantai/events"
GUEST = {"name": "张某", "mobile": "１３８ 0000 0001", "enterprise": "甲公司"}


def send(client: FlaskClient, path: str, page: str = "", **fields: str):
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page or path).text)
    assert found is not None
    return client.post(path, data={"csrf_token": found[1], **fields})


def test_somebody_registers_and_holds_a_code(site: Town) -> None:
    who = site.account()
    code = site.plugin.diary.find(site.opened(who), who).code
    client = site.client()
    answer = send(client, f"{PUBLIC}/{code}", **GUEST)
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "已收到您的报名" in page
    assert "13800000001" not in page
    registered = re.search(r"registrations/([0-9A-Z]+)", answer.headers["Location"])
    assert registered is not None
    answer = send(client, f"{PUBLIC}/registrations/{registered[1]}", action="cancel")
    assert answer.headers["Location"].endswith("done=cancelled")


def test_what_was_typed_is_kept_when_the_number_is_wrong(site: Town) -> None:
    who = site.account()
    code = site.plugin.diary.find(site.opened(who), who).code
    answer = send(site.client(), f"{PUBLIC}/{code}", **{**GUEST, "mobile": "12"})
    assert answer.status_code == 422
    assert "手机号应为 11 位数字" in answer.text
    assert "甲公司" in answer.text


def test_a_form_without_its_token_registers_nobody(site: Town) -> None:
    who = site.account()
    number = site.opened(who)
    code = site.plugin.diary.find(number, who).code
    assert site.client().post(f"{PUBLIC}/{code}", data=GUEST).status_code == 400
    assert site.plugin.guests.counts(number) == {}


def test_an_organizer_plans_opens_and_changes_an_event(site: Town) -> None:
    client = site.client(site.account(Role.UNIT_LIAISON, organization_id=UNIT))
    stated = {
        "kind": "open_day",
        "title": "走进大厅",
        "organization": str(UNIT),
        "place": "一楼",
        "starts_at": "2026-12-03T14:00",
        "ends_at": "2026-12-03T16:00",
        "capacity": "40",
    }
    wrong = send(client, f"{DESK}/new", **{**stated, "capacity": "many"})
    assert wrong.status_code == 422
    assert "人数上限应为" in wrong.text
    assert "走进大厅" in wrong.text
    answer = send(client, f"{DESK}/new", **stated)
    here = answer.headers["Location"].split("?")[0]
    send(client, here, action="open")
    answer = send(client, f"{here}/change", **{**stated, "place": "二楼"})
    assert answer.status_code == 303
    assert "二楼" in site.client().get(PUBLIC).text
    feed = Calendar.from_ical(site.client().get("/x/yantai/events.ics").data)
    entry = next(one for one in feed.walk("VEVENT"))
    assert entry["LOCATION"] == "二楼"
    assert entry.decoded("DTSTART").isoformat() == "2026-12-03T14:00:00+08:00"


def test_the_outcome_is_public_with_every_opinion_and_without_guests(site: Town) -> None:
    who = site.account()
    number = site.opened(who)
    site.plugin.guests.register(site.plugin.diary.find(number, who), caller(7))
    site.clock.advance(timedelta(days=1, hours=1))
    client = site.client(who)
    here = f"{DESK}/{number}"
    send(client, here, action="hold", minutes="内部纪要")
    send(client, here, action="opinion", organization=str(UNIT), topic="online", text="少填一张表")
    own = site.plugin.opinions.of_event(number)[0].id
    send(client, here, action="answer", opinion=str(own), answer="已合并为一张")
    answer = send(client, here, action="publish", outcome="均已办理")
    assert answer.headers["Location"].endswith("done=publish")
    code = site.plugin.diary.find(number, who).code
    page = site.client().get(f"{PUBLIC}/{code}").text
    assert "少填一张表" in page
    assert "已合并为一张" in page
    assert "内部纪要" not in page
    assert "张某" not in page


def test_the_sheet_shows_codes_to_print(site: Town) -> None:
    who = site.account()
    number = site.opened(who)
    site.plugin.guests.invite(number, ["丙公司"], who)
    page = site.client(who).get(f"{DESK}/{number}/sheet").text
    assert page.count("<svg") >= 2
    assert "丙公司" in page
    assert site.plugin.guests.of_event(number, who)[0].code in page


def test_a_step_that_does_not_come_next_is_refused_in_words(site: Town) -> None:
    who = site.account()
    number = site.opened(who)
    client = site.client(who)
    for action in ("hold", "erase"):
        answer = send(client, f"{DESK}/{number}", action=action)
        assert answer.status_code == 409


def test_who_may_not_organize_does_not_see_the_desk(site: Town) -> None:
    number = site.opened(site.account())
    handler = site.client(site.account(Role.HANDLER, organization_id=UNIT))
    assert handler.get(DESK).status_code == 403
    assert handler.get(f"{DESK}/{number}").status_code == 403
    assert site.client().get(f"{PUBLIC}/ABCDEFGH").status_code == 404


def test_the_pages_are_worded_in_english(site: Town) -> None:
    who = site.account()
    number = site.held(who)
    said = Said(UNIT, "process", "一次办完", None, True)
    site.plugin.opinions.record(number, said, who)
    assert "Symposia and open days" in site.client().get(f"{PUBLIC}?lang=en").text
    page = site.client(who).get(f"{DESK}/{number}?lang=en").text
    assert "Publish the outcome" in page
    assert "Became case" in page


def test_events_are_in_the_public_navigation(site: Town) -> None:
    page = site.client().get("/").text
    assert f'<a href="{PUBLIC}">座谈会与开放日</a>' in page


def test_the_strict_rate_stands_beside_the_ordinary_one(site: Town) -> None:
    page = site.client().get("/boards/strict").text
    assert "非常满意度榜" in page
    assert "满意度" in page
