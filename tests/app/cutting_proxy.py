"""A TCP proxy that breaks connections in the middle of an answer."""

import socket
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit


class CuttingProxy:
    """Passes bytes on to `url` and back.

    requests    what was asked, head and body
    """

    def __init__(self, url: str) -> None:
        self.point_to(url)
        self._cuts: list[int] = []
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.requests: list[str] = []

    def point_to(self, url: str) -> None:
        """Pass on what comes from now on to another service."""
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut_answers(self, *after: int) -> None:
        """Break the next answers, each after so many bytes."""
        self._cuts += after

    def cut_all(self) -> None:
        """Break every connection that is open now."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_all()
        for thread in self._threads:
            thread.join(10)

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name="cutting-proxy")  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._target)
            except OSError:
                near.close()
                continue
            self._open |= {near, far}
            self._start(self._ask, near, far)
            self._start(self._answer, near, far)

    def _ask(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while data := near.recv(65536):
                self.requests.append(data.decode("latin-1"))
                far.sendall(data)
        with suppress(OSError):
            far.shutdown(socket.SHUT_RDWR)

    def _answer(self, near: socket.socket, far: socket.socket) -> None:
        left: int | None = None
        with suppress(OSError):
            while data := far.recv(65536):
                if left is None and self._cuts:
                    left = self._cuts.pop(0)
                if left is not None:
                    data, left = data[:left], left - len(data)
                near.sendall(data)
                if left is not None and left <= 0:
                    break
        for connection in (near, far):
            self._open.discard(connection)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
