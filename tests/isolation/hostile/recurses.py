"""Calls itself until the stack is full."""

import sys


def deeper(level):
    return deeper(level + 1) + 1


def harm(asked, services):
    sys.setrecursionlimit(10**9)
    return deeper(0)
