"""Answers over the pipe in the core's name, with effects that a decision may not have."""

import json
import os


def harm(asked, services):
    effect = ["audit", {"kind": "forged", "subject": "x", "details": {"map": []}}]
    for number in range(50):
        body = json.dumps([number, "done", None, [effect] * 3]).encode()
        for each in (int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2):
            try:
                os.write(each, len(body).to_bytes(4, "big") + body)
            except OSError:
                continue
