"""A process that forks workers and submitters on demand, so that they start within a moment.

    python -m tests.faults.process HOME

reads `worker` and `submitter FIRST LAST` from its input and answers each with the number of
the new process. Submitters write a line `NUMBER RECEIPT` to `HOME/acknowledged` after each
receipt, and go on where they were killed. All end with this process.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from haochaping.evaluation.submission import CaseRef, Draft
from haochaping.hooks.values import Identity
from haochaping.store import StoreUnavailable
from haochaping.worker import Worker
from tests.faults.ground import Ground, case_no, rating

ACKNOWLEDGED = "acknowledged"
THREADS = 4
PAUSE_SECONDS = 0.08


def main() -> None:
    """Fork what is asked for until the input ends."""
    ground = Ground(Path(sys.argv[1]))
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system clears the dead away
    children: list[int] = []
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _child(ground, line.split())
        children.append(pid)
        print(pid, flush=True)
    for pid in children:
        _end(pid)


def _child(ground: Ground, words: list[str]) -> None:
    """Do what was asked for and end without a word to the parent's streams."""
    os.close(0)
    try:
        if words[0] == "worker":
            Worker(ground.open()).run()
        else:
            _submit(ground, int(words[1]), int(words[2]))
    except Exception:  # noqa: BLE001
        traceback.print_exc()
    finally:
        os._exit(0)


def _submit(ground: Ground, first: int, last: int) -> None:
    deployment = ground.open()
    path = ground.home / ACKNOWLEDGED
    done = {int(line.split()[0]) for line in path.read_text().splitlines()}
    file = os.open(path, os.O_WRONLY | os.O_APPEND)
    pause = threading.Event()

    def rate(number: int) -> None:
        draft = Draft(
            occurrence=CaseRef(case_no(number)),
            channel="web",
            identity=Identity.PRESUMED,
            idempotency_key=f"load-{number}",
            client="api:1",
            **rating(number),
        )
        while True:
            try:
                receipt = deployment.intake.submit(draft)
                break
            except StoreUnavailable:
                pause.wait(PAUSE_SECONDS)
        os.write(file, f"{number} {receipt.code}\n".encode())
        pause.wait(PAUSE_SECONDS)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(rate, [one for one in range(first, last) if one not in done]))


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    main()
