"""A tunnel through an HTTP proxy (RFC 9110, CONNECT), to be spoken TLS through by whoever asked for it."""

from __future__ import annotations

import base64
import socket
import time
from urllib.parse import SplitResult, unquote, urlsplit

_HEAD = 16 * 1024


class NoTunnel(OSError):
    """The proxy gave none."""


def tunnel(proxy: str, host: str, port: int, timeout: float) -> socket.socket:
    """Open a connection to a host through a proxy; raises `OSError`, after `timeout` seconds at the latest.

    A name of the proxy with several addresses has that time for each.
    Nothing of the proxy's answer is shown to anybody. What it sends after its head belongs to the tunnel: there is
    nothing, for TLS begins with us.
    """
    parts = urlsplit(proxy)
    opened = socket.create_connection((parts.hostname or "", parts.port or 0), timeout)
    try:
        opened.sendall(_request(parts, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"))
        _proved(_head(opened, time.monotonic() + timeout))
        opened.settimeout(timeout)
    except BaseException:
        opened.close()
        raise
    return opened


def _request(parts: SplitResult, where: str) -> bytes:
    lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}"]
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}")
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii")


def _proved(head: bytes) -> None:
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
        raise NoTunnel("the proxy gave no tunnel")


def _head(opened: socket.socket, end: float) -> bytes:
    """Read byte by byte to the end of the head: what follows is not ours to read. A proxy that drips gains no time."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        opened.settimeout(left)
        piece = opened.recv(1)
        if not piece or len(head) > _HEAD:
            raise NoTunnel("the proxy's answer is none")
        head += piece
    return bytes(head)
