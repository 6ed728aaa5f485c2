"""An HTTP proxy on loopback: it tunnels CONNECT, to where a test says that a name leads, and records what was asked."""

from __future__ import annotations

import base64
import select
import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

_HEAD = 16 * 1024


class FakeProxy:
    """Use as a context. `leads` says which local port stands for a `host:port`; anything else is refused (403)."""

    def __init__(self, leads: Mapping[str, int] | None = None, *, user: str = "", password: str = "") -> None:
        self.leads = dict(leads or {})
        self.asked: list[str] = []
        self._pair = base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""
        self._user = f"{user}:{password}@" if user else ""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """The address to give as the proxy's."""
        return f"http://{self._user}127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads.append(threading.Thread(target=self._accept, daemon=True))
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(client,), daemon=True))
            self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            head = _head(client)
            method, where, _ = (head.split("\r\n", 1)[0] + "  ").split(" ", 2)
            self.asked.append(f"{method} {where}")
            if self._pair and f"proxy-authorization: basic {self._pair}".lower() not in head.lower():
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            elif method != "CONNECT" or where not in self.leads:
                client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            else:
                with socket.create_connection(("127.0.0.1", self.leads[where]), 5) as server:
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    _join(client, server)


def _head(client: socket.socket) -> str:
    head = b""
    while not head.endswith(b"\r\n\r\n") and len(head) < _HEAD:
        piece = client.recv(1)
        if not piece:
            break
        head += piece
    return head.decode("latin-1")


def _join(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until either side ends."""
    to = {one: other, other: one}
    while True:
        ready, _, _ = select.select([one, other], [], [], 10)
        if not ready:
            return
        for side in ready:
            try:
                piece = side.recv(65_536)
            except OSError:
                return
            if not piece:
                return
            to[side].sendall(piece)
