"""Writes into everything that is open: its output, and the pipe to the core."""

import os


def harm(asked, services):
    print("junk")
    for each in map(int, os.listdir("/proc/self/fd")):
        try:
            os.write(each, b"\x00\x00\x00\x05junk!" * 100)
        except OSError:
            continue
