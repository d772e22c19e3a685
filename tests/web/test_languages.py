"""A language without a reviewer is a slot: hidden until somebody signs exactly its texts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from haochaping.cli import main
from haochaping.clock import FakeClock
from haochaping.deployment import Deployment
from haochaping.hooks.values import Words
from haochaping.profile.rules import LanguageRules, Review
from haochaping.settings import write_secrets
from haochaping.web import formats, i18n, languages
from haochaping.web.app import create_app
from haochaping.web.languages import State

CODE = "mn_Mong_CN"
OFFERED = ("zh_Hans_CN", "en", CODE)
PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
TEXTS = PO + 'msgid "蒙古文"\nmsgstr "SLOT-NAME"\n\nmsgid "隐私说明"\nmsgstr "SLOT-PRIVACY"\n'
"""Stand-ins: the software brings no wording of its own in this language."""

PROFILE = "extends: base\nlanguages: {{offered: [zh_Hans_CN, en, mn_Mong_CN]{reviewed}}}\n"
SETTINGS = "profile: town\ndatabase: {database}\nbase_url: http://localhost\n"


def catalogue(home: Path, texts: str = TEXTS) -> str:
    """Put the texts where translators put them; return their digest."""
    folder = home / "translations" / CODE / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "messages.po").write_text(texts, encoding="utf-8")
    return languages.digest([home / "translations"], CODE)


def signed(digest: str) -> LanguageRules:
    review = Review("某某（民族事务委员会）", date(2026, 11, 16), digest)
    return LanguageRules("zh_Hans_CN", OFFERED, {CODE: review})


def make_home(home: Path, database: str, reviewed: str = "") -> Path:
    (home / "profiles").mkdir(parents=True, exist_ok=True)
    (home / "deployment.yaml").write_text(SETTINGS.format(database=database), encoding="utf-8")
    profile = PROFILE.format(reviewed=reviewed)
    (home / "profiles" / "town.yaml").write_text(profile, encoding="utf-8")
    write_secrets(home)
    return home


def test_a_slot_is_hidden_without_texts_without_a_name_and_after_a_change(tmp_path: Path) -> None:
    rules, roots = LanguageRules("zh_Hans_CN", OFFERED), [tmp_path / "translations"]
    assert languages.state(rules, roots, CODE) is State.MISSING
    digest = catalogue(tmp_path)
    assert languages.state(rules, roots, CODE) is State.UNSIGNED
    assert languages.state(signed(digest), roots, CODE) is State.SHOWN
    assert languages.shown(signed(digest), roots) == OFFERED
    catalogue(tmp_path, TEXTS + '\nmsgid "回执"\nmsgstr "SLOT-RECEIPT"\n')
    assert languages.state(signed(digest), roots, CODE) is State.CHANGED
    assert languages.shown(signed(digest), roots) == ("zh_Hans_CN", "en")


def test_the_software_brings_no_texts_of_a_slot_itself() -> None:
    for code in (one.code for one in languages.LANGUAGES.values() if one.review):
        root = Path(languages.__file__).parent.parent / "translations"
        assert languages.digest([root], code) == ""


@pytest.fixture
def reader(tmp_path: Path, sqlite_url: str, clock: FakeClock) -> FlaskClient:
    digest = catalogue(tmp_path)
    reviewed = f', reviewed: {{{CODE}: {{by: 某某, on: "2026-11-16", digest: "{digest}"}}}}'
    home = make_home(tmp_path, sqlite_url, reviewed)
    return create_app(Deployment.open(home, clock=clock, checked=False)).test_client()


def test_signed_texts_are_shown_in_columns_with_dates_in_digits(reader: FlaskClient) -> None:
    page = reader.get(f"/privacy?lang={CODE}").text
    assert '<html lang="mn-Mong-CN" data-mode="standard" data-writing="vertical">' in page
    assert "vertical.css" in page
    assert "SLOT-PRIVACY" in page
    assert "SLOT-NAME" in reader.get("/privacy?lang=zh_Hans_CN").text  # its own name for itself
    at = datetime(2026, 11, 16, 17, 5, tzinfo=UTC)
    with reader.application.test_request_context(f"/?lang={CODE}"):
        assert formats.moment(at) == "2026-11-17 01:05"
        assert formats.day(at) == "2026-11-17"
        assert formats.bound(datetime(2026, 11, 26, 16, tzinfo=UTC)) == "2026-11-26 24:00"
        assert formats.percent(Decimal("0.5")) == "50.00%"
        assert formats.number(12345) == "12,345"
        assert i18n.words(Words("隐私说明", "Privacy")) == "SLOT-PRIVACY"
        assert i18n.words(Words("没有译文", "No wording")) == "没有译文"


def test_other_languages_are_written_as_before(reader: FlaskClient) -> None:
    page = reader.get("/privacy").text
    assert "data-writing" not in page
    assert "vertical.css" not in page


def test_an_unsigned_slot_cannot_be_asked_for(
    tmp_path: Path, sqlite_url: str, clock: FakeClock
) -> None:
    catalogue(tmp_path)
    home = make_home(tmp_path, sqlite_url)
    reader = create_app(Deployment.open(home, clock=clock, checked=False)).test_client()
    page = reader.get(f"/privacy?lang={CODE}").text
    assert 'lang="zh-CN"' in page
    assert CODE not in page
    assert "SLOT" not in page


def test_the_command_says_why_a_slot_is_hidden_and_what_to_sign(tmp_path: Path) -> None:
    home = make_home(tmp_path, "sqlite:///x")
    run = CliRunner().invoke
    told = run(main, ["--home", str(home), "languages"]).stdout
    assert f"{CODE}\t不显示：没有译文" in told
    digest = catalogue(home)
    told = run(main, ["--home", str(home), "languages", "--lang", "en"]).stdout
    assert f"{CODE}\thidden: nobody has signed the texts" in told
    assert digest in told


def test_the_template_for_translators_holds_texts_and_no_wording(tmp_path: Path) -> None:
    home = make_home(tmp_path, "sqlite:///x")
    catalogue(home)
    told = CliRunner().invoke(main, ["--home", str(home), "languages", "template", CODE]).stdout
    assert 'msgid "非常满意"' in told or 'msgid "提交"' in told
    assert 'msgid "隐私说明"' not in told  # it has a wording already
    wordings = {line for line in told.splitlines() if line.startswith("msgstr ")}
    assert wordings == {'msgstr ""'}
