"""Goes to sleep."""

import time


def harm(asked, services):
    time.sleep(3600)
