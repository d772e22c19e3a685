"""The demonstration's folder: what marks it as one, and what was handed out in it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from haochaping.demonstration.problems import (
    NeverInProduction,
    NotADemonstration,
    OtherDemonstration,
)
from haochaping.hooks.values import Words
from haochaping.settings import DATABASE_VARIABLE, FILE, read_settings

MARK: Final = "demonstration.json"
"""Marks a folder as a demonstration; holds its keys, which everybody may know."""

_SETTINGS: Final = """\
# 演示部署的设置 / settings of a demonstration, written by `haochaping demo`
profile: {profile}
database: sqlite:///data/haochaping.db
base_url: http://127.0.0.1:{port}
line_url: http://127.0.0.1:{line_port}
listen:
  web: 127.0.0.1:{port}
  line: 127.0.0.1:{line_port}
production: false
outgoing:
  allow_hosts: [{hosts}]
  allow_loopback: {loopback}
"""


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A window device of the demonstration with its key."""

    id: int
    hall: str
    window: str
    name: str
    key: str


@dataclass(slots=True)
class Demonstration:
    """What is known about a demonstration beyond what its database holds.

    `made` is true once all data are in. `examples` are the case numbers of the services
    that wait to be rated by whoever looks at the demonstration.
    """

    profile: str
    made: bool = False
    api_key: str = ""
    devices: list[DeviceKey] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    figures: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    exchanges: bool = False
    """Whether there are a hotline and a next platform beside it."""

    def keep(self, home: Path) -> None:
        """Write the mark, readable by its owner only."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2)
        handle = os.open(home / MARK, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")


def marked(home: Path) -> Demonstration | None:
    """Return the demonstration in a folder; None when the folder is empty or not there.

    Raises NotADemonstration or NeverInProduction.
    """
    file = home / MARK
    if (home / FILE).is_file() and read_settings(home).production:
        raise NeverInProduction
    if not file.is_file():
        if home.is_dir() and any(home.iterdir()):
            raise NotADemonstration(
                Words(
                    f"{home} 不是空目录，也不是 haochaping demo 建的；请用 --home 另选目录",
                    f"{home} is not empty and was not made by haochaping demo; choose another"
                    " folder with --home",
                )
            )
        return None
    return _read(file)


def require_same(home: Path, found: Demonstration, profile: str, figures: str) -> None:
    """Raise OtherDemonstration when a folder holds another profile or other figures."""
    if (found.profile, found.figures) == (profile, figures):
        return
    raise OtherDemonstration(
        Words(
            f"{home} 里的演示用的是 {found.profile} {found.figures}；请用 --home 另选目录",
            f"the demonstration in {home} is of {found.profile} {found.figures}; choose another"
            " folder with --home",
        )
    )


def refuse_foreign_database() -> None:
    """Raise NotADemonstration when the environment names a database of somebody else's."""
    if os.environ.get(DATABASE_VARIABLE):
        raise NotADemonstration(
            Words(
                f"环境变量 {DATABASE_VARIABLE} 指定了别的数据库；演示只用自己目录里的 SQLite，"
                "请先取消该变量",
                f"{DATABASE_VARIABLE} names another database; a demonstration uses the SQLite"
                " file in its own folder only: unset the variable",
            )
        )


def write_settings(home: Path, profile: str, port: int, exchange: str = "") -> None:
    """Write `deployment.yaml` for a port; the device line listens on the next one.

    `exchange` is the section about other platforms, all on this machine.
    """
    home.mkdir(parents=True, exist_ok=True)
    hosts, loopback = ("127.0.0.1", "true") if exchange else ("", "false")
    text = _SETTINGS.format(
        profile=profile, port=port, line_port=port + 1, hosts=hosts, loopback=loopback
    )
    (home / FILE).write_text(text + exchange, encoding="utf-8")


def forget_data(home: Path) -> None:
    """Remove the database of a demonstration that was not finished."""
    for name in ("haochaping.db", "haochaping.db-wal", "haochaping.db-shm"):
        (home / "data" / name).unlink(missing_ok=True)


def _read(file: Path) -> Demonstration:
    try:
        data: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        devices = [DeviceKey(**each) for each in data["devices"]]
        return Demonstration(**{**data, "devices": devices})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise NotADemonstration(
            Words(
                f"{file} 读不出来：{error}；删除整个目录后可以重建",
                f"{file} cannot be read: {error}; remove the folder to start anew",
            )
        ) from error
