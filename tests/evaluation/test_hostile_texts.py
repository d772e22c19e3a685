"""Four hundred nasty texts are kept clean or refused at their field; codes cannot be bent."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from tests.evaluation.conftest import Town, count, make_rules

from haochaping.containment import contained
from haochaping.crypto import Keyring
from haochaping.evaluation.codes import Purpose, Signer
from haochaping.evaluation.crockford import ALPHABET
from haochaping.evaluation.intake import Intake
from haochaping.evaluation.problems import BadLink, InvalidEvaluation
from haochaping.evaluation.receipt_codes import new_receipt, read_receipt
from haochaping.evaluation.rules import IntakeRules
from haochaping.evaluation.submission import Draft, check
from haochaping.hooks.values import OccurrenceKey
from haochaping.store import Store

CONTROLS = [chr(n) for n in (*range(0x20), 0x7F, *range(0x80, 0xA0))]
BIDI = list("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSEEN = list("\u200b\u2060\ufeff\u00ad\ufffe\uffff\ud800\udfff\u2028\u2029")
HAN = ["𠮷", "𪚥", "㐀", "𰻝", "😀", "👨‍👩‍👧", "é", "e\u0301"]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＠SUM", "=HYPERLINK(1)"]
MARKUP = ["<script>", "{{7*7}}", "%s%n", "' OR 1=1 --", "\\u0000", "../../etc/passwd", "]]>"]
LONG = ["长" * 501, "a" * 1_000_000, "𠮷" * 501, "\u202e" * 1_000_000, "\x00" * 700]
PIECES = [*CONTROLS, *BIDI, *UNSEEN, *HAN, *FORMULAS, *MARKUP]


def texts() -> Iterator[str]:
    """Four hundred of them: every piece by itself, then mixtures; a seed makes them the same."""
    yield from PIECES
    yield from LONG
    chance = random.Random(400)
    for _ in range(400 - len(PIECES) - len(LONG)):
        yield "".join(chance.choices([*PIECES, "窗口", "太慢"], k=chance.randint(2, 30)))


def test_there_are_four_hundred() -> None:
    assert len(list(texts())) == 400


def test_every_text_is_kept_clean_or_refused_at_its_field() -> None:
    rules = make_rules()
    draft = Draft(
        occurrence=OccurrenceKey("330106", 202611, 1),
        grade=1,
        options=["108"],
        idempotency_key="k",
        client="c",
        channel="qr",
    )
    kept = refused = 0
    for text in texts():
        said = _kept(replace(draft, text=text), rules)
        if said is None:
            refused += 1
            continue
        said.encode()
        assert len(said) <= rules.text_max
        assert not [s for s in said if unicodedata.category(s) in {"Cc", "Cs"} and s not in "\n\t"]
        assert not set(said) & {*BIDI, *"\u200b\u2060\ufeff\u00ad"}
        kept += 1
    assert (kept, refused) == (397, 3)


def _kept(draft: Draft, rules: IntakeRules) -> str | None:
    """Return what is kept of a draft's text, None when it was refused at its field."""
    result = contained("check", lambda: check(draft, rules, lambda: ()).text)
    if result.error is None:
        return result.value or ""
    assert isinstance(result.error, InvalidEvaluation)
    assert {fault.field for fault in result.error.faults} == {"text"}
    return None


def test_rare_signs_stay_and_are_read_back(intake: Intake, bad: Draft, store: Store) -> None:
    intake.submit(replace(bad, text="".join(HAN)))
    assert count(store) == 1


@pytest.mark.parametrize("purpose", list(Purpose))
def test_ten_thousand_bent_codes_open_nothing_for_any_purpose(
    keyring: Keyring, purpose: Purpose
) -> None:
    signer, today = Signer.of(keyring), date(2026, 11, 16)
    code = signer.sign(purpose, OccurrenceKey("330106", 202611, 77), date(2026, 12, 16))
    chance, answers = random.Random(10_000), set()
    for _ in range(10_000):
        signs = list(code)
        for at in chance.sample(range(len(signs)), chance.randint(1, 4)):
            signs[at] = chance.choice(ALPHABET.replace(signs[at], ""))
        with pytest.raises(BadLink) as refused:
            signer.verify(purpose, "".join(signs), today)
        answers.add((refused.value.code, refused.value.status, str(refused.value)))
    assert len(answers) == 1


def test_a_code_for_one_thing_is_worthless_for_another(keyring: Keyring, town: Town) -> None:
    signer, last = Signer.of(keyring), date(2026, 12, 16)
    for made in Purpose:
        code = signer.sign(made, town.occurrence, last)
        for used in set(Purpose) - {made}:
            with pytest.raises(BadLink):
                signer.verify(used, code, date(2026, 11, 16))


def test_a_slip_in_a_receipt_is_noticed() -> None:
    receipt = new_receipt("330106", 202611)
    bent = [
        receipt[:at] + sign + receipt[at + 1 :]
        for at in range(len(receipt))
        for sign in ALPHABET
        if sign != receipt[at]
    ]
    assert not [one for one in bent if read_receipt(one) is not None]


def test_neighbours_swapped_in_a_receipt_are_noticed() -> None:
    receipt = new_receipt("330106", 202611)
    swapped = [
        receipt[:at] + receipt[at + 1] + receipt[at] + receipt[at + 2 :]
        for at in range(len(receipt) - 1)
        if receipt[at] != receipt[at + 1] and {receipt[at], receipt[at + 1]} != {"0", "Z"}
    ]
    assert not [one for one in swapped if read_receipt(one) is not None]
