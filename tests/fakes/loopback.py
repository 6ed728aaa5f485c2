"""Ports of this machine, and a small HTTP server on one, in a thread of its own."""

from __future__ import annotations

import contextlib
import secrets
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


def free_port() -> int:
    """Return a port that nobody has. It is none of those that the kernel gives to whoever asks for any."""
    for _ in range(200):
        # Not `random`, which begins anew in each test, and so alike in runs beside each other.
        number = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", number))
            return number
    raise AssertionError("no port is free")


class QuietHandler(BaseHTTPRequestHandler):
    """Answers, and prints nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the library
        """Say nothing."""


class Loopback:
    """Serves from when it is made until `close`."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        """Listen on a free port."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    def close(self) -> None:
        """End it, and wait until it has ended."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
