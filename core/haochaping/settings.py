"""What one deployment's folder says: `deployment.yaml` and `secrets/`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jsonschema import Draft202012Validator

from haochaping.crypto import Keyring
from haochaping.hooks.values import Words
from haochaping.ids import random_key
from haochaping.plugins import Dropped, PluginManager
from haochaping.plugins.dropped import FOLDER, digest_of
from haochaping.problems import Problem
from haochaping.profile.nodes import plain
from haochaping.profile.reading import read
from haochaping.store import Limits
from haochaping.suites import SUITES

FILE: Final = "deployment.yaml"
HOME_VARIABLE: Final = "HAOCHAPING_HOME"
DATABASE_VARIABLE: Final = "HAOCHAPING_DATABASE"
BASE_URL_VARIABLE: Final = "HAOCHAPING_BASE_URL"
REPLICA_VARIABLE: Final = "HAOCHAPING_REPLICA"
_KEY_BYTES: Final = 32
_CURRENT: Final = "current"
_KEYS: Final = ("master", "seal", "robot", "sms", "backup")


class SettingsRefused(Problem):
    """The deployment's folder cannot be used; `exit_code` 3."""

    code = "HCP-SETTINGS"
    status = 500
    title = Words("部署目录无法使用", "The deployment folder cannot be used")
    exit_code = 3


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port to listen on."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Return the address of `host:port`."""
        host, _, port = text.rpartition(":")
        return cls(host, int(port))


@dataclass(frozen=True, slots=True)
class Settings:
    """What `deployment.yaml` says, with defaults; no rules and no secrets."""

    home: Path
    profile: str
    database: str
    base_url: str
    line_url: str
    web: Address
    line: Address
    threads: int
    trusted_proxies: int
    production: bool
    allow_hosts: tuple[str, ...]
    allow_loopback: bool
    networks: tuple[str, ...]
    robot_url: str
    sms_url: str = ""
    gateways: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Message gateways by name: `kind` and what that kind needs, without secrets."""
    person_per_day: int = 20
    """The most messages one person gets a day outside the console; 0: no limit."""
    link_keys: tuple[int, ...] = (1,)
    """Ids of the keys that sign links; the highest signs, the others are still read."""
    allowed_plugins: Mapping[str, str] = field(default_factory=dict)
    """Digests of the single files in `plugins/` that may be loaded, by file name."""
    printers: tuple[Mapping[str, Any], ...] = ()
    """Receipt printers: `name`, `address` (host:port), `paper`, `windows` (hall/window)."""
    receipt_journal: Path | None = None
    """File on another disk in which every acknowledged rating is noted beside the database."""
    backup_folder: Path | None = None
    """Where `haochaping backup` puts its files when it is not told otherwise."""
    replica: str = ""
    """Address of a read replica (PostgreSQL) for public pages, empty for none."""
    limits: Limits = field(default_factory=Limits)
    """Connections to the database and how long is waited for them."""
    metrics_from: tuple[str, ...] = ("127.0.0.1/32", "::1/128")
    """Networks that may read `/metrics`."""
    proxies_from: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks of the reverse proxies that `trusted_proxies` counts."""
    crypto: str = "intl"
    """Name of the crypto suite that seals from now on."""
    upper_url: str = ""
    """The next platform's exchange interface, empty when there is none."""
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Systems that hand tickets in, by name: `gateway` and what that gateway needs."""
    log_days: int = 183
    """For how many days the logs of this deployment are kept at least."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The keys in `secrets/`; they never leave the process."""

    keyring: Keyring
    seal_key: Ed25519PrivateKey
    robot_key: bytes
    sms_key: bytes = b""
    """Shared with the SMS platform; empty when there is none."""


def read_settings(home: Path) -> Settings:
    """Return the settings of the deployment in `home`. Raises SettingsRefused."""
    file = home / FILE
    if not file.is_file():
        raise _refused(
            f"{file} 不存在。请先运行：haochaping init --home {home}",
            f"{file} does not exist; run: haochaping init --home {home}",
        )
    return _settings(home.resolve(), _data(file))


def unknown_kind(name: str, kind: str, known: Sequence[str]) -> SettingsRefused:
    """Return what refuses a gateway of a kind that there is not."""
    listed = "、".join(known)
    return SettingsRefused(
        Words(
            f"deployment.yaml gateways.{name}.kind：没有“{kind}”这种消息网关；可用：{listed}",
            f"deployment.yaml gateways.{name}.kind: no gateway is called {kind}; known: {listed}",
        )
    )


def plugin_manager(home: Path | None) -> PluginManager:
    """Return what knows the plugins there are: installed ones and the deployment's single files.

    Raises SettingsRefused when the deployment's settings cannot be read.
    """
    if home is None or not (home / FILE).is_file():
        return PluginManager()
    allowed = read_settings(home).allowed_plugins
    return PluginManager(dropped=Dropped(home.resolve() / FOLDER, allowed))


