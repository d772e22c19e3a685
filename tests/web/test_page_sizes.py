"""What a telephone loads of the rater's pages: little, at once, and nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.settings import write_secrets
from tests.web.conftest import SETTINGS, Site, hidden, text

STATIC = files("haochaping.web") / "static"
FIRST_LOAD = 30_000
REQUESTS = 3
PROFILE = """\
extends: base
forms: {photos: 3}
indicators:
  differential_share: "0.1"
  differential:
    comfort:
      name: {zh: 大厅环境, en: The hall}
      halls: [H1]
      children:
        seats:
          name: {zh: 座位, en: Seats}
          question: {zh: 等候时有座位吗？, en: Was there a seat?}
          weight: "0.5"
        signs:
          name: {zh: 指引, en: Signs}
          question: {zh: 指示牌好找吗？, en: Were signs easy to find?}
          weight: "0.5"
"""


@pytest.fixture
def deployment(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment with all that can make these pages longer: photos and local questions."""
    home = tmp_path / "home"
    (home / "profiles").mkdir(parents=True)
    (home / "profiles" / "full.yaml").write_text(PROFILE, encoding="utf-8")
    settings = SETTINGS.format(database=sqlite_url).replace("profile: base", "profile: full")
    (home / "deployment.yaml").write_text(settings, encoding="utf-8")
    write_secrets(home)
    found = Deployment.open(home, clock=clock, checked=False)
    yield found
    found.close()


def small(answer: TestResponse) -> str:
    """The page, which is small with all that it loads, and loads it from here."""
    page = text(answer)
    links = re.findall(r'(?:<link[^>]+href|<script[^>]+src|<img[^>]+src)="([^"]+)"', page)
    loaded = [link.partition("?")[0] for link in links if not link.startswith("data:")]
    assert all(link.startswith("/static/") for link in loaded)
    assert len(loaded) + 1 <= REQUESTS
    weight = sum(len((STATIC / link.rpartition("/")[2]).read_bytes()) for link in loaded)
    assert len(answer.data) + weight <= FIRST_LOAD, (len(answer.data), weight)
    return page


@pytest.mark.parametrize("query", ["", "?lang=en&mode=elder"], ids=["plain", "elder"])
def test_every_page_on_the_way_of_a_rating_is_small(site: Site, query: str) -> None:
    client = site.client()
    for path in ("/r", "/find", "/w/3", "/mine", "/privacy", "/opinion"):
        small(client.get(path + query))
    code = site.link(site.serve())
    first = client.get(f"/r/{code}{query}")
    small(first)
    reasons = client.post(f"/r/{code}", data={**hidden(first), "grade": "1"})
    page = small(reasons)
    assert page.count('type="radio"') == 6
    assert 'name="photos"' in page
    said = {**hidden(reasons), "options": "108", "text": "慢" * 400, "confirm": "1"}
    done = client.post(f"/r/{code}", data=said)
    assert done.status_code == 200
    small(done)
    mine = client.post("/mine", data={"receipt": hidden(done)["receipt"], "action": "show"})
    assert 'name="photos"' in small(mine)
