"""Connections on which every read ends in time, made directly to a checked address or through a proxy.

Every read of the socket, also of header lines, ends at the request's deadline (AT-101) and every header block at a
limit (AT-102): timeouts of the libraries start anew with every byte.
"""

from __future__ import annotations

import contextvars
import http.client
import io
import socket
from dataclasses import dataclass
from typing import Any

import urllib3

from app.adapters.oci_registry.addresses import is_address
from app.adapters.oci_registry.failure import Failure
from app.adapters.oci_registry.limits import Deadline, Limits
from app.adapters.oci_registry.tunnel import tunnel
from app.core.network import WayOut


@dataclass(frozen=True, slots=True)
class Reading:
    """What bounds the reads of the request that this thread makes."""

    deadline: Deadline
    limits: Limits


reading: contextvars.ContextVar[Reading] = contextvars.ContextVar("reading")


class _TimedSocket(io.RawIOBase):
    """Reads a socket: each read ends at the deadline at the latest, the head's reads after so many bytes."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        super().__init__()
        self._raw = raw
        self._socket = sock
        self._reading = reading.get()
        self.head_left: int | None = self._reading.limits.header_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any writable buffer
        self._socket.settimeout(min(self._reading.limits.read, self._reading.deadline.left()))
        read: int | None = self._raw.readinto(buffer)
        if self.head_left is not None:
            self.head_left -= read or 0
            if self.head_left < 0:
                raise Failure("too-large")
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """An answer that is read through a `_TimedSocket`."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the library's signature
        super().__init__(sock, *args, **kwargs)
        self._timed = _TimedSocket(self.fp.detach(), sock)
        self.fp = io.BufferedReader(self._timed)

    def begin(self) -> None:
        super().begin()
        self._timed.head_left = None


class _Connection(urllib3.connection.HTTPConnection):
    response_class = _TimedResponse


class _TlsConnection(urllib3.connection.HTTPSConnection):
    response_class = _TimedResponse
    way = WayOut()

    def _new_conn(self) -> socket.socket:
        """Connect to the checked address, or, where what stands for it is the name itself, through the proxy."""
        proxy = None if is_address(self.host) else self.way.proxy_for(self.host)
        if proxy is None:
            return super()._new_conn()
        bounds = reading.get()
        try:
            return tunnel(proxy, self.host, self.port, min(bounds.limits.connect, bounds.deadline.left()))
        except TimeoutError as error:
            raise urllib3.exceptions.ConnectTimeoutError(self, "the proxy did not answer in time") from error
        except OSError as error:
            raise urllib3.exceptions.NewConnectionError(self, "the proxy gave no tunnel") from error


class Pool(urllib3.HTTPConnectionPool):
    """Connections without TLS, which are only made on this machine."""

    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def tls_pool(way: WayOut) -> type[urllib3.HTTPSConnectionPool]:
    """Make the class of pools whose connections go this way."""
    connection = type("_WayConnection", (_TlsConnection,), {"way": way})
    return type("_WayPool", (_TlsPool,), {"ConnectionCls": connection})
