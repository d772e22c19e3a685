"""Hooks are called in order, contained, checked and counted."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from haochaping import hookimpl
from haochaping.hooks.evaluation import (
    Admission,
    PromptField,
    Question,
    Signal,
    Submission,
    Verdict,
)
from haochaping.hooks.grading import Award
from haochaping.hooks.rectification import Route
from haochaping.hooks.values import Words
from haochaping.plugins.answers import Answer, Failure
from haochaping.plugins.calls import TRACE

ACCEPT = Admission(Verdict.ACCEPT)
EXCLUDE = Admission(Verdict.EXCLUDE, "malicious_rater")
HOLD = Admission(Verdict.HOLD, "unclear")


def answering(hook: str, *arguments: str, answer: Any) -> dict[str, Any]:
    """Members of a plugin that answers one hook by calling `answer`."""
    space: dict[str, Any] = {"answer": answer}
    passed = ", ".join(arguments)
    exec(f"def {hook}(self, {passed}): return answer({passed})", space)
    return {hook: hookimpl(space[hook])}


def admitting(answer: Any) -> dict[str, Any]:
    return answering("evaluation_admit", "submission", answer=lambda submission: answer)


def failing(error: Exception) -> dict[str, Any]:
    def raises(submission: Submission) -> Admission:
        raise error

    return answering("evaluation_admit", "submission", answer=raises)


def test_a_hook_that_nobody_implements_has_no_answer(assemble, submission) -> None:
    decision = assemble().decide("evaluation_admit", submission=submission)
    assert (decision.answers, decision.failures, decision.combined) == ((), (), None)


def test_the_strictest_answer_wins_whatever_the_order(assemble, make, submission) -> None:
    hooks = assemble(
        make("a", **admitting(EXCLUDE)),
        make("b", **admitting(HOLD)),
        make("c", **admitting(ACCEPT)),
    )
    decision = hooks.decide("evaluation_admit", submission=submission)
    assert decision.combined is HOLD
    assert [answer.plugin for answer in decision.answers] == ["a", "b", "c"]


def test_of_equally_strict_answers_the_first_plugins_one_stands(assemble, make, submission) -> None:
    other = Admission(Verdict.HOLD, "another reason")
    hooks = assemble(make("a", **admitting(HOLD)), make("b", **admitting(other)))
    assert hooks.decide("evaluation_admit", submission=submission).combined is HOLD


def test_a_plugin_that_says_none_gives_no_answer(assemble, make, submission) -> None:
    hooks = assemble(make("a", **admitting(None)), make("b", **admitting(EXCLUDE)))
    decision = hooks.decide("evaluation_admit", submission=submission)
    assert decision.answers == (Answer("b", EXCLUDE),)


def test_the_first_answer_that_is_not_none_is_taken(assemble, make) -> None:
    def routing(answer: Route | None) -> dict[str, Any]:
        return answering("rectification_route", "case", answer=lambda case: answer)

    hooks = assemble(
        make("a", **routing(None)), make("b", **routing(Route(2))), make("c", **routing(Route(3)))
    )
    assert hooks.decide("rectification_route", case=None).combined == Route(2)


def test_all_answers_follow_each_other_in_plugin_order(assemble, make, occurrence) -> None:
    def asking(*codes: str) -> dict[str, Any]:
        questions = [Question(code, Words(code), {"x": Words("是")}) for code in codes]
        return answering(
            "evaluation_questions", "occurrence", "channel", answer=lambda *_: iter(questions)
        )

    hooks = assemble(make("a", **asking("a1", "a2")), make("b", **asking("b1")))
    decision = hooks.decide("evaluation_questions", occurrence=occurrence, channel=None)
    assert [question.code for question in decision.combined] == ["a1", "a2", "b1"]


def test_items_with_an_order_are_sorted_by_it(assemble, make, occurrence) -> None:
    def showing(name: str, order: int) -> dict[str, Any]:
        field = PromptField(name, Words(name), "1", order)
        return answering("evaluation_prompt", "occurrence", answer=lambda _: [field])

    hooks = assemble(
        make("a", **showing("late", 200)),
        make("b", **showing("early", 5)),
        make("c", **showing("mid", 50)),
    )
    shown = hooks.decide("evaluation_prompt", occurrence=occurrence).combined
    assert [field.name for field in shown] == ["early", "mid", "late"]


def test_awards_of_all_plugins_are_kept_with_their_reasons(assemble, make) -> None:
    def awarding(points: int) -> dict[str, Any]:
        award = Award("points", Words("分"), Words("原因"), points)
        return answering(
            "grading_appraise", "subject", "period", "measures", answer=lambda *_: [award]
        )

    hooks = assemble(make("a", **awarding(100)), make("b", **awarding(-50)))
    decision = hooks.decide("grading_appraise", subject=None, period=None, measures=None)
    assert [award.points for award in decision.combined] == [100, -50]


def test_a_plugin_that_raises_does_not_stop_the_others(assemble, make, submission) -> None:
    hooks = assemble(
        make("a", **admitting(ACCEPT)),
        make("b", **failing(RuntimeError("boom"))),
        make("c", **failing(KeyError("x"))),
        make("d", **admitting(EXCLUDE)),
    )
    decision = hooks.decide("evaluation_admit", submission=submission)
    assert [answer.plugin for answer in decision.answers] == ["a", "d"]
    assert [failure.plugin for failure in decision.failures] == ["b", "c"]
    assert decision.failed
    assert decision.combined is EXCLUDE


def test_a_failure_says_what_and_where_but_never_quotes_the_rater(
    assemble, make, submission
) -> None:
    hooks = assemble(make("a", **failing(ValueError(submission.text))))
    (failure,) = hooks.decide("evaluation_admit", submission=submission).failures
    assert failure.message.startswith("ValueError at test_calls.py:")
    assert submission.text not in str(hooks.health()) + str(failure)


@pytest.mark.parametrize(
    ("junk", "complaint"),
    [
        (True, "expected Admission, got bool"),
        ("hold", "expected Admission, got str"),
        (float("nan"), "expected Admission, got float"),
        (Admission("hold"), "verdict: expected Verdict such as 0, got str"),
        (Admission(Verdict.HOLD, None), "reason: expected str, got None"),
        (Admission(Verdict.HOLD, "差" * 30_000), "reason: expected at most 64 KB of text"),
        (Admission(Verdict.HOLD, "", Words("x", 3)), "notice.en: expected str, got int"),
    ],
)
def test_an_answer_of_another_form_is_a_failure_that_names_the_field(
    assemble, make, submission, junk: Any, complaint: str
) -> None:
    hooks = assemble(make("a", **admitting(junk)))
    decision = hooks.decide("evaluation_admit", submission=submission)
    assert decision.answers == ()
    assert complaint in decision.failures[0].message


@pytest.mark.parametrize(
    ("junk", "complaint"),
    [
        (None, "expected an iterable of Signal, got None"),
        ("abc", "expected an iterable of Signal, got str"),
        ({"a": 1}, "expected an iterable of Signal, got dict"),
        (7, "expected an iterable of Signal, got int"),
        ([Signal("a", Words("甲")), 3], "[1]: expected Signal, got int"),
        ([Signal("a", Words("甲"), 1 << 70)], "[0].weight: expected a number of 64 bits"),
        ([Signal("a", Words("甲"), True)], "[0].weight: expected int, got bool"),
        ([Signal("a", Words("\ud800"))], "[0].reason.zh: expected valid Unicode"),
        ((Signal("a", Words("甲")) for _ in range(1001)), "at most 1000 elements"),
    ],
)
def test_a_list_with_something_else_in_it_is_a_failure(
    assemble, make, junk: Any, complaint: str
) -> None:
    hooks = assemble(
        make("a", **answering("evaluation_signals", "evaluation", answer=lambda _: junk))
    )
    decision = hooks.decide("evaluation_signals", evaluation=None)
    assert decision.combined == ()
    assert complaint in decision.failures[0].message


def test_a_generator_that_breaks_halfway_gives_nothing(assemble, make) -> None:
    def halfway(evaluation: Any) -> Any:
        yield Signal("a", Words("甲"))
        raise RuntimeError

    hooks = assemble(make("a", **answering("evaluation_signals", "evaluation", answer=halfway)))
    decision = hooks.decide("evaluation_signals", evaluation=None)
    assert (decision.combined, len(decision.failures)) == ((), 1)


def test_an_endless_generator_is_cut_off(assemble, make) -> None:
    def endless(evaluation: Any) -> Any:
        while True:
            yield Signal("a", Words("甲"))

    hooks = assemble(make("a", **answering("evaluation_signals", "evaluation", answer=endless)))
    decision = hooks.decide("evaluation_signals", evaluation=None)
    assert "at most 1000 elements" in decision.failures[0].message


def test_an_implementation_may_take_fewer_arguments_in_any_order(
    assemble, make, occurrence
) -> None:
    seen: list[Any] = []

    def remember(*passed: Any) -> tuple[()]:
        seen.append(passed)
        return ()

    hooks = assemble(
        make("a", **answering("evaluation_questions", "channel", answer=remember)),
        make("b", **answering("evaluation_questions", "channel", "occurrence", answer=remember)),
    )
    hooks.decide("evaluation_questions", channel="qr", occurrence=occurrence)
    assert seen == [("qr",), ("qr", occurrence)]


def test_a_question_with_other_arguments_is_the_cores_own_mistake(assemble, make) -> None:
    hooks = assemble(make("a", **admitting(None)))
    with pytest.raises(TypeError, match="passes submission"):
        hooks.decide("evaluation_admit", rating=1)


def test_a_hook_of_another_kind_cannot_be_asked(assemble) -> None:
    with pytest.raises(KeyError):
        assemble().decide("evaluation_recorded", event=None)
    with pytest.raises(KeyError):
        assemble().contribute("evaluation_admit")


def test_an_observer_reacts_alone_and_its_failure_is_returned(assemble, make) -> None:
    seen: list[Any] = []
    broken = answering("evaluation_recorded", "event", answer=lambda event: 1 / event)
    hooks = assemble(
        make("a", **answering("evaluation_recorded", "event", answer=seen.append)),
        make("b", **broken),
        make("c"),
    )
    assert hooks.observers("evaluation_recorded") == ("a", "b")
    assert hooks.observe("evaluation_recorded", "a", event=5) is None
    failure = hooks.observe("evaluation_recorded", "b", event=0)
    assert isinstance(failure, Failure)
    assert (failure.plugin, failure.hook) == ("b", "evaluation_recorded")
    assert hooks.observe("evaluation_recorded", "c", event=1) is None
    assert seen == [5]


def test_what_an_observer_returns_is_not_looked_at(assemble, make) -> None:
    observer = answering("case_closed", "event", answer=lambda event: "anything")
    hooks = assemble(make("a", **observer))
    assert hooks.observe("case_closed", "a", event=None) is None


def test_calls_failures_and_time_are_counted_per_plugin_and_hook(
    assemble, make, submission
) -> None:
    hooks = assemble(make("a", **admitting(None)), make("b", **failing(ValueError())))
    for _ in range(150):
        hooks.decide("evaluation_admit", submission=submission)
    good, bad = (one for one in hooks.health() if one.hook == "evaluation_admit")
    assert (good.plugin, good.calls, good.failures, good.last_error) == ("a", 150, 0, "")
    assert (bad.plugin, bad.calls, bad.failures) == ("b", 150, 150)
    assert bad.last_error.startswith("ValueError")
    assert good.seconds >= good.longest > 0


def test_no_call_is_lost_when_many_threads_ask_at_once(assemble, make, submission) -> None:
    hooks = assemble(make("a", **admitting(None)), make("b", **failing(ValueError())))

    def ask() -> None:
        for _ in range(500):
            hooks.decide("evaluation_admit", submission=submission)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    good, bad = hooks.health()
    assert (good.calls, bad.calls, bad.failures) == (2000, 2000, 2000)


def test_tracing_prints_each_call_without_the_data(
    assemble, make, submission, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(TRACE, "1")
    notice = Admission(Verdict.HOLD, "unclear", Words("张三，您好"))
    hooks = assemble(
        make("a", **admitting(notice)), make("b", **failing(ValueError(submission.text)))
    )
    hooks.decide("evaluation_admit", submission=submission)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("hook evaluation_admit plugin a ")
    assert lines[0].endswith("ms: Admission(verdict=2, reason='unclear', notice=Words(zh=‹5›))")
    assert "ValueError at test_calls.py" in lines[1]
    assert "张三" not in "".join(lines)


def test_without_the_variable_nothing_is_printed(
    assemble, make, submission, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(TRACE, raising=False)
    assemble(make("a", **admitting(HOLD))).decide("evaluation_admit", submission=submission)
    assert capsys.readouterr().err == ""


def test_a_plugin_in_use_is_found_by_its_name(assemble, make) -> None:
    hooks = assemble(make("a"), make("b"))
    assert hooks.plugin("b") is hooks.plugins[1]
    with pytest.raises(KeyError):
        hooks.plugin("c")
