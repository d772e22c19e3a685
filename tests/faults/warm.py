"""A process that has everything imported and forks the real `web` and `worker` on demand.

    python -m tests.faults.warm HOME

reads the words of a command (`web --port 8000`, `worker`) a line and answers with the number of
the new process, which leads a group of its own, writes to the error stream and is
`haochaping web` or `haochaping worker` from the first line of the command on. So a process that
was killed is back in a moment, and a test can kill a hundred of them.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from typing import Any

from werkzeug.routing import Rule

from haochaping.cli import main as cli
from haochaping.deployment import Deployment
from haochaping.web.app import create_app


def main() -> None:
    """Fork what is asked for until the input ends."""
    home = sys.argv[1]
    with_everything_imported(Path(home))
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system clears the dead away
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _become(["--home", home, *line.split()])
        print(pid, flush=True)


def with_everything_imported(home: Path) -> None:
    """Open the deployment and make its pages once, so that nothing is left to be imported."""
    keep_compiled_routes()
    deployment = Deployment.open(home)
    create_app(deployment).test_client().get("/")
    deployment.close()


def keep_compiled_routes() -> None:
    """Compile each route once for all processes: it depends on nothing but the route's text."""
    changed: Any = Rule
    compiled, kept = changed._compile_builder, dict[tuple[str, bool], Any]()

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, append_unknown)
        if rule.defaults or key not in kept:
            kept[key] = compiled(rule, append_unknown)
        return kept[key]

    changed._compile_builder = once


def _become(words: list[str]) -> None:
    """Run a command as its process would, apart from the parent's streams and group."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    try:
        cli.main(words, standalone_mode=True)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
