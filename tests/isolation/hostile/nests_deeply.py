"""Answers over the pipe by itself, with arrays in arrays in arrays."""

import os


def harm(asked, services):
    body = b"[" * 1_000_000
    for each in (int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2):
        try:
            os.write(each, len(body).to_bytes(4, "big") + body)
        except OSError:
            continue
