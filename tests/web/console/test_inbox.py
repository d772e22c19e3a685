"""The inbox: one's own messages, unread first known by a number beside the navigation."""

from __future__ import annotations

from tests.web.console.conftest import UNIT, Browser, Office, text_of

from haochaping.access.roles import Role
from haochaping.delivery import inbox, messages
from haochaping.hooks.services import OutgoingMessage
from haochaping.hooks.values import Words

HERE = "/console/inbox"


def tell(
    office: Office, account_id: int, link: str = "", body: str = "答复期限 2026-11-23"
) -> None:
    at = office.site.clock.now()
    with office.deployment.store.write() as conn:
        number = next(office.numbers)
        outgoing = OutgoingMessage(
            f"m{number}", f"account:{account_id}", UNIT, "inbox",
            Words("差评工单即将到期", "Due soon"), Words(body, ""), link,
        )  # fmt: skip
        message_id = messages.queue(conn, outgoing, at)
        assert message_id is not None
        inbox.put(conn, message_id, [account_id], at)


def person(office: Office) -> tuple[int, Browser]:
    account_id = office.account((Role.HANDLER, {"organization_id": UNIT}))
    return account_id, office.browser(account_id)


def test_a_message_is_shown_and_counted_until_it_is_read(office: Office) -> None:
    account_id, browser = person(office)
    tell(office, account_id)
    said = text_of(browser.get(HERE))
    assert "差评工单即将到期" in said
    assert "消息 1 条未读" in said
    browser.send(f"{HERE}/read")
    said = text_of(browser.get(HERE))
    assert "差评工单即将到期" in said
    assert "条未读" not in said


def test_opening_a_message_reads_it_and_leads_to_its_case(office: Office) -> None:
    account_id, browser = person(office)
    tell(office, account_id, "/console/cases/7K2M9QX4TZ")
    action = next(part for part in browser.page(HERE).split('"') if part.endswith("/open"))
    answer = browser.send(action)
    assert answer.headers["Location"] == "/console/cases/7K2M9QX4TZ"
    assert "条未读" not in text_of(browser.get(HERE))


def test_a_message_never_leads_to_another_site(office: Office) -> None:
    account_id, browser = person(office)
    tell(office, account_id, "https://evil.example/")
    action = next(part for part in browser.page(HERE).split('"') if part.endswith("/open"))
    assert browser.send(action).headers["Location"] == HERE


def test_somebody_elses_message_stays_unread_and_unseen(office: Office) -> None:
    account_id, browser = person(office)
    _, stranger = person(office)
    tell(office, account_id, "/console/cases/7K2M9QX4TZ")
    action = next(part for part in browser.page(HERE).split('"') if part.endswith("/open"))
    token = stranger.page(HERE).partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = stranger.client.post(action, data={"csrf_token": token})
    assert answer.headers["Location"] == HERE
    assert "消息 1 条未读" in text_of(browser.get(HERE))


def test_older_messages_are_on_the_next_page(office: Office) -> None:
    account_id, browser = person(office)
    for number in range(51):
        tell(office, account_id, body=f"第{number}条")
    page = browser.page(HERE)
    assert "第0条" not in page
    assert "第50条" in page
    older = page.partition('href="?before=')[2].partition('"')[0]
    assert "第0条" in browser.page(f"{HERE}?before={older}")
