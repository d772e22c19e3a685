"""What is shipped to window devices runs on Chromium 69: syntax, interfaces, style."""

from __future__ import annotations

import re
from importlib.resources import files

import esprima
import pytest

STATIC = files("haochaping.web") / "static"
SCRIPTS = sorted(f.name for f in STATIC.iterdir() if re.fullmatch(r"device\w*\.js", f.name))
NEWER_CALLS = (
    r"\.replaceAll\(|\.matchAll\(|\.flatMap\(|\.flat\(|\.at\(|\.allSettled\(|\.requestSubmit\("
    r"|\.replaceChildren\(|\bfromEntries\b|\bglobalThis\b|\bqueueMicrotask\b|\bstructuredClone\b"
    r"|\bPromise\.any\b|\brandomUUID\b|\bBigInt\b|\bResizeObserver\b|\bimport\("
)
NEWER_STYLE = (
    r":has\(|:is\(|:where\(|\bclamp\(|\bmin\(|\bmax\(|aspect-ratio|\binset\b|\bdvh\b|@container"
    r"|@layer|color-mix|place-items:[^;]*;?\s*gap|accent-color"
)


def script(name: str) -> str:
    return (STATIC / name).read_text("utf-8")


def test_all_scripts_of_the_window_screen_are_looked_at() -> None:
    assert {"device.js", "device_boot.js", "device_store.js", "device_sync.js"} <= set(SCRIPTS)
    assert {"device_worker.js", "device_health.js"} <= set(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_parser_of_ecmascript_2017_understands_the_script(name: str) -> None:
    assert esprima.parseScript(script(name)).body


@pytest.mark.parametrize("newer", ["a?.b", "a ?? b", "class A { #x = 1 }", "try {} catch {}"])
def test_the_parser_refuses_what_is_newer(newer: str) -> None:
    with pytest.raises(esprima.Error):
        esprima.parseScript(newer)


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_calls_nothing_that_came_later(name: str) -> None:
    assert re.findall(NEWER_CALLS, script(name)) == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_writes_no_markup_and_keeps_nothing_in_the_clear(name: str) -> None:
    assert not re.search(
        r"innerHTML|outerHTML|localStorage|sessionStorage|document\.write", script(name)
    )


def test_what_sends_old_browsers_away_is_readable_by_any() -> None:
    assert not re.search(r"=>|`|\b(?:const|let|async|class)\b", script("device_boot.js"))


def test_the_style_of_the_screen_uses_nothing_that_came_later() -> None:
    sheet = re.sub(r"/\*.*?\*/", "", script("kiosk.css"), flags=re.S)
    assert re.findall(NEWER_STYLE, sheet) == []
