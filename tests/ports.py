"""Ports for servers that must come back at the same one."""

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """Below those that the system hands to callers: while a server is away nobody gets its port
    by chance."""
    while True:
        port = random.randrange(12_000, 32_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
