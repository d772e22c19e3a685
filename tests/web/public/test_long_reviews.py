"""The longest comments and replies: a list that stays light, each whole on its own page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from haochaping.deployment import Deployment
from haochaping.disclosure import reviews as published
from haochaping.disclosure.tables import review, review_batch
from haochaping.rectification import wording
from haochaping.web.app import create_app
from tests.web.conftest import text
from tests.web.public import town
from tests.web.public.test_answers import HEAVIEST, WEB, links
from tests.web.public.test_reviews import cards

LONGEST = 500
"""Characters of a comment at most, by the profile."""
FIRST, LAST = "/reviews/1-1", f"/reviews/1-{published.PAGE}"


@pytest.fixture(scope="module")
def client(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FlaskClient]:
    """A public site with one full page of the longest comments, each with the longest reply."""
    home = tmp_path_factory.mktemp("long")
    shutil.copy(sqlite_template, home / "town.db")
    with town.deployment_of(home / "home", "guangdong", f"sqlite:///{home / 'town.db'}") as found:
        _stock(found)
        app = create_app(found)
        app.testing = True
        yield app.test_client()


def test_a_list_of_the_longest_comments_is_light(client: FlaskClient) -> None:
    answer = client.get("/reviews")
    page = text(answer)
    assert len(cards(page)) == published.PAGE
    own = [link.partition("?")[0] for link in links(page) if "echarts" not in link]
    assert len(answer.data) + sum(len((WEB / link[1:]).read_bytes()) for link in own) <= HEAVIEST
    assert "评" * 199 + "…" in page
    assert "评" * 200 not in page
    assert "复" * 200 not in page
    assert page.count(">全文<") == page.count(">答复全文<") == published.PAGE


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_each_is_read_whole_on_the_page_it_leads_to(client: FlaskClient, language: str) -> None:
    said = {"zh-CN": ("全文", "答复全文"), "en": ("Full text", "Full reply")}[language]
    page = text(client.get("/reviews", headers={"Accept-Language": language}))
    for address in (FIRST, LAST):
        for label in said:
            assert f'<a class="more" href="{address}">{label}<' in page
        whole = text(client.get(address, headers={"Accept-Language": language}))
        assert "评" * LONGEST in whole
        assert "复" * wording.LONGEST in whole
        assert not any(f">{label}<" in whole for label in said)


def _stock(place: Deployment) -> None:
    now = place.clock.now()
    assert place.profile.rules.forms.text_max == LONGEST
    words, reply = "评" * LONGEST, "复" * wording.LONGEST
    batch = {"id": 1, "region": town.COUNTY, "day": date(2026, 11, 15), "size": published.PAGE}
    with place.store.write() as conn:
        town.build(conn)
        conn.execute(insert(review_batch), batch | {"published_at": now})
        for number in range(1, published.PAGE + 1):
            own = {"batch_id": 1, "place": number, "state": "published", "text": words}
            conn.execute(insert(review), town.comment(number, 1, 21, 11, 2) | own)
            town.answered(conn, now, number, f"CLONG{number:05}", reply)
