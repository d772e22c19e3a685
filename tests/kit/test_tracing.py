"""Traces show who answered what in which order, and nobody's words."""

from __future__ import annotations

from click.testing import CliRunner

from haochaping.cli import main
from haochaping.hooks.disclosure import ReviewView
from haochaping.hooks.evaluation import Admission, Verdict
from haochaping.hooks.services import IncomingText
from haochaping.hooks.values import Words
from haochaping.kit import samples
from haochaping.kit.asking import alone
from haochaping.kit.hook_examples import Examples
from haochaping.plugins import Hooks
from haochaping.plugins.health import HookHealth
from haochaping.plugins.tracing import masked


def test_texts_are_masked_and_code_words_are_not() -> None:
    answer = Admission(Verdict.HOLD, "malicious_rater", Words("张三，您好"))
    shown = "Admission(verdict=2, reason='malicious_rater', notice=Words(zh=‹5›))"
    assert masked(answer) == shown
    view: ReviewView = samples.review("电话 13800001234")
    assert "1380" not in masked(view)
    assert masked("a13800001234") == "‹12›"
    assert masked(IncomingText("m1", "13800001234", "好")) == (
        "IncomingText(id='m1', sender=‹hidden›, text=‹hidden›)"
    )
    assert masked(tuple(range(9))) == "[0, 1, 2, 3, 4, … 4 more]"


def test_every_call_is_traced_in_order_with_its_answer() -> None:
    told: list[str] = []
    hooks = Hooks(alone(Examples, {}).plugins, trace=told.append)
    hooks.decide("disclosure_redact", review=samples.review("浙A12345被堵在门口"))
    (line,) = told
    assert line.startswith("hook disclosure_redact plugin examples ")
    assert line.endswith(" ms: [Redaction(start=0, end=7, reason='plate')]")


def test_the_command_asks_every_plugin_of_a_profile() -> None:
    done = CliRunner().invoke(main, ["plugin", "trace", "shenzhen"])
    assert done.exit_code == 0, done.output
    assert "hook evaluation_prompt plugin shenzhen" in done.stdout
    assert "hook grading_appraise plugin guangdong" in done.stdout
    one = CliRunner().invoke(main, ["plugin", "trace", "shenzhen", "--hook", "evaluation_receipt"])
    assert len(one.stdout.splitlines()) == 1


def test_half_of_the_calls_and_nearly_all_of_them_are_told_apart() -> None:
    spread = [0] * 28
    spread[4], spread[10] = 98, 2  # 98 calls below 16 µs, two below 1,024 µs
    health = HookHealth("p", "h", calls=100, longest=0.0009, spread=tuple(spread))
    assert health.quantile(0.5) == 0.000016
    assert health.quantile(0.99) == 0.0009
    assert HookHealth("p", "h").quantile(0.5) == 0.0
