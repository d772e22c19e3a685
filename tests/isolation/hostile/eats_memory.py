"""Takes two gigabytes."""


class Leaked(Exception):
    """The guard did not hold."""


def harm(asked, services):
    eaten = [bytearray(64 << 20) for _ in range(32)]
    raise Leaked(len(eaten))
