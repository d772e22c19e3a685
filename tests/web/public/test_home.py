"""The public home."""

from __future__ import annotations

from tests.web.conftest import Site, text


def test_an_empty_site_says_what_comes_next(site: Site) -> None:
    answer = site.client().get("/")
    assert answer.status_code == 200
    assert "还没有数据" in text(answer)
