"""`haochaping demo`: a deployment with demonstration data, made once and run."""

from __future__ import annotations

import os
import socket
import threading
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from haochaping.cli.context import Invocation, pass_invocation
from haochaping.clock import SystemClock
from haochaping.hooks.values import Words

if TYPE_CHECKING:
    from haochaping.demonstration.building import Wish
    from haochaping.demonstration.home import Demonstration
    from haochaping.demonstration.sheet import Sheet
    from haochaping.deployment import Deployment
    from haochaping.grading.shape import Figures

HOMES: Final = Path("var")
DEFAULT_PROFILE: Final = "zhejiang"
_FOLDER: Final = click.Path(exists=True, file_okay=False, path_type=Path)
_READY_SECONDS: Final = 60
_POLL_SECONDS: Final = 0.3


@dataclass(frozen=True, slots=True)
class Shape:
    """Published figures to take the shape from."""

    folder: Path
    scale: str

    @property
    def label(self) -> str:
        """How the folder's mark names them."""
        return f"{self.folder.resolve().name} × {self.scale}"


@click.command("demo", help="带演示数据运行 / run with demonstration data")
@click.option("--profile", "-p", default="", help="配置档名称或路径 / profile [zhejiang]")
@click.option("--port", type=click.IntRange(1, 65534), default=8000, show_default=True)
@click.option("--figures", type=_FOLDER, help="按公布数据的分布生成 / folder of published figures")
@click.option("--scale", default="0.001", show_default=True, help="比例 / share of the figures")
@click.option("--no-run", is_flag=True, help="只建立，不运行 / only make it")
@pass_invocation
def demo(
    invocation: Invocation, /, profile: str, port: int, figures: Path | None, **given: Any
) -> None:
    """Make the demonstration if it is not there, print where everything is, and run it."""
    from haochaping.demonstration import exchanging
    from haochaping.demonstration.building import ready

    shape = None if figures is None else Shape(figures, given["scale"])
    if not given["no_run"]:
        _require_free(port)
    wish = _wish(invocation, profile or _fitting(shape), port, shape)
    made = ready(wish)
    sheet = _sheet(wish, made)
    if given["no_run"]:
        _print(invocation, sheet)
        return
    if made.exchanges and not _is_free(port + exchanging.PORT_ABOVE):
        raise _taken(port + exchanging.PORT_ABOVE)
    _run(invocation, wish.home, sheet, exchanging.UPPER if made.exchanges else "")


def _wish(invocation: Invocation, profile: str, port: int, shape: Shape | None) -> Wish:
    from haochaping.demonstration.building import Wish

    label = shape.label if shape else ""
    home = invocation.home or _free_home(profile, shape)
    figures = _figures(shape) if shape else None
    return Wish(home, profile, port, figures, label, invocation.say)


def _figures(shape: Shape) -> Figures:
    from haochaping.grading import shape as published

    found = published.load(shape.folder)
    try:
        return published.scaled(found, shape.scale)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--scale") from error


def _fitting(shape: Shape | None) -> str:
    """Return the profile of the jurisdiction that published the figures, else the default."""
    from haochaping.grading import shape as published
    from haochaping.plugins import PluginManager
    from haochaping.profile.finding import Places
    from haochaping.rulebook import read_profile

    if shape is None:
        return DEFAULT_PROFILE
    code = published.load(shape.folder).jurisdiction
    manager = PluginManager()
    for name in Places().names():
        if read_profile(manager, name).jurisdiction.code == code:
            return name
    return DEFAULT_PROFILE


def _free_home(profile: str, shape: Shape | None) -> Path:
    """Return `var/demo`, or a folder of its own where another demonstration lies there."""
    from haochaping.demonstration.home import marked

    name = Path(profile).stem
    if shape is not None:
        return HOMES / f"demo-{shape.folder.resolve().name}"
    found = marked(HOMES / "demo")
    same = found is None or (found.profile == name and not found.figures)
    return HOMES / "demo" if same else HOMES / f"demo-{name}"


def _sheet(wish: Wish, made: Demonstration) -> Sheet:
    """Return what is printed; pushes services to be rated where there are none left."""
    from haochaping.demonstration import exchanging, hotline, people, places, waiting
    from haochaping.demonstration.sheet import Sheet
    from haochaping.deployment import open_deployment

    with open_deployment(wish.home) as deployment:
        found = waiting.services(deployment, made)
        with deployment.store.read() as conn:
            counters = places.counters(conn)
        sheet = Sheet(
            base_url=deployment.settings.base_url,
            profile=deployment.profile.jurisdiction.name,
            waiting=found,
            devices=made.devices,
            api_key=made.api_key,
            counter=people.home_of(counters),
            counts=made.counts,
        )
        if made.exchanges:
            upper = f"http://127.0.0.1:{wish.port + exchanging.PORT_ABOVE}"
            files = str(hotline.files(wish.home))
            sheet = replace(sheet, upper_url=upper, hotline=files)
        figures = _own_rates(wish, deployment)
    made.examples = [each.case_no for each in found]
    made.keep(wish.home)
    return replace(sheet, figures=figures)


def _own_rates(wish: Wish, deployment: Deployment) -> tuple[str, Words, Mapping[str, str]] | None:
    from haochaping.demonstration import shaped

    if wish.figures is None:
        return None
    period, note = wish.figures.period, wish.figures.note
    return (
        period.name,
        note or Words("按公布数据生成", "made from the published figures"),
        (shaped.rates(deployment, period)),
    )


def _print(invocation: Invocation, sheet: Sheet) -> None:
    for line in sheet.lines(invocation.language):
        click.echo(line)


def _run(invocation: Invocation, home: Path, sheet: Sheet, upper: str) -> None:
    """Run web, line and worker until Ctrl-C; print the sheet once the pages answer.

    `upper` is the folder of the next platform in the demonstration's, whose pages are served too.
    """
    from haochaping.settings import HOME_VARIABLE
    from haochaping.supervising import Supervisor

    environment = {**os.environ, HOME_VARIABLE: str(home.resolve())}
    commands = {"web": ["web"], "line": ["web", "--line"], "worker": ["worker"]}
    if upper:
        commands[upper] = ["web", "--home", str(home / upper)]
    supervisor = Supervisor(commands, environment)
    told = threading.Thread(target=_tell_when_ready, args=(invocation, sheet), daemon=True)
    told.start()
    code = supervisor.run()
    invocation.say(Words("已停止", "stopped"))
    raise click.exceptions.Exit(code)


def _tell_when_ready(invocation: Invocation, sheet: Sheet) -> None:
    answers = _answers(f"{sheet.base_url}/healthz")
    _print(invocation, sheet)
    if answers:
        invocation.say(Words("\n正在运行，按 Ctrl-C 停止", "\nrunning, Ctrl-C stops"))


def _answers(address: str) -> bool:
    """Wait until an address answers; False when it does not for a minute."""
    clock = SystemClock()
    for _ in range(int(_READY_SECONDS / _POLL_SECONDS)):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return True
        except OSError:
            clock.wait(_POLL_SECONDS)
    return False


def _require_free(port: int) -> None:
    """Raise PortTaken when something listens on the port of the pages or of the device line."""
    for one in (port, port + 1):
        if not _is_free(one):
            raise _taken(one)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _taken(port: int) -> Exception:
    from haochaping.demonstration.problems import PortTaken

    return PortTaken(
        Words(
            f"127.0.0.1:{port} 已被占用；请用 --port 另选端口",
            f"something listens on 127.0.0.1:{port}; choose another --port",
        )
    )
