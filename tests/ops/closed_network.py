"""What happens in the closed network: install the bundle, start it, rate a service, count calls.

    unshare --net python -I closed_network.py BUNDLE FOLDER

Uses the standard library only. The namespace has no route: a call to the outside fails at once,
and `strace`-like counting is done by a sitecustomize that notes every connection attempt.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

NOTING = """
import os, socket
_connect = socket.socket.connect
def connect(self, address):
    near = ("127.", "::1", "localhost")
    if self.family != socket.AF_UNIX and not str(address[0]).startswith(near):
        with open(os.environ["CALLS"], "a") as file:
            file.write(repr(address) + "\\\\n")
    return _connect(self, address)
socket.socket.connect = connect
_resolve = socket.getaddrinfo
def getaddrinfo(host, *rest, **more):
    if host not in (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0", b"127.0.0.1"):
        with open(os.environ["CALLS"], "a") as file:
            file.write("resolve " + repr(host) + "\\\\n")
    return _resolve(host, *rest, **more)
socket.getaddrinfo = getaddrinfo
""".replace("\\\\n", "\\n")


def main(bundle: Path, folder: Path) -> int:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    assert not subprocess.run(["ip", "route"], capture_output=True, check=True).stdout.strip()
    target, home, calls = folder / "opt", folder / "city", folder / "calls"
    calls.touch()
    started = time.monotonic()
    run(["sh", str(bundle / "install.sh"), str(target)], {})
    print(f"installed in {time.monotonic() - started:.0f} s without a route")
    packages = next((target / "lib").glob("python3*")) / "site-packages"
    (packages / "noting.pth").write_text("import noting_calls\n")
    (packages / "noting_calls.py").write_text(NOTING)
    environment = {"CALLS": str(calls), "HAOCHAPING_HOME": str(home)}
    program = str(target / "bin" / "haochaping")
    demo = subprocess.Popen(
        [program, "demo", "--home", str(home), "--profile", "shenzhen", "--port", "8123"],
        env={**os.environ, **environment},
        stdout=(folder / "demo.log").open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        wait_for("http://127.0.0.1:8123/readyz", folder / "demo.log")
        print(f"answered after {time.monotonic() - started:.0f} s")
        print(f"rated: {rate(folder / 'demo.log', home, program, environment)}")
        time.sleep(5)  # the worker does its duties
    finally:
        os.killpg(demo.pid, signal.SIGTERM)
        demo.wait(30)
    run([program, "--home", str(home), "verify"], environment)
    noted = calls.read_text().splitlines()
    print(f"calls to the outside: {len(noted)}", *noted[:5])
    return 1 if noted else 0


def rate(log: Path, home: Path, program: str, environment: dict[str, str]) -> int:
    """Follow a rating link that the demonstration printed, and give the best grade."""
    found = re.search(r"http://127\.0\.0\.1:8123(/r/[A-Za-z0-9_~.-]+)", log.read_text())
    assert found, log.read_text()[-3000:]
    address = f"http://127.0.0.1:8123{found[1]}"
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = opener.open(address, timeout=20).read().decode()
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token, page[:500]
    form = urllib.parse.urlencode({"token": token[1], "grade": "5"}).encode()
    request = urllib.request.Request(address, form, {"Accept": "application/json"})
    with opener.open(request, timeout=20) as answer:
        assert json.loads(answer.read())["receipt"]
        return int(answer.status)


def wait_for(url: str, log: Path) -> None:
    until = time.monotonic() + 180
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert time.monotonic() < until, log.read_text()[-3000:]
            time.sleep(0.5)


def run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
