"""The exchange of a demonstration: a next platform of its own, a second instance beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import select

from haochaping.access import api_keys
from haochaping.access.api_keys import NewApiKey
from haochaping.catalog import tables as catalog
from haochaping.clock import Clock
from haochaping.demonstration import home as folder
from haochaping.demonstration import hotline, places
from haochaping.deployment import Deployment
from haochaping.hooks.exchange import Sealed
from haochaping.hooks.identity import Answer
from haochaping.ids import random_code
from haochaping.installing import Wish as InstallWish
from haochaping.installing import install
from haochaping.jobs import Runner
from haochaping.logs import log
from haochaping.profile import Profile
from haochaping.profile.exchanging import LOCAL
from haochaping.uplink import collecting, packing, receiving, sending, ticketing
from haochaping.uplink.desk import Exchange
from haochaping.uplink.receiving import Sender

UPPER: Final = "upper"
"""Folder of the next platform within the demonstration's."""
PORT_ABOVE: Final = 2
"""The next platform listens so many ports above the demonstration."""

_PROFILE: Final = "demo-upper"
_SECRET_SIGNS: Final = 32
_RULES: Final = """\
# 演示用上级平台的配置档，由 haochaping demo 写成：不代表任何地区的规定。
# The next platform of a demonstration, written by `haochaping demo`: rules of no jurisdiction.
extends: base
jurisdiction:
  code: {code}
  name: {name}
  source: {{document: 演示设定, status: example}}
uplink:
  receive: {{dialect: {dialect}, crypto: {crypto}, channels: {channels}}}
  source: {{document: 演示设定, status: example}}
disclosure:
  footer:
    zh: 演示用上级平台，数据全部由下级演示平台上报
    en: A demonstration's next platform, all data come from the one below
"""


def wanted(profile: Profile) -> bool:
    """Say whether the rules of a demonstration take in ratings from elsewhere."""
    return profile.rules.uplink.intake != LOCAL


def settings(port: int, *, connected: bool) -> str:
    """Return the settings of the hotline and, once it is there, of the next platform."""
    place = f'gateway: folder, folder: {hotline.FOLDER}, pull: true, title: "{hotline.TITLE}"'
    found = f"exchange:\n  sources:\n    {hotline.SOURCE}: {{{place}}}\n"
    if connected:
        found += f"  upper: http://127.0.0.1:{port + PORT_ABOVE}/api/v1/exchange\n"
    return found


def write_upper_settings(home: Path, port: int) -> None:
    """Write the settings of the next platform for the demonstration's port."""
    folder.write_settings(home / UPPER, _PROFILE, port + PORT_ABOVE)


def make(lower: Deployment, port: int) -> None:
    """Make the next platform of a demonstration, with the keys that both sides need."""
    home = lower.home / UPPER
    home.mkdir(parents=True, exist_ok=True)
    folder.forget_data(home)
    (home / f"{_PROFILE}.yaml").write_text(_rules_above(lower), encoding="utf-8")
    write_upper_settings(lower.home, port)
    install(InstallWish(home, _PROFILE))
    shared = random_code(_SECRET_SIGNS)
    with _opened(home, lower.clock) as upper:
        places.take_in(upper, places.example_of(lower.profile))
        key = _key(upper, lower)
    _keep(home, f"exchange-{lower.exchange.code}", shared)
    _keep(lower.home, "uplink-sign", shared)
    _keep(lower.home, "uplink-key", key)


def send(home: Path, clock: Clock) -> None:
    """Send everything up that the demonstration has, without a network in between."""
    with _opened(home, clock) as lower, _opened(home / UPPER, clock) as upper:
        exchange = replace(lower.exchange, http=Wire(upper.exchange))
        handlers = {**lower.handlers, packing.SEND: sending.handler(exchange)}
        runner = Runner(lower.store, clock, handlers, log)
        while collecting.collect(exchange):
            pass
        while packing.pack(exchange, now=True):
            runner.run_due()


@dataclass(frozen=True, slots=True)
class Heard:
    """What the next platform answered."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Wire:
    """Stands for the network while the demonstration is made: the next platform at its end."""

    upper: Exchange

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Hand a batch to the next platform and return its answer."""
        lower = {name.lower(): value for name, value in headers.items()}
        sender = Sender(headers["X-Haochaping-Sender"], 0, ticketing.anywhere)
        return Heard(receiving.answer(self.upper, sender, Sealed(body, lower)))

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Raise LookupError: nothing is fetched while a demonstration is made."""
        raise LookupError(url)


@contextmanager
def _opened(home: Path, clock: Clock) -> Iterator[Deployment]:
    deployment = Deployment.open(home, clock=clock)
    try:
        yield deployment
    finally:
        deployment.close()


def _rules_above(lower: Deployment) -> str:
    """Return the rules of the next platform: it takes what the profile below sends."""
    rules = lower.profile.rules.uplink
    with lower.store.read() as conn:
        code = places.root_region(conn)
        query = select(catalog.region.c.name, catalog.region.c.name_en)
        row = conn.execute(query.where(catalog.region.c.code == code)).one()
    said = {
        "code": code,
        "name": {"zh": f"{row.name}（演示上级）", "en": f"{row.name_en} (next platform)"},
        "channels": dict(rules.channels),
    }
    written = {key: json.dumps(value, ensure_ascii=False) for key, value in said.items()}
    return _RULES.format(dialect=rules.dialect, crypto=rules.crypto, **written)


def _key(upper: Deployment, lower: Deployment) -> str:
    """Make the key with which the demonstration reports to the next platform."""
    name = lower.profile.jurisdiction.name.zh
    new = NewApiKey(name, frozenset({"exchange.write"}), lower.exchange.code)
    at, emit = upper.clock.now(), upper.journal.emit
    with upper.store.write() as conn:
        return api_keys.add(conn, upper.keyring, emit, new, at)[1]


def _keep(home: Path, name: str, secret: str) -> None:
    """Write a secret, readable by its owner only."""
    file = home / "secrets" / f"{name}.secret"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(secret + "\n")
