"""Logs are one JSON object a line and tell nothing about persons or secrets."""

from __future__ import annotations

import io
import json
import logging

import pytest

from haochaping import logs


@pytest.fixture
def written():
    stream = io.StringIO()
    logger = logging.getLogger("haochaping")
    before = (logger.handlers[:], logger.level, logger.propagate)
    logs.configure(stream)

    def written():
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    yield written
    logger.handlers[:], logger.level, logger.propagate = before[0], before[1], before[2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call 13800001234 now", "call [mobile] now"),
        ("手机13800001234。", "手机[mobile]。"),
        ("id 990000199001010017", "id [id]"),
        ("id 99000019900101004x!", "id [id]!"),
        ("Authorization: Bearer abcdefgh", "Authorization: Bearer ***"),
        ("key hcpk_0123456789abcdef_-x", "key hcp_***"),
        ("POST /send?access_token=abc&sign=xyz", "POST /send?access_token=***&sign=***"),
        ("password=hunter22 next", "password=*** next"),
        ("case 382017559312330752 of 2026", "case 382017559312330752 of 2026"),
        ("1380000123 and 138000012345", "1380000123 and 138000012345"),
        ("plain words", "plain words"),
    ],
)
def test_persons_and_secrets_are_taken_out_of_texts(text, expected):
    assert logs.scrub(text) == expected


def test_an_event_is_one_line_whatever_is_in_it(written):
    logs.log("job.failed", kind="deliver", trace="line one\r\nline two", number=7)
    (line,) = written()
    assert (line["event"], line["kind"], line["number"]) == ("job.failed", "deliver", 7)
    assert line["trace"] == "line one\r\nline two"
    assert line["level"] == "info"
    assert line["at"].endswith("+00:00")


def test_an_error_is_a_warning(written):
    logs.log("job.failed", error="away")
    assert written()[0]["level"] == "warning"


def test_fields_are_scrubbed_at_any_depth(written):
    logs.log("x", many=["13800001234", {"inside": "hcpd_0123456789"}], obj=object, none=None)
    (line,) = written()
    assert line["many"] == ["[mobile]", {"inside": "hcp_***"}]
    assert line["obj"] == "<class 'object'>"
    assert line["none"] is None


def test_fields_may_have_the_names_that_log_records_use(written):
    logs.log("x", name="deliver", args="a")
    (line,) = written()
    assert (line["name_"], line["args_"]) == ("deliver", "a")


def test_exceptions_are_logged_in_the_same_line_scrubbed(written):
    try:
        raise ValueError("no 13800001234")
    except ValueError:
        logging.getLogger("haochaping.web").exception("failed\nbadly")
    (line,) = written()
    assert line["event"] == "failed\nbadly"
    assert line["trace"].endswith("ValueError: no [mobile]")
    assert line["logger"] == "haochaping.web"


def test_what_is_worked_on_is_named_in_every_line_meanwhile(written):
    with logs.about(job=7, case=12):
        logs.log("job.step")
        logs.note(evaluation="330106-202611-5")
        logs.log("job.step", case=13)
    logs.log("job.step")
    first, second, third = written()
    assert (first["job"], first["case"]) == (7, 12)
    assert (second["evaluation"], second["case"]) == ("330106-202611-5", 13)
    assert not {"job", "case", "evaluation"} & third.keys()
