"""Leaves in the middle of a call, the way a script does."""

import sys


def harm(asked, services):
    sys.exit("good bye")