def allow_plugin(home: Path, name: str) -> str:
    """Note in `deployment.yaml` that a single file in `plugins/` may be loaded as it is now.

    Returns its digest. The rest of the file, comments included, stays. Raises SettingsRefused.
    """
    settings, file = read_settings(home), home / FOLDER / name
    if not file.is_file():
        raise _refused(f"没有文件 {file}", f"there is no file {file}")
    digest = digest_of(file)
    listed = {**settings.allowed_plugins, name: digest}
    lines = (home / FILE).read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not _allowing(line)]
    kept += ["allowed_plugins:", *(f"  {each}: {one}" for each, one in sorted(listed.items()))]
    written = home / f"{FILE}.new"
    written.write_text("\n".join(kept) + "\n", encoding="utf-8")
    written.replace(home / FILE)
    return digest


def _allowing(line: str) -> bool:
    return re.fullmatch(r"allowed_plugins:|  [a-z][a-z0-9_]*\.py: [0-9a-f]{64}", line) is not None


def read_secrets(home: Path) -> Secrets:
    """Return the deployment's keys. Raises SettingsRefused when one is missing or damaged."""
    folder = home / "secrets"
    robot = os.environ.get("HAOCHAPING_ROBOT_KEY", "").encode()
    return Secrets(
        keyring=_keyring(home),
        seal_key=Ed25519PrivateKey.from_private_bytes(_key(folder / "seal.key")),
        robot_key=robot or _key(folder / "robot.key"),
        sms_key=_sms_key(folder / "sms.key"),
    )


