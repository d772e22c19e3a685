"""Reads the deployment's settings and keys, and writes beside them."""

from pathlib import Path


class Leaked(Exception):
    """The guard did not hold."""


def harm(asked, services):
    home = Path(__file__).parents[1]
    tried = (
        lambda: (home / "deployment.yaml").read_text(),
        lambda: list((home / "secrets").iterdir()),
        lambda: (home / "secrets" / "master.key").read_bytes(),
        lambda: (home / "plugins" / "more.py").write_text(""),
        lambda: Path("/etc/passwd").read_text(),
    )
    for each in tried:
        try:
            each()
        except OSError:
            continue
        raise Leaked
    raise PermissionError
