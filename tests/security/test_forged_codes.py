"""Forged, expired, misused and used codes; guessing does not pay."""

from __future__ import annotations

import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from haochaping.evaluation.codes import Purpose
from haochaping.evaluation.crockford import ALPHABET
from haochaping.evaluation.problems import BadLink
from haochaping.evaluation.tables import evaluation
from haochaping.hooks.values import OccurrenceKey
from tests.security.town import OWN, Town, hidden


def _said(answer: TestResponse, *asked: str) -> tuple[int, str]:
    page = answer.get_data(as_text=True)
    for one in asked:
        page = page.replace(one, "*")
    return answer.status_code, re.sub(r"\b[0-9A-HJKMNP-TV-Z]{12}\b", "#", page)


def test_forged_and_misused_codes_are_answered_alike(town: Town) -> None:
    key = town.serve()
    genuine, _ = town.link(key)
    signer = town.deployment.intake.desk.signer
    last = town.clock.now().date() + timedelta(days=30)
    other_purpose = signer.sign(Purpose.FOLLOW, key, last)
    turned = genuine[:-1] + ("0" if genuine[-1] != "0" else "1")
    codes = (turned, other_purpose, "0" * 40, "Z" * 40, "U" * 40, "0" * 39, "不是代码的代码")
    client = town.browser()
    shown = {_said(client.get(f"/r/{code}"), code, _quoted(code)) for code in codes}
    sent = {
        _said(client.post(f"/r/{code}", data={"grade": "5"}), code, _quoted(code)) for code in codes
    }
    assert len(shown) == 1
    assert len(sent) == 1
    assert next(iter(shown))[0] == next(iter(sent))[0] == 404


def _quoted(code: str) -> str:
    from urllib.parse import quote

    return quote(code)


def test_a_code_whose_service_is_not_there_looks_like_a_forged_one(town: Town) -> None:
    signer = town.deployment.intake.desk.signer
    last = town.clock.now().date() + timedelta(days=30)
    nowhere = signer.sign(Purpose.RATE, OccurrenceKey(OWN.region, 202611, 424242), last)
    assert town.browser().get(f"/r/{nowhere}").status_code == 404


def test_an_expired_code_is_refused_for_reading_and_for_rating(town: Town) -> None:
    key = town.serve()
    expired = town.deployment.intake.desk.signer.sign(
        Purpose.RATE, key, town.clock.now().date() - timedelta(days=1)
    )
    assert town.browser().get(f"/r/{expired}").status_code == 410
    assert town.browser().post(f"/r/{expired}", data={"grade": "5"}).status_code == 410


def test_a_used_code_rates_nothing_twice(town: Town) -> None:
    key = town.serve()
    code, short = town.link(key)
    assert town.browser().post(f"/r/{code}", data={"grade": "5"}).status_code == 200
    for used in (code, short):
        again = town.browser().post(f"/r/{used}", data={"grade": "1", "text": "慢", "confirm": "1"})
        assert again.status_code == 409
    with town.deployment.store.read() as conn:
        found = conn.execute(select(evaluation).where(evaluation.c.occurrence_id == key.id)).all()
    assert [row.grade for row in found] == [5]


def test_a_form_token_of_one_code_is_worth_nothing_for_another(town: Town) -> None:
    one, other = (town.link(town.serve())[0] for _ in range(2))
    token = hidden(town.browser().get(f"/r/{one}").get_data(as_text=True))["token"]
    assert (
        town.browser().post(f"/r/{other}", data={"grade": "5", "token": token}).status_code == 400
    )


def _mutants(code: str, count: int) -> list[str]:
    """Return codes that differ from `code` in one to three signs; a seed makes them the same."""
    chance, found = random.Random(20261116), []
    while len(found) < count:
        signs = list(code)
        for at in chance.sample(range(len(signs)), chance.randint(1, 3)):
            signs[at] = chance.choice(ALPHABET)
        if "".join(signs) != code:
            found.append("".join(signs))
    return found


def _accepted(town: Town, count: int) -> list[str]:
    code, _ = town.link(town.serve())
    inviter, now, taken = town.deployment.invitations, town.clock.now(), []
    for mutant in _mutants(code, count):
        try:
            inviter.resolve(mutant, now)
        except BadLink:
            continue
        taken.append(mutant)
    return taken


def test_two_thousand_mutations_of_a_code_open_nothing(town: Town) -> None:
    assert _accepted(town, 2_000) == []


@pytest.mark.long
def test_ten_thousand_mutations_of_a_code_open_nothing(town: Town) -> None:
    assert _accepted(town, 10_000) == []


def test_guessing_receipts_and_short_codes_ends_after_a_few(town: Town) -> None:
    client = town.browser()
    receipts = [client.post("/mine", data={"receipt": f"{n:020}"}).status_code for n in range(40)]
    assert receipts[0] == 404
    assert receipts[-1] == 429
    assert client.get("/r/000000000000").status_code == 429