def read_secret(home: Path, name: str) -> str:
    """Return a plugin's secret: `secrets/<name>.secret`, or its variable, or an empty text."""
    variable = "HAOCHAPING_SECRET_" + name.upper().replace("-", "_")
    file = home / "secrets" / f"{name}.secret"
    given = os.environ.get(variable, "")
    return given or (file.read_text(encoding="utf-8").strip() if file.is_file() else "")


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The master keys by id, and which of them seals."""

    files: Mapping[int, Path]
    current: int


def master_keys(home: Path) -> MasterKeys:
    """Return the files of the master keys: `master.key` is 1, `master-2.key` is 2.

    `secrets/current` names the one that seals; without it that is the newest.
    """
    folder = home / "secrets"
    files = {1: folder / "master.key"}
    for path in folder.glob("master-*.key"):
        number = path.stem.removeprefix("master-")
        if number.isdigit():
            files[int(number)] = path
    chosen = folder / _CURRENT
    current = int(chosen.read_text(encoding="ascii")) if chosen.exists() else max(files)
    if current not in files:
        raise _refused(
            f"{chosen} 指定的主密钥 {current} 不存在",
            f"{chosen} names key {current}: it is missing",
        )
    return MasterKeys(files, current)


def prepare_master_key(home: Path) -> Path:
    """Make the next master key, which is read and does not seal yet; return its file."""
    known = master_keys(home)
    newest = max(known.files)
    if newest != known.current:
        return known.files[newest]  # prepared before
    _write_current(home, known.current)
    path = home / "secrets" / f"master-{newest + 1}.key"
    _write_key(path)
    return path


def use_newest_master_key(home: Path) -> int:
    """Let the newest master key seal; return its id."""
    newest = max(master_keys(home).files)
    _write_current(home, newest)
    return newest


def _write_current(home: Path, number: int) -> None:
    fresh = home / "secrets" / f"{_CURRENT}.new"
    fresh.write_text(str(number), encoding="ascii")
    fresh.chmod(0o600)
    fresh.replace(home / "secrets" / _CURRENT)


def _keyring(home: Path) -> Keyring:
    known = master_keys(home)
    masters = {number: _key(path) for number, path in known.files.items()}
    return Keyring(masters, current=known.current, suite=SUITES[read_settings(home).crypto])


def read_backup_key(file: Path) -> bytes:
    """Return the key that backups are encrypted with. Raises SettingsRefused."""
    return _key(file)


def write_secrets(home: Path) -> tuple[Path, ...]:
    """Create the keys that are missing, readable by the owner only; return those created."""
    folder = home / "secrets"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    missing = [path for path in (folder / f"{name}.key" for name in _KEYS) if not path.exists()]
    for path in missing:
        _write_key(path)
    return tuple(missing)


def _write_key(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(random_key(_KEY_BYTES).hex() + "\n")


def _data(file: Path) -> Mapping[str, Any]:
    reading = read(file.read_bytes(), str(file))
    if reading.faults or reading.root is None:
        raise SettingsRefused(
            Words(
                "；".join(f"{f.file}:{f.line} {f.message.zh}" for f in reading.faults),
                "; ".join(f"{f.file}:{f.line} {f.message.en}" for f in reading.faults),
            )
        )
    data: Mapping[str, Any] = plain(reading.root)
    faults = sorted(_validator().iter_errors(_json(data)), key=lambda error: list(error.path))
    if faults:
        said = "; ".join(f"{'.'.join(map(str, e.path)) or FILE}: {e.message}" for e in faults)
        raise _refused(f"{file}：{said}", f"{file}: {said}")
    return data


def _settings(home: Path, data: Mapping[str, Any]) -> Settings:
    listen, outgoing = data.get("listen", {}), data.get("outgoing", {})
    web, line = listen.get("web", "127.0.0.1:8000"), listen.get("line", "127.0.0.1:8001")
    database = os.environ.get(DATABASE_VARIABLE) or data.get(
        "database", "sqlite:///data/haochaping.db"
    )
    return Settings(
        home=home,
        profile=data["profile"],
        database=_database(home, database),
        base_url=os.environ.get(BASE_URL_VARIABLE) or data.get("base_url", f"http://{web}"),
        line_url=data.get("line_url", f"http://{line}"),
        web=Address.parse(web),
        line=Address.parse(line),
        threads=int(data.get("threads", 16)),
        trusted_proxies=int(data.get("trusted_proxies", 0)),
        production=bool(data.get("production", False)),
        allow_hosts=tuple(outgoing.get("allow_hosts", ())),
        allow_loopback=bool(outgoing.get("allow_loopback", False)),
        networks=tuple(outgoing.get("networks", ())),
        robot_url=data.get("robot", {}).get("url", ""),
        sms_url=data.get("sms", {}).get("url", ""),
        gateways=data.get("gateways", {}),
        person_per_day=int(data.get("messages", {}).get("person_per_day", 20)),
        link_keys=tuple(data.get("link_keys", (1,))),
        allowed_plugins=dict(data.get("allowed_plugins", {})),
        printers=tuple(data.get("printers", ())),
        receipt_journal=_path(home, data.get("receipt_journal")),
        backup_folder=_path(home, data.get("backups")),
        replica=os.environ.get(REPLICA_VARIABLE) or data.get("replica", ""),
        limits=_limits(data),
        metrics_from=tuple(data.get("metrics_from", ("127.0.0.1/32", "::1/128"))),
        proxies_from=tuple(data.get("proxies_from", ("127.0.0.0/8", "::1/128"))),
        crypto=data.get("crypto", "intl"),
        upper_url=data.get("exchange", {}).get("upper", ""),
        sources=data.get("exchange", {}).get("sources", {}),
        log_days=int(data.get("log_days", 183)),
    )


def _limits(data: Mapping[str, Any]) -> Limits:
    """Return the limits of connections; one for each thread unless `pool` says otherwise."""
    given = data.get("pool", {})
    seconds = ("wait_seconds", "connect_seconds", "lock_seconds")
    return Limits(
        size=int(given.get("size", data.get("threads", 16))),
        extra=None if "extra" not in given else int(given["extra"]),
        statement_seconds=int(data.get("statement_seconds", 30)),
        idle_seconds=int(given.get("idle_seconds", 300)),
        **{name: float(given[name]) for name in seconds if name in given},
    )


def _path(home: Path, given: str | None) -> Path | None:
    return None if given is None else home / given


def _database(home: Path, url: str) -> str:
    scheme = "sqlite:///"
    if not url.startswith(scheme) or url.startswith(scheme + "/"):
        return url
    return f"{scheme}{home / url.removeprefix(scheme)}"


def _sms_key(path: Path) -> bytes:
    """Return the key shared with the SMS platform, empty where there was none made."""
    given = os.environ.get("HAOCHAPING_SMS_KEY", "").encode()
    return given or (_key(path) if path.exists() else b"")


def _key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise _refused(
            f"密钥 {path} 缺失或损坏：{error}。请从 secrets/ 的另存副本取回，备份文件里没有密钥；"
            f"没有它，用它加密的内容无法读取",
            f"the key {path} is missing or damaged: {error}; bring it back from the copy of"
            " secrets/ (backups hold no keys): what was sealed with it cannot be read without it",
        ) from error
    if len(key) != _KEY_BYTES:
        raise _refused(
            f"密钥 {path} 应为 {_KEY_BYTES} 字节的十六进制",
            f"the key {path} must be {_KEY_BYTES} bytes in hexadecimal",
        )
    return key


def _json(value: Any) -> Any:
    """Return decimals as the schema library knows them."""
    return json.loads(json.dumps(value, default=int))


@cache
def _validator() -> Draft202012Validator:
    text = (resources.files("haochaping") / "settings.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _refused(zh: str, en: str) -> SettingsRefused:
    return SettingsRefused(Words(zh, en))
