"""An item marked sensitive shows its general name wherever raters, halls and the public look."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from haochaping.catalog.tables import item
from haochaping.evaluation.forms import Links, own_prompt, receipt_for
from haochaping.grading import tallies
from haochaping.hooks.values import Channel
from tests.web.conftest import Site, text
from tests.web.test_mine import post

NAME, GENERAL = "社保登记", "个人权益事项"


@pytest.fixture
def site(site: Site) -> Site:
    with site.deployment.store.write() as conn:
        conn.execute(update(item).values(sensitive=True, public_name=GENERAL))
    return site


def test_the_raters_pages_show_the_general_name(site: Site) -> None:
    code = site.link(site.serve())
    client = site.client()
    rating = client.get(f"/r/{code}")
    done = client.post(f"/r/{code}", data={"grade": "2", "options": "207"})
    mine = post(site, site.ratings()[0].receipt)
    english = client.post("/mine", data={"receipt": site.ratings()[0].receipt, "lang": "en"})
    pages = [text(one) for one in (rating, done, mine, english)]
    assert GENERAL in pages[0]
    assert GENERAL in pages[2]
    assert not any(NAME in page or "Registration" in page for page in pages)


@pytest.mark.parametrize("channel", [Channel.WINDOW_DEVICE, Channel.QR])
def test_device_and_receipt_show_the_general_name(site: Site, channel: Channel) -> None:
    form = site.deployment.intake.form(site.serve(), channel)
    rules, hooks = site.deployment.desk.rules, site.deployment.hooks
    fields = {field.name: field.value for field in own_prompt(rules, form.occurrence, channel)}
    assert fields["item"] == GENERAL
    links = Links("http://localhost/r/x", "1234")
    blocks = receipt_for(hooks, rules, form.occurrence, links)
    said = " ".join(block.value for block in blocks)
    assert GENERAL in said
    assert NAME not in said


def test_public_pages_and_data_show_the_general_name(site: Site) -> None:
    for _ in range(6):
        code = site.link(site.serve())
        site.client().post(f"/r/{code}", data={"grade": "5"})
    with site.deployment.store.write() as conn:
        tallies.fold(conn)
    site.deployment.disclosing.publish(
        site.deployment.store, site.clock.now().date(), site.clock.now()
    )
    addresses = (
        "/",
        "/boards/items?period=2026-11",
        "/api/v1/boards/items?format=csv&period=2026-11",
        "/api/v1/boards/items?period=2026-11",
        "/reviews",
        "/feed",
    )
    for address in addresses:
        page = text(site.client().get(address))
        assert NAME not in page, address
        assert "Registration" not in page, address
