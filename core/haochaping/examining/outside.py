"""Checks of what is outside: calendar, gateways, certificate, devices, addresses."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from sqlalchemy import Connection

from haochaping.access.tables import device
from haochaping.deployment import Deployment
from haochaping.examining.data import count
from haochaping.examining.findings import Check, Found, fault, warning
from haochaping.hooks.values import Words
from haochaping.operating import gauges, hub
from haochaping.store import Limits, Store, StoreUnavailable

_CONNECT_SECONDS: Final = 2.0
_CERTIFICATE_DAYS: Final = 30
_SKEW_MS: Final = 120_000
_HTTPS: Final = 443


def _calendar(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    now = deployment.clock.now()
    for problem in deployment.calendar.problems:
        yield fault(problem.message.zh, problem.message.en)
    if deployment.calendar.horizon_near(now):
        left = deployment.calendar.horizon(now)
        yield warning(
            f"工作日历只到 {left} 天后，之后的到期日是暂定的",
            f"the calendar ends in {left} days; due dates beyond are provisional",
        )


def _gateways(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    settings = deployment.settings
    for name, url in (("robot", settings.robot_url), ("sms", settings.sms_url)):
        if not url:
            continue
        place = urlsplit(url)
        port = place.port or (_HTTPS if place.scheme == "https" else 80)
        if not _reachable(place.hostname or "", port):
            yield warning(f"连不上 {name} 网关", f"the {name} gateway cannot be reached")
        if place.hostname not in settings.allow_hosts and not settings.allow_loopback:
            yield fault(
                f"{name} 网关不在 outgoing.allow_hosts 中",
                f"the {name} gateway is not in outgoing.allow_hosts",
            )


def _printers(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    for printer in deployment.settings.printers:
        host, _, port = str(printer["address"]).rpartition(":")
        if not _reachable(host, int(port)):
            name = printer["name"]
            yield warning(f"连不上打印机 {name}", f"the printer {name} cannot be reached")


def _replica(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    url = deployment.settings.replica
    if not url:
        return
    store = Store.open(url, Limits(size=1))
    try:
        with store.read():
            pass
    except StoreUnavailable:
        yield warning(
            "只读副本没有应答，公开页改读主库", "the replica is away; pages read the main"
        )
    finally:
        store.close()


def _hub(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    for city in hub.cities(conn):
        if not city.running:
            yield warning(
                f"没有收到城市 {city.name} 的数据", f"the city {city.name} is not taken in"
            )
        elif city.errors:
            yield warning(
                f"接收城市 {city.name} 时出过 {city.errors} 次错",
                f"taking in the city {city.name} failed {city.errors} times",
            )
        elif (city.behind_bytes or 0) > hub.MOST_BEHIND:
            size = _mebibytes(city.behind_bytes or 0)
            yield warning(
                f"城市 {city.name} 还有 {size} 没有写入",
                f"{size} of the city {city.name} are not stored yet",
            )
    for slot in hub.slots(conn):
        yield from _slot(slot)


def _slot(slot: hub.Slot) -> Iterator[Found]:
    """Yield what is wrong with a hub's subscription, seen from the city."""
    kept = _mebibytes(slot.kept_bytes)
    if slot.lost:
        yield fault(
            f"省级汇总 {slot.name} 要的日志已被清除，须退订后重新订阅",
            f"log that the hub {slot.name} needs is gone; let it unsubscribe and subscribe anew",
        )
    elif slot.kept_bytes > hub.MOST_KEPT:
        yield warning(
            f"为省级汇总 {slot.name} 留着 {kept} 日志，磁盘会满",
            f"{kept} of log are kept for the hub {slot.name}; the disk will fill",
        )
    elif not slot.active:
        yield warning(
            f"省级汇总 {slot.name} 没有在接收，已留 {kept} 日志",
            f"the hub {slot.name} takes nothing in; {kept} of log are kept for it",
        )


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"


def _reachable(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), _CONNECT_SECONDS):
            return True
    except OSError:
        return False


