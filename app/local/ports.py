"""A loopback port that is free now, and stays ours: the listening socket itself."""

import socket

TRIED = 100


def listen(first: int) -> socket.socket:
    """A listening socket on 127.0.0.1: port `first`, else the next free one; 0 takes any."""
    for port in range(first, first + TRIED) if first else (0,):
        found = socket.socket()
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", port))
            found.listen(1024)
        except OSError:
            found.close()
            continue
        return found
    raise OSError(f"no free port between {first} and {first + TRIED - 1}")