def _certificate(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    place = urlsplit(deployment.settings.base_url)
    if place.scheme != "https":
        return
    try:
        ends = _certificate_ends(place.hostname or "", place.port or _HTTPS)
    except (OSError, ValueError) as error:
        yield warning(f"读不到证书：{error}", f"the certificate cannot be read: {error}")
        return
    left = (ends - deployment.clock.now()).days
    if left < _CERTIFICATE_DAYS:
        words = (f"证书还有 {left} 天到期", f"the certificate ends in {left} days")
        yield warning(*words) if left > 0 else fault(*words)


def _certificate_ends(host: str, port: int) -> datetime:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((host, port), _CONNECT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        given = secured.getpeercert(binary_form=True) or b""
    return x509.load_der_x509_certificate(given).not_valid_after_utc.astimezone(UTC)


def _production(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    settings = deployment.settings
    if settings.production and not settings.base_url.startswith("https:"):
        yield fault("正式环境未使用 https", "production without https")


def _proxies(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    settings = deployment.settings
    local = settings.web.host in {"127.0.0.1", "localhost", "[::1]"}
    if settings.base_url.startswith("https:") and local and not settings.trusted_proxies:
        yield fault(
            "前面有反向代理，但 trusted_proxies 为 0：所有来访者看起来是同一地址",
            "there is a proxy in front, but trusted_proxies is 0: all visitors share one address",
        )
    if settings.trusted_proxies and not local and settings.web.host == "0.0.0.0":
        yield warning(
            "监听所有地址并信任代理头：绕过代理的人可以伪造地址",
            "it listens everywhere and trusts a proxy: who goes around it may forge addresses",
        )


def _outgoing(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    settings = deployment.settings
    if settings.production and settings.allow_loopback:
        yield fault("正式环境允许访问本机地址", "production may call this machine")


def _devices(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    found = gauges.by_name(gauges.measure(conn, deployment.clock.now()))
    away, waiting = int(found["devices_away"]), int(found["devices_waiting"])
    if away:
        yield warning(f"{away} 台窗口设备不在线", f"{away} window devices are away")
    if waiting:
        yield warning(
            f"设备上还有 {waiting} 条评价未上传", f"{waiting} ratings wait on window devices"
        )


def _device_health(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    in_use = device.c.revoked_at.is_(None)
    skew = (device.c.clock_offset_ms > _SKEW_MS) | (device.c.clock_offset_ms < -_SKEW_MS)
    told = (
        (skew, Words("台设备时钟不准", "devices have a wrong clock")),
        (device.c.refused > 0, Words("台设备有被拒的评价", "devices had ratings refused")),
        (device.c.keeping == "full", Words("台设备存满", "devices have no room left")),
    )
    for condition, words in told:
        number = count(conn, device, in_use, condition)
        if number:
            yield warning(f"{number} {words.zh}", f"{number} {words.en}")


def _unused_devices(deployment: Deployment, conn: Connection) -> Iterator[Found]:
    long_ago = deployment.clock.now() - timedelta(days=90)
    number = count(conn, device, device.c.revoked_at.is_(None), device.c.seen_at < long_ago)
    if number:
        yield warning(f"{number} 台设备 90 天未用", f"{number} devices were not used for 90 days")


_PROXY: Final = Words("见 deploy/ 中的示例", "see the examples in deploy/")

CHECKS: Final = (
    Check(
        "calendar",
        Words("到期日按工作日计算", "due days are reckoned in working days"),
        Words(
            "节假日通知发布后运行 haochaping calendar load 文件",
            "once the holidays are published: haochaping calendar load FILE",
        ),
        _calendar,
    ),
    Check(
        "gateways",
        Words("连不上时短信和催办发不出去", "without it no texts and warnings go out"),
        Words("检查网络、防火墙与允许的主机", "look at network, firewall and allowed hosts"),
        _gateways,
    ),
    Check(
        "printers",
        Words("打不出带评价码的回执", "no receipts with rating codes are printed"),
        Words("检查打印机电源与网线", "look at the printer's power and cable"),
        _printers,
    ),
    Check(
        "replica",
        Words("公开页的查询会落到主库", "the public pages burden the main database"),
        Words("检查副本与复制", "look at the replica and its replication"),
        _replica,
    ),
    Check(
        "hub",
        Words("省级榜单缺这个城市的新评价", "the province's boards miss new ratings of that city"),
        Words(
            "看 docs/runbooks/HaochapingHubBehind；恢复连接后会自动补齐",
            "see docs/runbooks/HaochapingHubBehind; once connected it catches up by itself",
        ),
        _hub,
    ),
    Check(
        "certificate",
        Words("证书过期后没有人能评价", "with an expired certificate nobody can rate"),
        Words("换新证书", "renew it"),
        _certificate,
    ),
    Check(
        "production",
        Words("会话会被偷听", "sessions could be overheard"),
        Words("设置 base_url 为 https 地址", "set base_url to an https address"),
        _production,
    ),
    Check(
        "proxies",
        Words("限流与留痕需要真实来源地址", "limits and traces need the real address"),
        _PROXY,
        _proxies,
    ),
    Check(
        "outgoing",
        Words("本机的内部端口可能被借道访问", "inner ports could be reached through it"),
        Words("删去 outgoing.allow_loopback", "remove outgoing.allow_loopback"),
        _outgoing,
    ),
    Check(
        "devices",
        Words("窗口前的人评不了价", "people at these windows cannot rate"),
        Words("检查设备电源与网络；未上传的会自动补传", "look at power and network"),
        _devices,
    ),
    Check(
        "device_health",
        Words("设备暂存的评价可能被拒或丢失", "ratings kept on devices may be refused or lost"),
        Words("在控制台“窗口设备”中查看", "see the devices page of the console"),
        _device_health,
    ),
    Check(
        "unused_devices",
        Words("没人用的密钥是多余的入口", "a key that nobody uses is a door too many"),
        Words("停用它们", "end them"),
        _unused_devices,
    ),
)
